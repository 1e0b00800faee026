#pragma once
// The JSON of each RPC call and the reading of its answer. Pure: fuzzed and tested without a node.
//
// A reply that is not what the method promises is Unavailable: nothing is concluded from garbage,
// nor from the answer to another call, which a connection out of step would give. Errors are told
// apart by their numbers. Source: the JSON-RPC 2.0 specification, Solana's JSON-RPC documentation
// and the custom error codes of its rpc-client-api.

#include "relay/base/encoding.hpp"
#include "relay/rpc/http_client.hpp"
#include "relay/rpc/node_rpc.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/signature.hpp"
#include "relay/solana/units.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace relay::rpc::codec {

/// The number that a call carries, and its answer again.
struct CallId {
    std::uint64_t value = 0;
};

std::string get_latest_blockhash(CallId id, Commitment commitment);
RpcResult<LatestBlockhash> read_latest_blockhash(const HttpReply& reply, CallId id);

/// Simulates it as it stands: its signature and its blockhash count.
std::string preflight(CallId id, base::ByteView wire, Commitment commitment);
RpcResult<void> read_preflight(const HttpReply& reply, CallId id);

/// The commitment is the preflight's.
std::string send_transaction(CallId id, base::ByteView wire, Preflight preflight,
                             Commitment commitment);
RpcResult<solana::Signature> read_signature(const HttpReply& reply, CallId id);

std::string get_signature_statuses(CallId id, std::span<const solana::Signature> signatures,
                                   const StatusQuery& query);
/// `asked` is how many signatures the call named; an answer of another length is garbage.
RpcResult<SignatureReport> read_signature_statuses(const HttpReply& reply, CallId id,
                                                   std::size_t asked, Commitment commitment);

/// Always of the finalized chain.
std::string get_epoch_info(CallId id);
RpcResult<EpochInfo> read_epoch_info(const HttpReply& reply, CallId id);

std::string get_balance(CallId id, const solana::Pubkey& address, Commitment commitment);
RpcResult<solana::Lamports> read_balance(const HttpReply& reply, CallId id);

std::string get_accounts(CallId id, std::span<const solana::Pubkey> addresses,
                         const AccountsQuery& query, Commitment commitment);
/// `asked` is how many accounts the call named. An account's data is bounded by kMostAccountData.
/// Whether it is final, the call's maker knows.
RpcResult<AccountsReport> read_accounts(const HttpReply& reply, CallId id, std::size_t asked);
inline constexpr std::size_t kMostAccountData = 1024UL * 1024;

std::string get_minimum_balance(CallId id);
RpcResult<solana::Lamports> read_minimum_balance(const HttpReply& reply, CallId id);

std::string get_genesis_hash(CallId id);
RpcResult<std::string> read_genesis_hash(const HttpReply& reply, CallId id);

std::string get_consensus(CallId id);
/// Never an error that says the node is too old: that is Consensus::Unknown.
RpcResult<Consensus> read_consensus(const HttpReply& reply, CallId id);

std::string simulate_transaction(CallId id, base::ByteView wire, Commitment commitment);
RpcResult<Simulation> read_simulation(const HttpReply& reply, CallId id);

std::string get_recent_prices(CallId id, std::span<const solana::Pubkey> writable);
RpcResult<std::vector<SlotPrice>> read_recent_prices(const HttpReply& reply, CallId id);

/// The first bytes of the account that holds the program.
std::string get_deployment(CallId id, const solana::Pubkey& program, Commitment commitment);
RpcResult<std::optional<solana::Slot>> read_deployment(const HttpReply& reply, CallId id);

} // namespace relay::rpc::codec
