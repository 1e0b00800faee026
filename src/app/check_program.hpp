#pragma once
// What `relayd check` finds of the shield pool: the program and its four accounts, as a node has
// them. Pure. Private to app. Source: docs/protocol.md, "The program".

#include "check_list.hpp"
#include "node_accounts.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/shield_pool.hpp"

#include <optional>
#include <string>
#include <vector>

namespace relay::app {

/// The program, pool, treasury, roots ring and nullifier shard: what judge_program() judges.
std::vector<solana::Pubkey> program_addresses(const solana::WithdrawPlan& plan);

/// Notes what each is; `node` names who told of them. REQUIRES: those of program_addresses().
void judge_program(CheckList& list, const std::string& node, const solana::WithdrawPlan& plan,
                   const std::vector<std::optional<NodeAccount>>& accounts);

} // namespace relay::app
