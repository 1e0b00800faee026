#include "check_program.hpp"

#include "check_list.hpp"
#include "node_accounts.hpp"
#include "relay/base/encoding.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/shield_pool.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace relay::app {

namespace {

// roots_ring: [head u8][7 pad][64 x root 32]; nullifier_shard: [count u32][count x 32].
constexpr std::size_t kRingBytes = 8 + 64 * 32;
constexpr std::size_t kCountBytes = 4;
constexpr std::size_t kNullifierBytes = 32;
/// In the program as its authors published it. A larger account says that there is more.
constexpr std::size_t kShardRoom = 319;

struct Part {
    const char* name;
    /// What overrides its address.
    const char* setting;
    std::size_t least_bytes;
};

/// In the order of program_addresses(), after the program.
constexpr std::array kParts = {
    Part{"pool", "RELAY_SOLANA_POOL", 0}, Part{"treasury", "RELAY_SOLANA_TREASURY", 0},
    Part{"roots ring", "RELAY_SOLANA_ROOTS_RING", kRingBytes},
    Part{"nullifier shard", "RELAY_SOLANA_NULLIFIER_SHARD", kCountBytes}};

std::string fault_of(const Part& part, const solana::Pubkey& address,
                     const std::optional<NodeAccount>& account, const solana::Pubkey& program) {
    const auto which = address.to_string();
    if (!account) {
        return "there is no account " + which + ": is " + part.setting +
               " right, and the pool set up?";
    }
    if (account->owner != program) {
        return which + " belongs to " + account->owner.to_string() + ", not to the program: is " +
               part.setting + " right?";
    }
    if (account->data.size() < part.least_bytes) {
        return which + " holds " + std::to_string(account->data.size()) + " bytes, and needs " +
               std::to_string(part.least_bytes) + ": is " + part.setting + " right?";
    }
    return "";
}

std::size_t count_of(const base::Bytes& shard) {
    std::uint32_t count = 0;
    for (std::size_t index = kCountBytes; index-- > 0;) {
        count = count << 8U | shard[index];
    }
    return count;
}

void judge_room(CheckList& list, const std::string& what, const base::Bytes& shard) {
    const auto count = count_of(shard);
    const auto room = std::max(kShardRoom, (shard.size() - kCountBytes) / kNullifierBytes);
    const auto words =
        "holds " + std::to_string(count) + " of " + std::to_string(room) + " nullifiers";
    if (count >= room) {
        list.fail(what, words + ": it is full, and no withdraw can land");
    } else if (count * 10 >= room * 9) {
        list.warn(what, words + ": when it is full, no withdraw can land");
    } else {
        list.pass(what, words);
    }
}

} // namespace

std::vector<solana::Pubkey> program_addresses(const solana::WithdrawPlan& plan) {
    const auto& accounts = plan.accounts;
    return {plan.program, accounts.pool, accounts.treasury, accounts.roots_ring,
            accounts.nullifier_shard};
}

void judge_program(CheckList& list, const std::string& node, const solana::WithdrawPlan& plan,
                   const std::vector<std::optional<NodeAccount>>& accounts) {
    const auto& program = accounts.front();
    if (!program || !program->executable) {
        list.fail("program at " + node,
                  plan.program.to_string() +
                      (program ? " is no program" : " does not exist there") +
                      ": is RELAY_SOLANA_PROGRAM_ID right, and the node of that cluster?");
        return; // whose accounts there cannot be either
    }
    list.pass("program at " + node, plan.program.to_string());
    const auto is_missing = [](const auto& account) { return !account; };
    if (std::all_of(accounts.begin() + 1, accounts.end(), is_missing)) {
        list.fail("accounts at " + node,
                  "the program has none of its accounts there: is RELAY_SOLANA_PROGRAM_ID right, "
                  "and the pool set up?");
        return;
    }
    const auto addresses = program_addresses(plan);
    for (std::size_t index = 0; index < kParts.size(); ++index) {
        const auto& part = kParts[index];
        const auto& account = accounts[index + 1];
        const auto what = std::string(part.name) + " at " + node;
        const auto fault = fault_of(part, addresses[index + 1], account, plan.program);
        if (!fault.empty()) {
            list.fail(what, fault);
        } else if (account && &part == &kParts.back()) {
            judge_room(list, what, account->data);
        } else {
            list.pass(what, addresses[index + 1].to_string());
        }
    }
}

} // namespace relay::app
