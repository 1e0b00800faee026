#pragma once
// Accounts as one RPC node tells of them, and whether it takes the commitment they are asked at.
// Only `relayd check` looks at them: the relay itself needs none. Private to app.
// Source: Solana's JSON-RPC documentation, getMultipleAccounts.

#include "relay/base/encoding.hpp"
#include "relay/base/task.hpp"
#include "relay/rpc/http_client.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/pubkey.hpp"

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace relay::app {

struct NodeAccount {
    solana::Pubkey owner;
    bool executable = false;
    base::Bytes data;
};

/// In the order asked; none where there is no such account. The error is a line for the operator;
/// `Refused` where the node does not take the commitment.
base::Task<rpc::RpcResult<std::vector<std::optional<NodeAccount>>>> fetch_accounts(
    rpc::HttpClient& node, std::vector<solana::Pubkey> addresses, rpc::Commitment commitment);

/// Pure: of the answer's text.
rpc::RpcResult<std::vector<std::optional<NodeAccount>>> read_accounts(std::string_view answer,
                                                                      std::size_t asked);

} // namespace relay::app
