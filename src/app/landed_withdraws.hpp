#pragma once
// Withdraws that the program has carried out, as an RPC node's history has them: anybody's, from
// the newest on. Only `relayd check` looks at them. Private to app.
// Source: Solana's JSON-RPC documentation, getSignaturesForAddress and getTransaction.

#include "relay/base/task.hpp"
#include "relay/rpc/http_client.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/shield_pool.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relay::app {

/// The newest one there is among the pool's last transactions; none where there is none. The error
/// is a line for the operator.
base::Task<rpc::RpcResult<std::optional<solana::Withdraw>>> newest_landed_withdraw(
    rpc::HttpClient& node, solana::WithdrawPlan plan);

/// Pure: the signatures of those that did not fail, in the order of the answer.
rpc::RpcResult<std::vector<std::string>> read_landed(std::string_view answer);
/// Pure: none where it carries no withdraw to the program.
rpc::RpcResult<std::optional<solana::Withdraw>> read_withdraw(std::string_view answer,
                                                              const solana::Pubkey& program);

} // namespace relay::app
