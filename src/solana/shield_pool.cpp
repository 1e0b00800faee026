// The withdraw instruction's data:
//
//   withdraw = tag u8 (2)  proof[260]  public inputs  nullifier[32]  n u8 (1 to 5)  output*n
//   public inputs = root[32]  nullifier[32]  outputs hash[32]  amount u64
//   output   = recipient[32]  amount u64
//
// Numbers are little-endian. The nullifier after the public inputs repeats theirs.

#include "relay/solana/shield_pool.hpp"

#include "relay/base/blake3.hpp"
#include "relay/base/encoding.hpp"
#include "relay/solana/compute_budget.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/transaction.hpp"
#include "relay/solana/transaction_error.hpp"
#include "relay/solana/units.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace relay::solana {
namespace {

// Products of a lamport amount and a rate, which do not fit 64 bits.
__extension__ using Wide = unsigned __int128;

constexpr std::uint8_t kWithdrawTag = 2;
constexpr std::array<std::uint8_t, 32> kNativeMint{}; // native SOL has none: 32 zeros
constexpr std::size_t kOutputBytes = 32 + 8;
constexpr std::size_t kFixedBytes = 1 + kProofBytes + kPublicInputBytes + 32 + 1;

/// Takes little-endian fields off the front. REQUIRES: the bytes asked for are there.
class FieldReader {
  public:
    explicit FieldReader(base::ByteView bytes) : rest_(bytes) {}

    std::uint8_t u8() { return take(1)[0]; }

    std::uint64_t u64() {
        const base::ByteView field = take(8);
        std::uint64_t value = 0;
        for (std::size_t i = field.size(); i-- > 0;) {
            value = value << 8 | field[i];
        }
        return value;
    }

    template <std::size_t Size>
    void read(std::array<std::uint8_t, Size>& field) {
        std::ranges::copy(take(Size), field.begin());
    }

  private:
    base::ByteView take(std::size_t count) {
        const base::ByteView field = rest_.first(count);
        rest_ = rest_.subspan(count);
        return field;
    }

    base::ByteView rest_;
};

void write_public_inputs(base::ByteWriter& writer, const Withdraw& withdraw) {
    writer.bytes(withdraw.root)
        .bytes(withdraw.nullifier)
        .bytes(withdraw.outputs_hash)
        .u64(withdraw.amount.value);
}

void write_outputs(base::ByteWriter& writer, std::span<const Output> outputs) {
    for (const Output& output : outputs) {
        writer.bytes(output.recipient.bytes).u64(output.amount.value);
    }
}

constexpr std::string_view kUnknownError = "program_error";

struct NumberRange {
    std::uint32_t first;
    std::uint32_t last;
    std::string_view code;
    std::string_view message;
    bool permanent;
};

constexpr bool kPermanent = true;
constexpr bool kRetry = false;

// The first range that holds a number describes it: single numbers stand before their group.
constexpr auto kProgramErrors = std::to_array<NumberRange>({
    {kRootNotFound, kRootNotFound, "root_not_found", "the pool does not know the Merkle root (yet)",
     kRetry},
    {0x1010, 0x1010, "proof_invalid", "the proof does not verify", kPermanent},
    {0x1011, 0x1011, "proof_size_invalid", "the proof has the wrong size", kPermanent},
    {0x1012, 0x1012, "public_inputs_invalid", "the public inputs are malformed", kPermanent},
    {0x1013, 0x1013, "verifying_key_mismatch", "the proof is for another verifying key",
     kPermanent},
    {kDoubleSpend, kDoubleSpend, "double_spend", "the nullifier is already spent", kPermanent},
    {0x1021, 0x1021, "nullifier_shard_full", "the nullifier shard has no room left", kRetry},
    {0x1022, 0x1022, "nullifier_invalid", "the nullifier is malformed", kPermanent},
    {kNullifierAlreadyUsed, kNullifierAlreadyUsed, "nullifier_already_used",
     "the nullifier is already used", kPermanent},
    {0x1024, 0x1024, "nullifier_mismatch", "the nullifier is not the proof's", kPermanent},
    {0x1030, 0x1030, "outputs_mismatch", "the outputs are not the proof's", kPermanent},
    {0x1031, 0x1031, "conservation_violated", "outputs and fee do not add up to the amount",
     kPermanent},
    {0x1032, 0x1032, "outputs_hash_mismatch", "the outputs hash is not that of the outputs",
     kPermanent},
    {0x1033, 0x1033, "amount_invalid", "the amount is not valid", kPermanent},
    {0x1034, 0x1034, "recipient_invalid", "a recipient is not valid", kPermanent},
    {0x1040, 0x1040, "amount_overflow", "the amounts overflow", kPermanent},
    {0x1057, 0x1057, "recipient_not_writable", "a recipient cannot be credited", kPermanent},
    {0x1058, 0x1058, "pool_short_of_lamports", "the pool has too few lamports for the amount",
     kRetry},
    {0x1050, 0x105d, "account_fault",
     "the program refused an account; check the relay's program and account settings", kRetry},
    {0x1060, 0x1063, "instruction_invalid", "the program refused the instruction", kPermanent},
    {0x1070, 0x1076, "verifier_fault", "the proof verifier refused the proof", kPermanent},
});

} // namespace

std::array<std::uint8_t, kPublicInputBytes> public_inputs(const Withdraw& withdraw) {
    base::ByteWriter writer(kPublicInputBytes);
    write_public_inputs(writer, withdraw);
    std::array<std::uint8_t, kPublicInputBytes> inputs{};
    std::ranges::copy(writer.take(), inputs.begin());
    return inputs;
}

base::Bytes encode_withdraw(const Withdraw& withdraw) {
    assert(!withdraw.outputs.empty() && withdraw.outputs.size() <= kMaxOutputs);
    base::ByteWriter writer(kFixedBytes + withdraw.outputs.size() * kOutputBytes);
    writer.u8(kWithdrawTag).bytes(withdraw.proof);
    write_public_inputs(writer, withdraw);
    writer.bytes(withdraw.nullifier).u8(static_cast<std::uint8_t>(withdraw.outputs.size()));
    write_outputs(writer, withdraw.outputs);
    return writer.take();
}

std::optional<Withdraw> decode_withdraw(base::ByteView data) {
    if (data.size() < kFixedBytes) {
        return std::nullopt;
    }
    FieldReader reader(data);
    const std::uint8_t tag = reader.u8();
    Withdraw withdraw;
    Hash repeated_nullifier{};
    reader.read(withdraw.proof);
    reader.read(withdraw.root);
    reader.read(withdraw.nullifier);
    reader.read(withdraw.outputs_hash);
    withdraw.amount = Lamports{reader.u64()};
    reader.read(repeated_nullifier);
    const std::size_t count = reader.u8();
    if (tag != kWithdrawTag || repeated_nullifier != withdraw.nullifier || count < 1 ||
        count > kMaxOutputs || data.size() != kFixedBytes + count * kOutputBytes) {
        return std::nullopt;
    }
    withdraw.outputs.resize(count);
    for (Output& output : withdraw.outputs) {
        reader.read(output.recipient.bytes);
        output.amount = Lamports{reader.u64()};
    }
    return withdraw;
}

Hash hash_outputs(std::span<const Output> outputs) {
    assert(outputs.size() <= kMaxOutputs);
    base::ByteWriter writer(outputs.size() * kOutputBytes);
    write_outputs(writer, outputs);
    return base::blake3(writer.take());
}

PoolAccounts PoolAccounts::derive(const Pubkey& program) {
    const auto account = [&](std::string_view name) {
        const base::Bytes name_bytes(name.begin(), name.end());
        const std::array<base::ByteView, 2> seeds = {name_bytes, kNativeMint};
        return find_program_address(seeds, program).value().address;
    };
    return {.pool = account("pool"),
            .treasury = account("treasury"),
            .roots_ring = account("roots_ring"),
            .nullifier_shard = account("nullifier_shard")};
}

Instruction withdraw_instruction(const Pubkey& program, const PoolAccounts& accounts,
                                 const Withdraw& withdraw) {
    Instruction instruction{.program = program,
                            .accounts = {{.address = accounts.pool, .writable = true},
                                         {.address = accounts.treasury, .writable = true},
                                         {.address = accounts.roots_ring},
                                         {.address = accounts.nullifier_shard, .writable = true}},
                            .data = encode_withdraw(withdraw)};
    for (const Output& output : withdraw.outputs) {
        instruction.accounts.push_back({.address = output.recipient, .writable = true});
    }
    instruction.accounts.push_back({.address = kSystemProgram});
    return instruction;
}

std::vector<Pubkey> WithdrawPlan::contended() const {
    return {accounts.pool, accounts.treasury, accounts.nullifier_shard};
}

namespace {

Instruction tip_instruction(const Tip& tip, const Withdraw& withdraw) {
    assert(!tip.accounts.empty());
    const Hash lot = base::blake3(withdraw.nullifier);
    const std::uint64_t number = FieldReader(lot).u64();
    return transfer(tip.payer, tip.accounts[number % tip.accounts.size()], tip.lamports);
}

} // namespace

std::vector<Instruction> withdraw_instructions(const WithdrawPlan& plan,
                                               const ComputeBudget& budget,
                                               const Withdraw& withdraw) {
    std::vector<Instruction> instructions = {set_compute_unit_limit(budget.units),
                                             set_compute_unit_price(budget.price)};
    assert(instructions.size() == kWithdrawInstruction);
    instructions.push_back(withdraw_instruction(plan.program, plan.accounts, withdraw));
    if (plan.tip) {
        assert(instructions.size() == kTipInstruction);
        instructions.push_back(tip_instruction(*plan.tip, withdraw));
    }
    if (budget.loaded_bytes) {
        instructions.push_back(set_loaded_accounts_limit(*budget.loaded_bytes));
    }
    return instructions;
}

AccountRole role_of(const Pubkey& address, const WithdrawPlan& plan, const Withdraw& withdraw) {
    const PoolAccounts& accounts = plan.accounts;
    if (address == accounts.pool) {
        return AccountRole::Pool;
    }
    if (address == accounts.treasury) {
        return AccountRole::Treasury;
    }
    if (address == accounts.nullifier_shard) {
        return AccountRole::NullifierShard;
    }
    const bool pays_it =
        std::ranges::find(withdraw.outputs, address, &Output::recipient) != withdraw.outputs.end();
    if (pays_it) {
        return AccountRole::Recipient;
    }
    const bool tips_it =
        plan.tip && std::ranges::find(plan.tip->accounts, address) != plan.tip->accounts.end();
    return tips_it ? AccountRole::Tipped : AccountRole::Unknown;
}

std::optional<Lamports> FeeSchedule::fee(Lamports amount) const {
    const Wide fee = flat.value + Wide{amount.value} * per_mille / 1000;
    if (fee > std::numeric_limits<std::uint64_t>::max()) {
        return std::nullopt;
    }
    return Lamports{static_cast<std::uint64_t>(fee)};
}

std::uint64_t fee_basis_points(Lamports fee, Lamports amount) {
    assert(amount.value > 0);
    const Wide points = (Wide{fee.value} * 10'000 + amount.value - 1) / amount.value;
    return static_cast<std::uint64_t>(
        std::min<Wide>(points, std::numeric_limits<std::uint64_t>::max()));
}

ProgramError describe_program_error(std::uint32_t number) {
    const auto found = std::ranges::find_if(kProgramErrors, [number](const NumberRange& range) {
        return range.first <= number && number <= range.last;
    });
    if (found == kProgramErrors.end()) {
        return {.number = number,
                .code = kUnknownError,
                .message = "the program answered with an error this relay does not know",
                .permanent = false};
    }
    return {.number = number,
            .code = found->code,
            .message = found->message,
            .permanent = found->permanent};
}

std::vector<std::string_view> program_error_codes() {
    std::vector<std::string_view> codes = {kUnknownError};
    for (const auto& range : kProgramErrors) {
        codes.push_back(range.code);
    }
    return codes;
}

bool is_permanent_program_error(std::string_view code) {
    const auto found = std::ranges::find(kProgramErrors, code, &NumberRange::code);
    return found != kProgramErrors.end() && found->permanent;
}

bool is_proof_fault(std::string_view code) {
    constexpr auto kProofFaults = std::to_array<std::string_view>(
        {"proof_invalid", "proof_size_invalid", "public_inputs_invalid", "verifying_key_mismatch",
         "verifier_fault"});
    return std::ranges::find(kProofFaults, code) != kProofFaults.end();
}

} // namespace relay::solana
