#pragma once
// One Solana node's JSON-RPC interface, as far as a relay needs it: a single node's word, which is
// evidence and not truth. make_http_rpc (http_rpc.hpp) is the real one.
//
// Errors are results, classified where they arrive (see RpcError). Every call ends within the time
// limit its implementation was made with. Nothing here retries. Behind one address there may be
// many nodes, each a few slots apart: two calls may meet two of them.
// Source: Solana's JSON-RPC documentation; agave's rpc/src/rpc.rs.

#include "relay/base/encoding.hpp"
#include "relay/base/task.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/signature.hpp"
#include "relay/solana/units.hpp"

#include <optional>
#include <string>
#include <vector>

namespace relay::rpc {

/// How far the finalized chain has come: both of one block.
struct EpochInfo {
    solana::Slot slot;
    solana::BlockHeight height;
    bool operator==(const EpochInfo&) const = default;
};

/// How the cluster agrees.
enum class Consensus {
    /// Blocks are final about 150 ms after they are full.
    Alpenglow,
    /// Blocks are final 32 slots later.
    Tower,
    /// The node is too old to say.
    Unknown,
};

/// What an answer about signatures is to be good for.
struct StatusQuery {
    /// The node must have finalized this slot, or answer NotReached. Nodes from before September
    /// 2026 do not know the option: the report's own slot tells.
    std::optional<solana::Slot> reached;
    /// The whole history is searched, not the last 300 slots alone.
    bool history = false;
};

/// What an answer about accounts is to be good for.
struct AccountsQuery {
    AccountData data = AccountData::Read;
    /// What can never be taken back, whatever commitment the RPC was made with.
    bool final = false;
    /// The node must have reached this slot, or answer NotReached. The report's own slot tells.
    std::optional<solana::Slot> reached;
};

class NodeRpc {
  public:
    virtual ~NodeRpc() = default;

    virtual base::Task<RpcResult<LatestBlockhash>> latest_blockhash() = 0;
    virtual base::Task<RpcResult<solana::Signature>> send(base::Bytes wire,
                                                          Preflight preflight) = 0;
    /// What a preflight would say of it, and it goes nowhere: PreflightFailed as from send().
    virtual base::Task<RpcResult<void>> preflight(base::Bytes wire) = 0;
    /// REQUIRES: at most kMaxSignaturesPerCall signatures.
    virtual base::Task<RpcResult<SignatureReport>> signature_statuses(
        std::vector<solana::Signature> signatures, StatusQuery query) = 0;
    virtual base::Task<RpcResult<EpochInfo>> epoch_info() = 0;
    virtual base::Task<RpcResult<solana::Lamports>> balance(solana::Pubkey address) = 0;
    /// REQUIRES: at most kMaxAccountsPerCall addresses.
    virtual base::Task<RpcResult<AccountsReport>> accounts(std::vector<solana::Pubkey> addresses,
                                                           AccountsQuery query) = 0;
    /// The least that an account without data must hold.
    virtual base::Task<RpcResult<solana::Lamports>> minimum_balance() = 0;
    /// Names the cluster.
    virtual base::Task<RpcResult<std::string>> genesis_hash() = 0;
    virtual base::Task<RpcResult<Consensus>> consensus() = 0;
    virtual base::Task<RpcResult<Simulation>> simulate(base::Bytes wire) = 0;
    virtual base::Task<RpcResult<std::vector<SlotPrice>>> recent_prices(
        std::vector<solana::Pubkey> writable) = 0;
    virtual base::Task<RpcResult<std::optional<solana::Slot>>> deployed_in(
        solana::Pubkey program) = 0;
};

} // namespace relay::rpc
