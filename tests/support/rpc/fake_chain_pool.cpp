// The pool's accounts on the chain in memory, and what its nodes tell of any.

#include "relay/base/encoding.hpp"
#include "relay/base/task.hpp"
#include "relay/base/wake_up.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/solana/units.hpp"
#include "support/rpc/fake_chain.hpp"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace relay::test {

using rpc::RpcError;
using rpc::RpcResult;

namespace {

std::unexpected<RpcError> unavailable() {
    RpcError error;
    error.message = "the test's node does not answer";
    return std::unexpected(std::move(error));
}

} // namespace

void FakeChain::open_pool(const solana::WithdrawPlan& plan, std::vector<solana::Hash> roots,
                          std::size_t room) {
    plan_ = plan;
    roots_ = std::move(roots);
    shard_room_ = room;
    lamports_.try_emplace(plan.accounts.pool, solana::Lamports{1'000'000'000'000});
}

void FakeChain::set_account_data(const solana::Pubkey& address, std::optional<base::Bytes> data) {
    if (data) {
        data_[address] = std::move(*data);
    } else {
        data_.erase(address);
    }
}

base::Bytes FakeChain::ring() const {
    constexpr std::size_t kRoots = 64;
    base::Bytes data(8 + 32 * kRoots);
    for (std::size_t number = 0; number < roots_.size(); ++number) {
        data[0] = static_cast<std::uint8_t>(number % kRoots);
        std::ranges::copy(roots_[number],
                          data.begin() + static_cast<std::ptrdiff_t>(8 + 32 * (number % kRoots)));
    }
    return data;
}

base::Bytes FakeChain::shard() const {
    base::Bytes data(4);
    data[0] = static_cast<std::uint8_t>(spent_.size());
    data[1] = static_cast<std::uint8_t>(spent_.size() >> 8);
    for (const auto& nullifier : spent_) {
        data.insert(data.end(), nullifier.begin(), nullifier.end());
    }
    data.resize(std::max(data.size(), 4 + 32 * shard_room_));
    return data;
}

std::optional<rpc::Account> FakeChain::account(
    const solana::Pubkey& address, const std::map<solana::Pubkey, base::Bytes>& set) const {
    const auto lamports = lamports_.find(address);
    rpc::Account account;
    account.lamports = lamports == lamports_.end() ? solana::Lamports{1} : lamports->second;
    const bool of_pool =
        plan_ &&
        (address == plan_->accounts.pool || address == plan_->accounts.treasury ||
         address == plan_->accounts.roots_ring || address == plan_->accounts.nullifier_shard);
    if (!of_pool) {
        return lamports == lamports_.end() ? std::nullopt : std::optional(account);
    }
    account.owner = plan_->program;
    if (const auto data = set.find(address); data != set.end()) {
        account.data = data->second;
    } else if (address == plan_->accounts.roots_ring) {
        account.data = ring();
    } else if (address == plan_->accounts.nullifier_shard) {
        account.data = shard();
    }
    return account;
}

rpc::AccountsReport FakeChain::report_on(const std::vector<solana::Pubkey>& addresses,
                                         const std::map<solana::Pubkey, base::Bytes>& set) const {
    rpc::AccountsReport report;
    report.slot.value = slot_.value - reports_behind_;
    report.final = true;
    for (const auto& address : addresses) {
        report.accounts.push_back(account(address, set));
    }
    return report;
}

base::Task<RpcResult<rpc::AccountsReport>> FakeChain::accounts(
    std::vector<solana::Pubkey> addresses) {
    const bool answered = co_await answers("accounts");
    if (!answered) {
        co_return unavailable();
    }
    co_return report_on(addresses, data_);
}

base::Task<RpcResult<std::vector<rpc::AccountsReport>>> FakeChain::agreed_accounts(
    std::vector<solana::Pubkey> addresses, rpc::AccountData) {
    const bool answered = co_await answers("agreed_accounts");
    if (!answered) {
        co_return unavailable();
    }
    if (agreement_hangs_) {
        base::WakeUp never(co_await boost::asio::this_coro::executor);
        co_await never.wait();
    }
    const std::map<solana::Pubkey, base::Bytes> nothing;
    std::vector<rpc::AccountsReport> reports(
        2, report_on(addresses, agreeing_otherwise_ ? nothing : data_));
    if (disagreeing_) {
        rpc::Account other;
        other.lamports = {1};
        reports.back().accounts.assign(addresses.size(), other);
    }
    co_return reports;
}

base::Task<RpcResult<solana::Lamports>> FakeChain::minimum_balance() {
    const bool answered = co_await answers("minimum_balance");
    if (!answered) {
        co_return unavailable();
    }
    co_return minimum_balance_;
}

} // namespace relay::test
