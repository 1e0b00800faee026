#pragma once
// The chain as the relay's jobs see it, behind however many nodes there are: a blockhash to sign
// with, a way to send, statuses, and what can be proven of a transaction's end.
//
// Errors are results, classified where they arrive (see RpcError). Every call ends within the time
// limit its implementation was made with. make_failover_rpc (failover.hpp) is the real one.
// Source: Solana's JSON-RPC documentation; docs/reliability.md for the rules of evidence.

#include "relay/base/encoding.hpp"
#include "relay/base/error.hpp"
#include "relay/base/task.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/signature.hpp"
#include "relay/solana/transaction_error.hpp"
#include "relay/solana/units.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace relay::rpc {

/// finalized: can never be taken back. confirmed: voted by two thirds of the stake, which on
/// TowerBFT comes 13 s earlier and may yet be taken back, and on Alpenglow is the same.
enum class Commitment { Confirmed, Finalized };

struct RpcError {
    enum class Kind {
        /// No answer that can be trusted: none in time, cut, garbage, an overloaded or lagging
        /// node. After a send it means "ask about the signature", never "failed".
        Unavailable,
        /// The node limits our rate: the call was not carried out, and is to be made more slowly.
        Limited,
        /// The node will not carry out the call as it was put: an outage, never a verdict.
        Refused,
        /// The node does not know the method.
        Unsupported,
        /// The node has not reached the slot that the answer was to be good for.
        NotReached,
        /// The node keeps no history of transactions.
        NoHistory,
        /// The node simulated the transaction and did not forward it: see `transaction_error`.
        PreflightFailed,
    };

    Kind kind = Kind::Unavailable;
    /// The JSON-RPC error number, or the HTTP status, or 0.
    int code = 0;
    std::string message;
    std::optional<solana::TransactionError> transaction_error;
    /// Limited: how long the node asked to be left alone, where what it asked can be believed.
    std::optional<std::chrono::seconds> retry_after;
};

template <class T>
using RpcResult = base::Result<T, RpcError>;

struct LatestBlockhash {
    solana::Hash blockhash{};
    /// No later than the height at which it was handed out allows: see failover.hpp.
    solana::BlockHeight last_valid_block_height;
    /// Where the node stood; no later than where it is believed to stand.
    solana::Slot slot;
};

enum class Preflight { Run, Skip };

struct SignatureStatus {
    solana::Slot slot;
    /// Whether the commitment the RPC was made with is reached.
    bool committed = false;
    /// Whether it can never be taken back.
    bool final = false;
    std::optional<solana::TransactionError> error;
};

/// One node's answer about several signatures: statuses in the order asked, none where that node
/// does not know the signature.
struct SignatureReport {
    /// The slot that the answer is good for.
    solana::Slot slot;
    std::vector<std::optional<SignatureStatus>> statuses;
};

/// What would come of a transaction that was carried out now.
struct Simulation {
    std::optional<solana::TransactionError> error;
    /// Compute units that it took; none where the node does not tell.
    std::optional<std::uint64_t> units;
    /// Bytes of the accounts that it loads, programs included; none where the node does not tell.
    std::optional<std::uint64_t> loaded_bytes;
};

/// The lowest price that got a transaction into a slot's block, of those that write to the busiest
/// of some accounts. Nothing where there was none.
struct SlotPrice {
    solana::Slot slot;
    solana::UnitPrice lowest;
};

struct Account {
    /// The program whose account it is.
    solana::Pubkey owner;
    solana::Lamports lamports;
    /// Empty where it was not asked for.
    base::Bytes data;
};

/// One node's answer about several accounts, in the order asked: none where there is no such
/// account.
struct AccountsReport {
    /// The slot that the answer is good for.
    solana::Slot slot;
    /// None of it can be taken back.
    bool final = false;
    std::vector<std::optional<Account>> accounts;
};

enum class AccountData { Read, Leave };

/// A transaction whose end is to be proven.
struct Question {
    solana::Signature signature;
    solana::BlockHeight last_valid_block_height;
    /// Since it was signed, at least.
    std::chrono::milliseconds age{0};
    /// Before this slot it cannot have landed; none: not known.
    std::optional<solana::Slot> blockhash_slot;
};

/// What the nodes know of it together.
struct Finding {
    /// The most that any of them knows.
    std::optional<SignatureStatus> status;
    /// Not on the chain, and proven never to come.
    bool absent = false;
    /// Its life is over, by what is known of the chain's height and of the time.
    bool overdue = false;
    /// Why its absence is not proven: a sentence for people. Empty where it is.
    std::string missing;
};

/// A node that is not used, and why; with its name and reason in full: for the operator only.
struct NodeTrouble {
    std::string node;
    std::string reason;
    /// It said what cannot be so, and a person should look; else it is merely away.
    bool untrue = false;
};

inline constexpr std::size_t kMaxSignaturesPerCall = 256;
inline constexpr std::size_t kMaxAccountsPerCall = 100;

class SolanaRpc {
  public:
    virtual ~SolanaRpc() = default;

    virtual base::Task<RpcResult<LatestBlockhash>> latest_blockhash() = 0;

    /// Preflight::Run: for the first time. Preflight::Skip: again, to every node, since one that
    /// took it may not have passed it on. No node sends anything again by itself (maxRetries 0).
    virtual base::Task<RpcResult<solana::Signature>> send(base::Bytes wire,
                                                          Preflight preflight) = 0;

    /// Looks in a node's recent statuses. REQUIRES: at most kMaxSignaturesPerCall signatures.
    virtual base::Task<RpcResult<SignatureReport>> signature_statuses(
        std::vector<solana::Signature> signatures) = 0;

    /// Looks for what the nodes can prove, in the order asked. An error where none could be asked.
    /// REQUIRES: at most kMaxSignaturesPerCall questions.
    virtual base::Task<RpcResult<std::vector<Finding>>> look_into(
        std::vector<Question> questions) = 0;

    virtual base::Task<RpcResult<solana::Lamports>> balance(solana::Pubkey address) = 0;

    /// By one node; of neither signature nor blockhash is anything asked.
    virtual base::Task<RpcResult<Simulation>> simulate(base::Bytes wire) = 0;
    /// Of the last slots, 150 at most, in their order, by one node's word. REQUIRES: at most
    /// kMaxAccountsPerCall addresses.
    virtual base::Task<RpcResult<std::vector<SlotPrice>>> recent_prices(
        std::vector<solana::Pubkey> writable) = 0;
    /// The slot in which the program was last deployed, by one node's word; none for a program that
    /// can never change.
    virtual base::Task<RpcResult<std::optional<solana::Slot>>> deployed_in(
        solana::Pubkey program) = 0;

    /// As one node has them, at the commitment the RPC was made with. REQUIRES: at most
    /// kMaxAccountsPerCall addresses.
    virtual base::Task<RpcResult<AccountsReport>> accounts(
        std::vector<solana::Pubkey> addresses) = 0;

    // What a refusal may rest on: the word of every node that is well, and of two of them at least
    // where there are several. An error where one of them is silent.

    /// As each of them has these accounts for good, no earlier than the furthest slot that is known
    /// to be final. REQUIRES: at most kMaxAccountsPerCall addresses.
    virtual base::Task<RpcResult<std::vector<AccountsReport>>> agreed_accounts(
        std::vector<solana::Pubkey> addresses, AccountData data) = 0;
    /// The least that an account without data must hold: the lowest that any of them tells.
    virtual base::Task<RpcResult<solana::Lamports>> minimum_balance() = 0;

    /// A slot's length as measured, within bounds: what all waiting for the chain is counted in.
    virtual std::chrono::milliseconds slot_time() const = 0;
    virtual std::vector<NodeTrouble> troubles() const = 0;
};

} // namespace relay::rpc
