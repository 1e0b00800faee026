#include "support/jobs/fault_plan.hpp"

#include "relay/base/encoding.hpp"
#include "relay/base/error.hpp"
#include "relay/base/task.hpp"
#include "relay/base/wake_up.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/jobs/schedule.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/signature.hpp"
#include "relay/solana/units.hpp"

#include <algorithm>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>
#include <chrono>
#include <cstddef>
#include <expected>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace relay::test {

namespace {

using jobs::JobId;
using std::chrono::milliseconds;

/// How a call that went wrong answers: the store and the queue throw, a node's answer is a result.
template <class T>
struct Failure {
    [[noreturn]] static T answer() { throw base::Outage("a planned fault"); }
};
template <class T>
struct Failure<rpc::RpcResult<T>> {
    static rpc::RpcResult<T> answer() {
        rpc::RpcError error;
        error.message = "a planned fault";
        return std::unexpected(std::move(error));
    }
};

bool happens(FaultPlan::Part part) {
    return part != FaultPlan::Part::OnlyError && part != FaultPlan::Part::Nothing;
}

bool is_error(FaultPlan::Part part) {
    return part == FaultPlan::Part::OnlyError || part == FaultPlan::Part::EffectThenError;
}

bool is_death(FaultPlan::Part part) {
    return part == FaultPlan::Part::Nothing || part == FaultPlan::Part::EffectThenNothing;
}

template <class T>
base::Task<T> carry_out(FaultPlan* plan, FaultPlan::Part part, base::Task<T> call) {
    std::optional<T> answer;
    if (happens(part)) {
        answer.emplace(co_await std::move(call));
    }
    if (is_death(part)) {
        co_await plan->never();
    }
    if (is_error(part)) {
        co_return Failure<T>::answer();
    }
    co_return std::move(answer).value();
}

base::Task<void> carry_out(FaultPlan* plan, FaultPlan::Part part, base::Task<void> call) {
    if (happens(part)) {
        co_await std::move(call);
    }
    if (is_death(part)) {
        co_await plan->never();
    }
    if (is_error(part)) {
        throw base::Outage("a planned fault");
    }
}

} // namespace

const char* to_string(Fault fault) {
    switch (fault) {
        case Fault::ErrorBefore:
            return "error before";
        case Fault::ErrorAfter:
            return "error after";
        case Fault::DeathBefore:
            return "death before";
        case Fault::DeathAfter:
            return "death after";
    }
    return "unknown";
}

FaultPlan& FaultPlan::at(std::size_t call, Fault fault) {
    faults_[call] = fault;
    return *this;
}

std::size_t FaultPlan::calls(std::string_view call) const {
    return static_cast<std::size_t>(std::ranges::count(trace_, call));
}

std::string FaultPlan::trace() const {
    std::string text;
    for (std::size_t index = 0; index < trace_.size(); ++index) {
        const auto fault = faults_.find(index + 1);
        text += "\n  " + trace_[index];
        if (fault != faults_.end()) {
            text += std::string(" <- ") + to_string(fault->second);
        }
    }
    return text;
}

FaultPlan::Part FaultPlan::next(const char* call) {
    if (dead_) {
        return Part::Nothing;
    }
    trace_.emplace_back(call);
    const auto fault = faults_.find(trace_.size());
    if (fault == faults_.end()) {
        return Part::Whole;
    }
    switch (fault->second) {
        case Fault::ErrorBefore:
            return Part::OnlyError;
        case Fault::ErrorAfter:
            return Part::EffectThenError;
        case Fault::DeathBefore:
            dead_ = true;
            return Part::Nothing;
        case Fault::DeathAfter:
            dead_ = true;
            return Part::EffectThenNothing;
    }
    return Part::Whole;
}

void FaultPlan::take_apart() {
    dead_ = taken_apart_ = true;
    for (auto* call : waiting_) {
        call->notify();
    }
}

base::Task<void> FaultPlan::never() {
    if (!taken_apart_) {
        struct Waiting {
            std::set<base::WakeUp*>& all;
            base::WakeUp end;
            Waiting(std::set<base::WakeUp*>& others, const boost::asio::any_io_executor& executor)
                : all(others), end(executor) {
                all.insert(&end);
            }
            ~Waiting() { all.erase(&end); }
            Waiting(const Waiting&) = delete;
            Waiting& operator=(const Waiting&) = delete;
        };
        Waiting waiting(waiting_, co_await boost::asio::this_coro::executor);
        co_await waiting.end.wait();
    }
    throw boost::system::system_error(boost::asio::error::operation_aborted);
}

base::Task<std::vector<jobs::InsertOutcome>> FaultyLedger::insert(std::vector<jobs::NewJob> jobs) {
    return carry_out(&plan_, plan_.next("insert"), ledger_.insert(std::move(jobs)));
}

base::Task<std::vector<jobs::Job>> FaultyLedger::claim(std::vector<JobId> ids, milliseconds lease) {
    return carry_out(&plan_, plan_.next("claim"), ledger_.claim(std::move(ids), lease));
}

base::Task<std::vector<jobs::Job>> FaultyLedger::claim_due(std::size_t limit, milliseconds lease) {
    return carry_out(&plan_, plan_.next("claim_due"), ledger_.claim_due(limit, lease));
}

base::Task<std::vector<bool>> FaultyLedger::save_transactions(
    std::vector<jobs::TransactionWrite> writes) {
    return carry_out(&plan_, plan_.next("save_transactions"),
                     ledger_.save_transactions(std::move(writes)));
}

base::Task<std::vector<bool>> FaultyLedger::renew(std::vector<jobs::Claim> claims,
                                                  milliseconds lease) {
    return carry_out(&plan_, plan_.next("renew"), ledger_.renew(std::move(claims), lease));
}

base::Task<std::vector<bool>> FaultyLedger::complete(std::vector<jobs::Completion> completions) {
    return carry_out(&plan_, plan_.next("complete"), ledger_.complete(std::move(completions)));
}

base::Task<std::vector<bool>> FaultyLedger::give_back(std::vector<jobs::GiveBack> give_backs) {
    return carry_out(&plan_, plan_.next("give_back"), ledger_.give_back(std::move(give_backs)));
}

base::Task<std::vector<bool>> FaultyLedger::fail(std::vector<jobs::Failure> failures) {
    return carry_out(&plan_, plan_.next("fail"), ledger_.fail(std::move(failures)));
}

base::Task<std::vector<std::optional<jobs::JobView>>> FaultyLedger::find(std::vector<JobId> ids) {
    return carry_out(&plan_, plan_.next("find"), ledger_.find(std::move(ids)));
}

base::Task<std::vector<std::optional<jobs::InsertOutcome>>> FaultyLedger::find_holders(
    std::vector<jobs::NewJob> jobs) {
    return carry_out(&plan_, plan_.next("find_holders"), ledger_.find_holders(std::move(jobs)));
}

base::Task<std::vector<bool>> FaultyLedger::hurry(std::vector<jobs::Hurry> hurries) {
    return carry_out(&plan_, plan_.next("hurry"), ledger_.hurry(std::move(hurries)));
}

base::Task<std::vector<jobs::DueJob>> FaultyLedger::due_times(std::vector<JobId> ids) {
    return carry_out(&plan_, plan_.next("due_times"), ledger_.due_times(std::move(ids)));
}

base::Task<jobs::WalkPage> FaultyLedger::walk(jobs::WalkPosition from, std::size_t limit) {
    return carry_out(&plan_, plan_.next("walk"), ledger_.walk(std::move(from), limit));
}

base::Task<jobs::JobCounts> FaultyLedger::count() {
    return carry_out(&plan_, plan_.next("count"), ledger_.count());
}

base::Task<jobs::DeadLetterPage> FaultyLedger::walk_dead_letters(jobs::DeadLetterPosition from,
                                                                 std::size_t limit) {
    return carry_out(&plan_, plan_.next("walk_dead_letters"),
                     ledger_.walk_dead_letters(std::move(from), limit));
}

base::Task<void> FaultyLedger::probe() {
    return carry_out(&plan_, plan_.next("probe"), ledger_.probe());
}

base::Task<std::vector<jobs::Payment>> FaultyLedger::not_final(std::size_t limit) {
    return carry_out(&plan_, plan_.next("not_final"), ledger_.not_final(limit));
}

base::Task<std::vector<bool>> FaultyLedger::settle(std::vector<jobs::Payment> payments) {
    return carry_out(&plan_, plan_.next("settle"), ledger_.settle(std::move(payments)));
}

base::Task<std::vector<bool>> FaultyLedger::reopen(std::vector<jobs::Reopening> reopenings) {
    return carry_out(&plan_, plan_.next("reopen"), ledger_.reopen(std::move(reopenings)));
}

base::Task<void> FaultySchedule::note(std::vector<jobs::DueJob> jobs) {
    return carry_out(&plan_, plan_.next("note"), schedule_.note(std::move(jobs)));
}

base::Task<std::size_t> FaultySchedule::note_missing(std::vector<jobs::DueJob> jobs) {
    return carry_out(&plan_, plan_.next("note missing"), schedule_.note_missing(std::move(jobs)));
}

base::Task<std::vector<JobId>> FaultySchedule::take_due(std::size_t limit) {
    return carry_out(&plan_, plan_.next("take_due"), schedule_.take_due(limit));
}

base::Task<void> FaultySchedule::note_failed(std::vector<JobId> ids) {
    return carry_out(&plan_, plan_.next("note failed"), schedule_.note_failed(std::move(ids)));
}

base::Task<std::size_t> FaultySchedule::note_missing_failed(std::vector<jobs::DeadLetter> letters) {
    return carry_out(&plan_, plan_.next("note missing failed"),
                     schedule_.note_missing_failed(std::move(letters)));
}

base::Task<void> FaultySchedule::forget_failed(std::vector<JobId> ids) {
    return carry_out(&plan_, plan_.next("forget failed"), schedule_.forget_failed(std::move(ids)));
}

base::Task<jobs::ScheduleDepth> FaultySchedule::depth() {
    return carry_out(&plan_, plan_.next("depth"), schedule_.depth());
}

base::Task<rpc::RpcResult<rpc::LatestBlockhash>> FaultyRpc::latest_blockhash() {
    return carry_out(&plan_, plan_.next("latest_blockhash"), rpc_.latest_blockhash());
}

base::Task<rpc::RpcResult<solana::Signature>> FaultyRpc::send(base::Bytes wire,
                                                              rpc::Preflight preflight) {
    return carry_out(&plan_, plan_.next("send"), rpc_.send(std::move(wire), preflight));
}

base::Task<rpc::RpcResult<rpc::SignatureReport>> FaultyRpc::signature_statuses(
    std::vector<solana::Signature> signatures) {
    return carry_out(&plan_, plan_.next("signature_statuses"),
                     rpc_.signature_statuses(std::move(signatures)));
}

base::Task<rpc::RpcResult<std::vector<rpc::Finding>>> FaultyRpc::look_into(
    std::vector<rpc::Question> questions) {
    return carry_out(&plan_, plan_.next("look_into"), rpc_.look_into(std::move(questions)));
}

base::Task<rpc::RpcResult<solana::Lamports>> FaultyRpc::balance(solana::Pubkey address) {
    return carry_out(&plan_, plan_.next("balance"), rpc_.balance(address));
}

base::Task<rpc::RpcResult<rpc::Simulation>> FaultyRpc::simulate(base::Bytes wire) {
    return carry_out(&plan_, plan_.next("simulate"), rpc_.simulate(std::move(wire)));
}

base::Task<rpc::RpcResult<std::vector<rpc::SlotPrice>>> FaultyRpc::recent_prices(
    std::vector<solana::Pubkey> writable) {
    return carry_out(&plan_, plan_.next("recent_prices"), rpc_.recent_prices(std::move(writable)));
}

base::Task<rpc::RpcResult<std::optional<solana::Slot>>> FaultyRpc::deployed_in(
    solana::Pubkey program) {
    return carry_out(&plan_, plan_.next("deployed_in"), rpc_.deployed_in(program));
}

base::Task<rpc::RpcResult<rpc::AccountsReport>> FaultyRpc::accounts(
    std::vector<solana::Pubkey> addresses) {
    return carry_out(&plan_, plan_.next("accounts"), rpc_.accounts(std::move(addresses)));
}

base::Task<rpc::RpcResult<std::vector<rpc::AccountsReport>>> FaultyRpc::agreed_accounts(
    std::vector<solana::Pubkey> addresses, rpc::AccountData data) {
    return carry_out(&plan_, plan_.next("agreed_accounts"),
                     rpc_.agreed_accounts(std::move(addresses), data));
}

base::Task<rpc::RpcResult<solana::Lamports>> FaultyRpc::minimum_balance() {
    return carry_out(&plan_, plan_.next("minimum_balance"), rpc_.minimum_balance());
}

} // namespace relay::test
