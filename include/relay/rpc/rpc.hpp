#pragma once
// A Solana node's JSON-RPC interface, as far as a relay needs it.
//
// Errors are results, classified where they arrive (see RpcError). Every call ends within the time
// limit its implementation was made with. Nothing here retries.
//
// make_http_rpc talks to a node over HTTP or HTTPS (certificates verified), keeps connections alive
// and bounds their number. Source: Solana's JSON-RPC documentation.

#include "relay/base/encoding.hpp"
#include "relay/base/error.hpp"
#include "relay/base/task.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/signature.hpp"
#include "relay/solana/transaction_error.hpp"
#include "relay/solana/units.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace relay::rpc {

/// confirmed: voted by two thirds of the stake. finalized: rooted, about 13 s later.
enum class Commitment { Confirmed, Finalized };

struct RpcError {
    enum class Kind {
        /// No answer that can be trusted: refused, timed out, cut, garbage, an overloaded or
        /// lagging
        /// node. After a send it means "ask about the signature", never "failed".
        Unavailable,
        /// The node simulated the transaction and did not forward it: see `transaction_error`.
        PreflightFailed,
        /// The node understood the request and will never take it.
        Refused,
    };

    Kind kind = Kind::Unavailable;
    /// The JSON-RPC error number, or the HTTP status, or 0.
    int code = 0;
    std::string message;
    std::optional<solana::TransactionError> transaction_error;
    /// How long the node asked to be left alone (HTTP 429).
    std::optional<std::chrono::seconds> retry_after;
};

template <class T>
using RpcResult = base::Result<T, RpcError>;

struct LatestBlockhash {
    solana::Hash blockhash{};
    solana::BlockHeight last_valid_block_height;
};

enum class Preflight { Run, Skip };

struct SignatureStatus {
    solana::Slot slot;
    /// Whether the commitment the RPC was made with is reached.
    bool committed = false;
    std::optional<solana::TransactionError> error;
};

/// One node's answer about several signatures: statuses in the order asked, none where that node
/// does not know the signature.
struct SignatureReport {
    std::vector<std::optional<SignatureStatus>> statuses;
};

/// What proves an expiry: the height was read first, then the statuses from the same node with its
/// whole history searched. A transaction absent here whose last valid block height lies below
/// `height` can never land.
struct ExpiryReport {
    solana::BlockHeight height;
    SignatureReport report;
};

inline constexpr std::size_t kMaxSignaturesPerCall = 256;

class SolanaRpc {
  public:
    virtual ~SolanaRpc() = default;

    virtual base::Task<RpcResult<LatestBlockhash>> latest_blockhash() = 0;

    /// The node sends nothing again by itself (maxRetries 0): the caller does.
    virtual base::Task<RpcResult<solana::Signature>> send(base::Bytes wire,
                                                          Preflight preflight) = 0;

    /// Looks in the node's recent statuses. REQUIRES: at most kMaxSignaturesPerCall signatures.
    virtual base::Task<RpcResult<SignatureReport>> signature_statuses(
        std::vector<solana::Signature> signatures) = 0;

    virtual base::Task<RpcResult<solana::BlockHeight>> block_height() = 0;

    /// Looks in the whole history. REQUIRES: at most kMaxSignaturesPerCall signatures.
    virtual base::Task<RpcResult<ExpiryReport>> expiry_report(
        std::vector<solana::Signature> signatures) = 0;

    virtual base::Task<RpcResult<solana::Lamports>> balance(solana::Pubkey address) = 0;

    /// Names the cluster.
    virtual base::Task<RpcResult<std::string>> genesis_hash() = 0;
};

} // namespace relay::rpc
