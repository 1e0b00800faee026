#pragma once
// The shield-pool program: its withdraw instruction, its accounts, its fee and its errors.
// Pure. Source: docs/protocol.md, "The program".

#include "relay/base/encoding.hpp"
#include "relay/solana/compute_budget.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/transaction.hpp"
#include "relay/solana/transaction_error.hpp"
#include "relay/solana/units.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace relay::solana {

inline constexpr std::size_t kProofBytes = 260;
inline constexpr std::size_t kPublicInputBytes = 104;
/// Where the public inputs begin in the instruction's data: after its tag and the proof.
inline constexpr std::size_t kPublicInputsOffset = 1 + kProofBytes;
inline constexpr std::size_t kMaxOutputs = 5;

struct Output {
    Pubkey recipient;
    Lamports amount;
    bool operator==(const Output&) const = default;
};

struct Withdraw {
    std::array<std::uint8_t, kProofBytes> proof{};
    Hash root{};
    Hash nullifier{};
    Hash outputs_hash{};
    Lamports amount;
    std::vector<Output> outputs;
    bool operator==(const Withdraw&) const = default;
};

/// root, nullifier, outputs hash, amount: what the proof speaks of. Two withdraws with the same
/// public inputs pay the same outputs, since the outputs hash binds them.
std::array<std::uint8_t, kPublicInputBytes> public_inputs(const Withdraw& withdraw);

/// The instruction's data; decode takes exactly what encode makes.
/// REQUIRES: 1 to kMaxOutputs outputs.
base::Bytes encode_withdraw(const Withdraw& withdraw);
std::optional<Withdraw> decode_withdraw(base::ByteView data);

/// BLAKE3-256 over (recipient, amount LE) in order. REQUIRES: at most kMaxOutputs outputs.
Hash hash_outputs(std::span<const Output> outputs);

struct PoolAccounts {
    Pubkey pool;
    Pubkey treasury;
    Pubkey roots_ring;
    Pubkey nullifier_shard;

    /// The program-derived addresses of native SOL.
    static PoolAccounts derive(const Pubkey& program);
};

Instruction withdraw_instruction(const Pubkey& program, const PoolAccounts& accounts,
                                 const Withdraw& withdraw);

/// What a transaction pays beside its fee to those who bring it to the leaders.
struct Tip {
    /// The transaction's payer.
    Pubkey payer;
    Lamports lamports;
    /// One of them is paid, by the withdraw's nullifier: each as often as the others, and the same
    /// one whenever the withdraw is signed anew.
    std::vector<Pubkey> accounts;
};

/// What every withdraw's transaction has in common.
struct WithdrawPlan {
    Pubkey program;
    PoolAccounts accounts;
    std::optional<Tip> tip;

    /// The accounts that every withdraw writes to, and so waits for the others'.
    std::vector<Pubkey> contended() const;
};

/// The instructions of a withdraw's transaction: units and price, the withdraw itself, the tip
/// where there is one, so that it is paid with the withdraw or not at all, and the limit of loaded
/// bytes: last, since errors are told apart by an instruction's place. REQUIRES: a tip has
/// accounts.
std::vector<Instruction> withdraw_instructions(const WithdrawPlan& plan,
                                               const ComputeBudget& budget,
                                               const Withdraw& withdraw);
/// The withdraw's index among them, by which the runtime names it in an error.
inline constexpr int kWithdrawInstruction = 2;
inline constexpr int kTipInstruction = kWithdrawInstruction + 1;

AccountRole role_of(const Pubkey& address, const WithdrawPlan& plan, const Withdraw& withdraw);

/// fee = flat + amount * per_mille / 1000, rounded down.
struct FeeSchedule {
    Lamports flat{2'500'000};
    std::uint64_t per_mille = 5;

    /// Nothing where the fee would pass 2^64. Never wraps.
    std::optional<Lamports> fee(Lamports amount) const;
};

/// ceil(fee * 10'000 / amount), or the greatest number there is where that is greater still.
/// REQUIRES: amount > 0.
std::uint64_t fee_basis_points(Lamports fee, Lamports amount);

struct ProgramError {
    std::uint32_t number = 0;
    /// Stable, snake_case: what /status calls error_code. "program_error" for a number not known.
    std::string_view code;
    std::string_view message;
    /// No retry can help.
    bool permanent = false;
};

inline constexpr std::uint32_t kRootNotFound = 0x1001;
inline constexpr std::uint32_t kDoubleSpend = 0x1020;
inline constexpr std::uint32_t kNullifierAlreadyUsed = 0x1023;
inline constexpr std::uint32_t kPoolShort = 0x1058;

/// Classified by the number alone. The code and message live for ever.
ProgramError describe_program_error(std::uint32_t number);
/// Every code that describe_program_error gives, once.
std::vector<std::string_view> program_error_codes();
/// By its code; false for a code that is not the program's.
bool is_permanent_program_error(std::string_view code);
/// By its code: the program does not take the proof.
bool is_proof_fault(std::string_view code);

} // namespace relay::solana
