#pragma once
// Faults at chosen calls: every call to a wrapped store, queue or node counts as one, and the plan
// says which of them goes wrong, and how.

#include "relay/base/error.hpp"
#include "relay/base/task.hpp"
#include "relay/base/wake_up.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/jobs/schedule.hpp"
#include "relay/rpc/rpc.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace relay::test {

enum class Fault {
    /// The caller gets an error; nothing has happened.
    ErrorBefore,
    /// The caller gets an error, but it has happened: the answer was lost.
    ErrorAfter,
    /// The process dies as it calls; nothing has happened.
    DeathBefore,
    /// The process dies before it hears the answer of what has happened.
    DeathAfter,
};

const char* to_string(Fault fault);

class FaultPlan {
  public:
    /// The call of that number, counted from 1, goes wrong.
    FaultPlan& at(std::size_t call, Fault fault);

    /// Nothing goes wrong from now on.
    void disarm() { faults_.clear(); }

    /// How many calls were made.
    std::size_t calls() const { return trace_.size(); }
    /// How many of these.
    std::size_t calls(std::string_view call) const;
    /// Whether a planned death has come. A dead process's calls do nothing, and do not return...
    bool dead() const { return dead_; }
    /// ... until the process is taken apart: then they end as cancelled ones do.
    void take_apart();
    /// The calls in order, the faulty ones marked, for a failing test's message.
    std::string trace() const;

    enum class Part { Whole, OnlyError, EffectThenError, Nothing, EffectThenNothing };
    /// What the call that is now being made is to do.
    Part next(const char* call);
    /// For calls that do not return.
    base::Task<void> never();

  private:
    std::map<std::size_t, Fault> faults_;
    bool dead_ = false;
    bool taken_apart_ = false;
    /// Where the calls wait that do not return.
    std::set<base::WakeUp*> waiting_;
    std::vector<std::string> trace_;
};

class FaultyLedger final : public jobs::Ledger {
  public:
    FaultyLedger(jobs::Ledger& ledger, FaultPlan& plan) : ledger_(ledger), plan_(plan) {}

    base::Task<std::vector<jobs::InsertOutcome>> insert(std::vector<jobs::NewJob> jobs) override;
    base::Task<std::vector<jobs::Job>> claim(std::vector<jobs::JobId> ids,
                                             std::chrono::milliseconds lease) override;
    base::Task<std::vector<jobs::Job>> claim_due(std::size_t limit,
                                                 std::chrono::milliseconds lease) override;
    base::Task<std::vector<bool>> save_transactions(
        std::vector<jobs::TransactionWrite> writes) override;
    base::Task<std::vector<bool>> renew(std::vector<jobs::Claim> claims,
                                        std::chrono::milliseconds lease) override;
    base::Task<std::vector<bool>> complete(std::vector<jobs::Completion> completions) override;
    base::Task<std::vector<bool>> give_back(std::vector<jobs::GiveBack> give_backs) override;
    base::Task<std::vector<bool>> fail(std::vector<jobs::Failure> failures) override;
    base::Task<std::vector<std::optional<jobs::JobView>>> find(
        std::vector<jobs::JobId> ids) override;
    base::Task<std::vector<std::optional<jobs::InsertOutcome>>> find_holders(
        std::vector<jobs::NewJob> jobs) override;
    base::Task<std::vector<bool>> hurry(std::vector<jobs::Hurry> hurries) override;
    base::Task<std::vector<jobs::DueJob>> due_times(std::vector<jobs::JobId> ids) override;
    base::Task<jobs::WalkPage> walk(jobs::WalkPosition from, std::size_t limit) override;
    base::Task<jobs::JobCounts> count() override;
    base::Task<jobs::DeadLetterPage> walk_dead_letters(jobs::DeadLetterPosition from,
                                                       std::size_t limit) override;
    base::Task<void> probe() override;
    base::Task<std::vector<jobs::Payment>> not_final(std::size_t limit) override;
    base::Task<std::vector<bool>> settle(std::vector<jobs::Payment> payments) override;
    base::Task<std::vector<bool>> reopen(std::vector<jobs::Reopening> reopenings) override;

  private:
    jobs::Ledger& ledger_;
    FaultPlan& plan_;
};

class FaultySchedule final : public jobs::Schedule {
  public:
    FaultySchedule(jobs::Schedule& schedule, FaultPlan& plan) : schedule_(schedule), plan_(plan) {}

    base::Task<void> note(std::vector<jobs::DueJob> jobs) override;
    base::Task<std::size_t> note_missing(std::vector<jobs::DueJob> jobs) override;
    base::Task<std::vector<jobs::JobId>> take_due(std::size_t limit) override;
    base::Task<void> note_failed(std::vector<jobs::JobId> ids) override;
    base::Task<std::size_t> note_missing_failed(std::vector<jobs::DeadLetter> letters) override;
    base::Task<void> forget_failed(std::vector<jobs::JobId> ids) override;
    base::Task<jobs::ScheduleDepth> depth() override;

  private:
    jobs::Schedule& schedule_;
    FaultPlan& plan_;
};

class FaultyRpc final : public rpc::SolanaRpc {
  public:
    FaultyRpc(rpc::SolanaRpc& rpc, FaultPlan& plan) : rpc_(rpc), plan_(plan) {}

    base::Task<rpc::RpcResult<rpc::LatestBlockhash>> latest_blockhash() override;
    base::Task<rpc::RpcResult<solana::Signature>> send(base::Bytes wire,
                                                       rpc::Preflight preflight) override;
    base::Task<rpc::RpcResult<rpc::SignatureReport>> signature_statuses(
        std::vector<solana::Signature> signatures) override;
    base::Task<rpc::RpcResult<std::vector<rpc::Finding>>> look_into(
        std::vector<rpc::Question> questions) override;
    base::Task<rpc::RpcResult<solana::Lamports>> balance(solana::Pubkey address) override;
    base::Task<rpc::RpcResult<rpc::Simulation>> simulate(base::Bytes wire) override;
    base::Task<rpc::RpcResult<std::vector<rpc::SlotPrice>>> recent_prices(
        std::vector<solana::Pubkey> writable) override;
    base::Task<rpc::RpcResult<std::optional<solana::Slot>>> deployed_in(
        solana::Pubkey program) override;
    base::Task<rpc::RpcResult<rpc::AccountsReport>> accounts(
        std::vector<solana::Pubkey> addresses) override;
    base::Task<rpc::RpcResult<std::vector<rpc::AccountsReport>>> agreed_accounts(
        std::vector<solana::Pubkey> addresses, rpc::AccountData data) override;
    base::Task<rpc::RpcResult<solana::Lamports>> minimum_balance() override;
    std::chrono::milliseconds slot_time() const override { return rpc_.slot_time(); }
    std::vector<rpc::NodeTrouble> troubles() const override { return rpc_.troubles(); }

  private:
    rpc::SolanaRpc& rpc_;
    FaultPlan& plan_;
};

} // namespace relay::test
