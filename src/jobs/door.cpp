#include "relay/jobs/door.hpp"

#include "relay/base/clock.hpp"
#include "relay/base/task.hpp"
#include "relay/jobs/chain_watch.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/pool_state.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/solana/units.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace relay::jobs {

namespace {

/// A client does not wait for longer to be refused.
constexpr std::chrono::seconds kPatience{1};

/// A minimum that was read before is read anew before anybody is refused for it: it falls in steps.
constexpr std::chrono::seconds kFreshMinimum{5};

constexpr std::size_t kLookUpsAtOnce = 8;

/// The outputs that pay their recipient less than this, all its outputs together.
std::vector<std::size_t> poor_among(const std::vector<solana::Output>& outputs,
                                    solana::Lamports minimum) {
    std::map<solana::Pubkey, std::uint64_t> paid;
    for (const auto& output : outputs) {
        paid[output.recipient] += output.amount.value; // their sum is an amount: no overflow
    }
    std::vector<std::size_t> poor;
    for (std::size_t index = 0; index < outputs.size(); ++index) {
        if (paid[outputs[index].recipient] < minimum.value) {
            poor.push_back(index);
        }
    }
    return poor;
}

bool is_missing(const std::optional<rpc::Account>& account) {
    return !account || account->lamports.value == 0;
}

} // namespace

Door::Door(base::Clock& clock, rpc::SolanaRpc& rpc, const solana::WithdrawPlan& plan,
           ChainWatch& watch)
    : clock_(clock),
      rpc_(rpc),
      plan_(plan),
      watch_(watch),
      one_at_a_time_(clock.executor(), 1),
      few_at_a_time_(clock.executor(), kLookUpsAtOnce) {}

base::Task<std::optional<Objection>> Door::look_at(solana::Withdraw withdraw) {
    watch_.note_work();
    if (watch_.seems_spent(withdraw.nullifier)) {
        const auto spent =
            co_await base::within(clock_.sleep_for(kPatience), is_spent(withdraw.nullifier));
        if (spent.value_or(false)) {
            co_return Objection{Objection::Kind::NullifierSpent, 0, {}};
        }
    }
    const auto& minimum = watch_.minimum();
    if (!minimum || poor_among(withdraw.outputs, minimum->lamports).empty()) {
        co_return std::nullopt;
    }
    const auto poor =
        co_await base::within(clock_.sleep_for(kPatience), find_poor(std::move(withdraw.outputs)));
    co_return poor.value_or(std::nullopt);
}

bool Door::all_hold(const solana::Hash& nullifier) const {
    return !agreed_.empty() &&
           std::ranges::all_of(agreed_, [&](const auto& shard) { return shard.holds(nullifier); });
}

/// Asks only for what was not known to all when they were last asked: no nullifier is asked for
/// twice that all have.
base::Task<bool> Door::is_spent(solana::Hash nullifier) {
    const auto turn = co_await one_at_a_time_.acquire();
    if (all_hold(nullifier)) {
        co_return true;
    }
    std::vector<solana::Pubkey> asked(1, plan_.accounts.nullifier_shard);
    auto reports = co_await rpc_.agreed_accounts(std::move(asked), rpc::AccountData::Read);
    if (!reports) {
        co_return false;
    }
    std::vector<solana::NullifierShard> shards;
    for (auto& report : *reports) {
        auto& account = report.accounts.at(0);
        auto shard = account && account->owner == plan_.program
                         ? solana::NullifierShard::read(std::move(account->data))
                         : std::nullopt;
        if (!shard) {
            co_return false;
        }
        shards.push_back(std::move(*shard));
    }
    agreed_ = std::move(shards);
    co_return all_hold(nullifier);
}

base::Task<std::optional<Objection>> Door::find_poor(std::vector<solana::Output> outputs) {
    const auto turn = co_await few_at_a_time_.acquire();
    const auto is_fresh = [this] {
        const auto& minimum = watch_.minimum();
        return minimum && clock_.now() - minimum->read_at <= kFreshMinimum;
    };
    if (!is_fresh()) {
        co_await watch_.read_minimum();
    }
    const auto minimum = watch_.minimum();
    if (!minimum || !is_fresh()) {
        co_return std::nullopt;
    }
    const auto poor = poor_among(outputs, minimum->lamports);
    if (poor.empty()) {
        co_return std::nullopt;
    }
    std::vector<solana::Pubkey> recipients;
    for (const auto index : poor) {
        recipients.push_back(outputs[index].recipient);
    }
    const auto reports =
        co_await rpc_.agreed_accounts(std::move(recipients), rpc::AccountData::Leave);
    if (!reports) {
        co_return std::nullopt;
    }
    for (std::size_t place = 0; place < poor.size(); ++place) {
        if (std::ranges::all_of(*reports, [place](const rpc::AccountsReport& report) {
                return is_missing(report.accounts.at(place));
            })) {
            co_return Objection{Objection::Kind::RecipientBelowRent, poor[place],
                                minimum->lamports};
        }
    }
    co_return std::nullopt;
}

} // namespace relay::jobs
