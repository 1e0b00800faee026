#include "support/fault_plan.hpp"

#include "relay/base/encoding.hpp"
#include "relay/base/error.hpp"
#include "relay/base/task.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/queue.hpp"
#include "relay/jobs/store.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/signature.hpp"
#include "relay/solana/units.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <chrono>
#include <cstddef>
#include <expected>
#include <optional>
#include <string>
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
base::Task<T> carry_out(const FaultPlan* plan, FaultPlan::Part part, base::Task<T> call) {
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

base::Task<void> carry_out(const FaultPlan* plan, FaultPlan::Part part, base::Task<void> call) {
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

base::Task<void> FaultPlan::never() const {
    while (!buried_) {
        co_await base::sleep_for(std::chrono::milliseconds(1));
    }
    throw boost::system::system_error(boost::asio::error::operation_aborted);
}

base::Task<std::vector<jobs::InsertOutcome>> FaultyJobStore::insert(
    std::vector<jobs::NewJob> jobs) {
    return carry_out(&plan_, plan_.next("insert"), store_.insert(std::move(jobs)));
}

base::Task<std::vector<jobs::Job>> FaultyJobStore::claim(std::vector<JobId> ids,
                                                         milliseconds lease) {
    return carry_out(&plan_, plan_.next("claim"), store_.claim(std::move(ids), lease));
}

base::Task<std::vector<jobs::Job>> FaultyJobStore::claim_due(std::size_t limit,
                                                             milliseconds lease) {
    return carry_out(&plan_, plan_.next("claim_due"), store_.claim_due(limit, lease));
}

base::Task<std::vector<bool>> FaultyJobStore::save_transactions(
    std::vector<jobs::TransactionWrite> writes) {
    return carry_out(&plan_, plan_.next("save_transactions"),
                     store_.save_transactions(std::move(writes)));
}

base::Task<std::vector<bool>> FaultyJobStore::renew(std::vector<jobs::Claim> claims,
                                                    milliseconds lease) {
    return carry_out(&plan_, plan_.next("renew"), store_.renew(std::move(claims), lease));
}

base::Task<std::vector<bool>> FaultyJobStore::complete(std::vector<jobs::Completion> completions) {
    return carry_out(&plan_, plan_.next("complete"), store_.complete(std::move(completions)));
}

base::Task<std::vector<bool>> FaultyJobStore::give_back(std::vector<jobs::Return> returns) {
    return carry_out(&plan_, plan_.next("give_back"), store_.give_back(std::move(returns)));
}

base::Task<std::vector<bool>> FaultyJobStore::bury(std::vector<jobs::Burial> burials) {
    return carry_out(&plan_, plan_.next("bury"), store_.bury(std::move(burials)));
}

base::Task<std::vector<std::optional<jobs::JobView>>> FaultyJobStore::find(std::vector<JobId> ids) {
    return carry_out(&plan_, plan_.next("find"), store_.find(std::move(ids)));
}

base::Task<std::vector<jobs::DueJob>> FaultyJobStore::due_times(std::vector<JobId> ids) {
    return carry_out(&plan_, plan_.next("due_times"), store_.due_times(std::move(ids)));
}

base::Task<jobs::WalkPage> FaultyJobStore::walk(jobs::WalkPosition from, std::size_t limit) {
    return carry_out(&plan_, plan_.next("walk"), store_.walk(std::move(from), limit));
}

base::Task<jobs::JobCounts> FaultyJobStore::count() {
    return carry_out(&plan_, plan_.next("count"), store_.count());
}

base::Task<std::vector<jobs::Payment>> FaultyJobStore::not_final(std::size_t limit) {
    return carry_out(&plan_, plan_.next("not_final"), store_.not_final(limit));
}

base::Task<std::vector<bool>> FaultyJobStore::settle(std::vector<jobs::Payment> payments) {
    return carry_out(&plan_, plan_.next("settle"), store_.settle(std::move(payments)));
}

base::Task<std::vector<bool>> FaultyJobStore::reopen(std::vector<jobs::Reopening> reopenings) {
    return carry_out(&plan_, plan_.next("reopen"), store_.reopen(std::move(reopenings)));
}

base::Task<void> FaultyJobQueue::schedule(std::vector<jobs::DueJob> jobs) {
    return carry_out(&plan_, plan_.next("schedule"), queue_.schedule(std::move(jobs)));
}

base::Task<std::size_t> FaultyJobQueue::restore(std::vector<jobs::DueJob> jobs) {
    return carry_out(&plan_, plan_.next("restore"), queue_.restore(std::move(jobs)));
}

base::Task<std::vector<JobId>> FaultyJobQueue::take_due(std::size_t limit) {
    return carry_out(&plan_, plan_.next("take_due"), queue_.take_due(limit));
}

base::Task<void> FaultyJobQueue::bury(std::vector<JobId> ids) {
    return carry_out(&plan_, plan_.next("bury in queue"), queue_.bury(std::move(ids)));
}

base::Task<jobs::QueueDepth> FaultyJobQueue::depth() {
    return carry_out(&plan_, plan_.next("depth"), queue_.depth());
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

} // namespace relay::test
