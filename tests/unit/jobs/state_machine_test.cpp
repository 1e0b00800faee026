#include "relay/jobs/state_machine.hpp"

#include "relay/jobs/job.hpp"
#include "relay/jobs/retry_policy.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/solana/transaction_error.hpp"
#include "support/jobs/jobs.hpp"
#include "support/jobs/steps.hpp"
#include "support/rpc/fake_chain.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace relay::jobs {
namespace {

using solana::TransactionError;
using test::program_error;

const RetryPolicy kPolicy{.max_retries = 3, .max_signatures = 2};
constexpr std::uint32_t kProofInvalid = 0x1010;
const JobError kVerdict{"verdict", "of an earlier step"};

Job fresh(int retries = 0) {
    Job job;
    job.retry_count = retries;
    return job;
}

Job saved(int retries = 0) {
    Job job = fresh(retries);
    job.transaction = test::make_transaction(1);
    return job;
}

Job refused() {
    Job job = saved();
    job.transaction_refused = true;
    return job;
}

Job resigned(int retries = 0) {
    Job job = saved(retries);
    job.earlier_signatures = {test::make_signature(7)};
    return job;
}

TransactionError error_of(TransactionError::Kind kind) {
    TransactionError error;
    error.kind = kind;
    error.text = "text";
    return error;
}

event::PreflightFailed preflight(std::uint32_t number) {
    return {program_error(number)};
}

event::PreflightFailed preflight(TransactionError::Kind kind) {
    return {error_of(kind)};
}

event::FailedOnChain on_chain(std::uint32_t number) {
    return {program_error(number)};
}

event::FailedOnChain on_chain(TransactionError::Kind kind) {
    return {error_of(kind)};
}

event::Landed landed() {
    return {test::make_signature(1), {42}};
}

event::Unproven unproven() {
    return {"not yet"};
}

event::Outage outage() {
    return {{"rpc_unavailable", "away"}};
}

struct Row {
    Attempt attempt;
    Job job;
    Event event;
    Phase phase;
    std::string step;
};

void expect_rows(const std::vector<Row>& rows) {
    for (std::size_t index = 0; index < rows.size(); ++index) {
        const Row& row = rows[index];
        SCOPED_TRACE("row " + std::to_string(index) + ": " + row.step);
        const auto [attempt, step] = advance(row.attempt, row.job, row.event, kPolicy);
        EXPECT_STREQ(test::describe(attempt.phase), test::describe(row.phase));
        EXPECT_EQ(test::describe(step), row.step);
    }
}

using enum Phase;
using Kind = TransactionError::Kind;

TEST(StateMachine, Start) {
    expect_rows({
        {{}, fresh(), event::Claimed{}, Signing, "sign"},
        {{}, fresh(3), event::Claimed{}, Signing, "sign"},
        {{}, saved(), event::Claimed{}, Asking, "ask"},
        {{}, refused(), event::Claimed{}, Asking, "ask"},
        {{}, saved(), event::HeadStarted{}, Sending, "send"},
        {{}, fresh(), event::LeaseLost{}, Ended, "abandon"},
    });
}

TEST(StateMachine, AClaimedTransactionMayHaveBeenSentUnlessItWasRefused) {
    EXPECT_TRUE(advance({}, saved(), event::Claimed{}, kPolicy).attempt.broadcast);
    EXPECT_FALSE(advance({}, refused(), event::Claimed{}, kPolicy).attempt.broadcast);
    EXPECT_FALSE(advance({}, fresh(), event::Claimed{}, kPolicy).attempt.broadcast);
}

TEST(StateMachine, AJobAcceptedWithItsTransactionHasSignedOnceAndSentNothing) {
    const Attempt after{.phase = Sending, .signatures = 1};
    EXPECT_EQ(advance({}, saved(), event::HeadStarted{}, kPolicy).attempt, after);
    EXPECT_THROW(advance({}, fresh(), event::HeadStarted{}, kPolicy), std::logic_error);
}

TEST(StateMachine, Signing) {
    expect_rows({
        {{.phase = Signing}, fresh(), event::Signed{}, Saving, "save"},
        {{.phase = Signing}, fresh(), outage(), Ended, "give_back rpc_unavailable 2000 drop"},
        {{.phase = Signing, .dead = true},
         saved(),
         outage(),
         Ended,
         "give_back rpc_unavailable 2000 drop"},
        {{.phase = Signing}, fresh(), event::LeaseLost{}, Ended, "abandon"},
    });
}

TEST(StateMachine, ANewSignatureForgetsWhatWasKnownOfTheLastOne) {
    const Attempt before{
        .phase = Signing, .broadcast = true, .taken_by_node = true, .dead = true, .signatures = 1};
    const Attempt after{.phase = Saving, .signatures = 2};
    EXPECT_EQ(advance(before, saved(), event::Signed{}, kPolicy).attempt, after);
}

TEST(StateMachine, Saving) {
    expect_rows({
        {{.phase = Saving}, saved(), event::Saved{}, Sending, "send"},
        {{.phase = Saving}, saved(), event::LedgerAway{}, Ended, "abandon"},
        {{.phase = Saving}, saved(), event::LeaseLost{}, Ended, "abandon"},
    });
}

TEST(StateMachine, Asking) {
    const Attempt asking{.phase = Asking, .broadcast = true};
    const Attempt often{.phase = Asking, .broadcast = true, .signatures = 2};
    expect_rows({
        {asking, saved(), landed(), Ended, "complete 42"},
        {asking, saved(), on_chain(kProofInvalid), Ended, "fail proof_invalid"},
        {asking, saved(), on_chain(solana::kRootNotFound), Ended,
         "retry root_not_found 30000 drop"},
        {asking, saved(), on_chain(solana::kDoubleSpend), SeekingPayment, "seek"},
        {asking, saved(), event::Expired{}, Signing, "outbid"},
        {often, saved(1), event::Expired{}, Ended, "retry transaction_expired 60000 drop"},
        {often, saved(3), event::Expired{}, Ended, "fail transaction_expired"},
        {asking, saved(), event::Live{}, Sending, "send"},
        {asking, saved(), unproven(), Ended, "give_back proof_of_expiry 3000 keep"},
        {{.phase = Asking},
         refused(),
         unproven(),
         Ended,
         "give_back proof_of_expiry 3000 keep_refused"},
        {asking, saved(), outage(), Ended, "give_back rpc_unavailable 2000 keep"},
        {{.phase = Asking},
         refused(),
         outage(),
         Ended,
         "give_back rpc_unavailable 2000 keep_refused"},
        {asking, saved(), event::LeaseLost{}, Ended, "abandon"},
    });
}

TEST(StateMachine, SendingANewTransaction) {
    const Attempt sending{.phase = Sending, .signatures = 1};
    expect_rows({
        {sending, saved(), event::Sent{}, Tracking, "track"},
        {sending, saved(), event::Sent{.taken_by_node = false}, Tracking, "track"},
        {sending, saved(), preflight(Kind::BlockhashNotFound), Tracking, "track"},
        {sending, saved(), preflight(Kind::AlreadyProcessed), Tracking, "track"},
        {sending, saved(), preflight(Kind::PayerUnfunded), Ended,
         "give_back payer_unfunded 2000 keep_refused"},
        {sending, saved(), preflight(solana::kDoubleSpend), SeekingPayment, "seek"},
        {sending, saved(), preflight(solana::kNullifierAlreadyUsed), SeekingPayment, "seek"},
        {sending, saved(), preflight(kProofInvalid), Ended, "fail proof_invalid"},
        {sending, saved(), preflight(solana::kRootNotFound), Ended,
         "retry root_not_found 30000 keep_refused"},
        {sending, saved(2), preflight(solana::kRootNotFound), Ended,
         "retry root_not_found 120000 keep_refused"},
        {sending, saved(3), preflight(solana::kRootNotFound), Ended, "fail root_not_found"},
        {sending, saved(), preflight(0x9999), Ended, "retry program_error 30000 keep_refused"},
        {sending, saved(), preflight(Kind::InsufficientFundsForRent), Ended,
         "retry account_below_rent 30000 keep_refused"},
        {sending, saved(), preflight(Kind::ComputeExceeded), Ended,
         "retry compute_exceeded 30000 keep_refused"},
        {sending, saved(), preflight(Kind::Other), Ended,
         "retry transaction_failed 30000 keep_refused"},
        {sending, saved(), event::Refused{"bad"}, Ended, "give_back rpc_refused 2000 keep_refused"},
        {sending, saved(3), event::Refused{"bad"}, Ended,
         "give_back rpc_refused 2000 keep_refused"},
        {sending, saved(), event::LeaseLost{}, Ended, "abandon"},
    });
}

// It was sent before this claim, or answered nothing before: whatever a preflight says now, those
// bytes may yet land.
TEST(StateMachine, SendingAgainWhatMayBeOnItsWay) {
    const Attempt sending{.phase = Sending, .broadcast = true};
    expect_rows({
        {sending, saved(), event::Sent{}, Tracking, "track"},
        {sending, saved(), preflight(Kind::PayerUnfunded), Ended,
         "give_back payer_unfunded 2000 keep"},
        {sending, saved(), preflight(solana::kDoubleSpend), Tracking, "track"},
        {sending, saved(), preflight(kProofInvalid), Tracking, "track"},
        {sending, saved(), preflight(solana::kRootNotFound), Ended,
         "retry root_not_found 30000 keep"},
        {sending, saved(3), preflight(solana::kRootNotFound), Tracking, "track"},
        {sending, saved(), event::Refused{"bad"}, Ended, "give_back rpc_refused 2000 keep"},
        {sending, saved(3), event::Refused{"bad"}, Ended, "give_back rpc_refused 2000 keep"},
    });
}

TEST(StateMachine, WhatWasHandedToANodeCountsAsBroadcast) {
    const Attempt sending{.phase = Sending};
    for (const Event& event :
         {Event(event::Sent{}), Event(event::Sent{.taken_by_node = false}),
          Event(preflight(Kind::BlockhashNotFound)), Event(preflight(Kind::AlreadyProcessed))}) {
        EXPECT_TRUE(advance(sending, saved(), event, kPolicy).attempt.broadcast);
    }
    EXPECT_TRUE(advance(sending, saved(), event::Sent{}, kPolicy).attempt.taken_by_node);
    EXPECT_FALSE(advance(sending, saved(), event::Sent{.taken_by_node = false}, kPolicy)
                     .attempt.taken_by_node);
}

TEST(StateMachine, Tracking) {
    const Attempt tracking{
        .phase = Tracking, .broadcast = true, .taken_by_node = true, .signatures = 1};
    const Attempt unheard{.phase = Tracking, .broadcast = true, .signatures = 1};
    const Attempt often{
        .phase = Tracking, .broadcast = true, .taken_by_node = true, .signatures = 2};
    const Attempt judged{
        .phase = Tracking, .broadcast = true, .signatures = 1, .verdict = kVerdict};
    const Attempt spent{
        .phase = Tracking, .broadcast = true, .signatures = 1, .verdict = kVerdict, .spent = true};
    expect_rows({
        {tracking, saved(), landed(), Ended, "complete 42"},
        {tracking, saved(), on_chain(kProofInvalid), Ended, "fail proof_invalid"},
        {tracking, saved(), on_chain(solana::kRootNotFound), Ended,
         "retry root_not_found 30000 drop"},
        {tracking, saved(3), on_chain(solana::kRootNotFound), Ended, "fail root_not_found"},
        {tracking, saved(), on_chain(solana::kDoubleSpend), SeekingPayment, "seek"},
        {tracking, saved(), on_chain(Kind::PayerUnfunded), Ended,
         "give_back payer_unfunded 2000 drop"},
        {tracking, saved(), on_chain(Kind::BlockhashNotFound), Ended,
         "retry blockhash_not_found 30000 drop"},
        {tracking, saved(), event::Expired{}, Signing, "outbid"},
        {tracking, saved(), event::Expired{.taken_by_node = false}, Signing, "outbid"},
        {unheard, saved(), event::Expired{.taken_by_node = true}, Signing, "outbid"},
        {unheard, saved(), event::Expired{.taken_by_node = false}, Ended,
         "give_back rpc_unavailable 2000 drop"},
        {often, saved(), event::Expired{}, Ended, "retry transaction_expired 30000 drop"},
        {often, saved(3), event::Expired{}, Ended, "fail transaction_expired"},
        {judged, saved(2), event::Expired{}, Ended, "retry verdict 120000 drop"},
        {judged, saved(3), event::Expired{}, Ended, "fail verdict"},
        {judged, saved(3), event::Expired{.taken_by_node = false}, Ended, "fail verdict"},
        {judged, saved(3), landed(), Ended, "complete 42"},
        {spent, saved(), event::Expired{}, Ended, "fail verdict"}, // no retry can help
        {spent, resigned(), landed(), Ended, "complete 42"},       // it was ours after all
        {spent, saved(), unproven(), Ended, "give_back proof_of_expiry 3000 keep"},
        {tracking, saved(), unproven(), Ended, "give_back proof_of_expiry 3000 keep"},
        {tracking, saved(), outage(), Ended, "give_back rpc_unavailable 2000 keep"},
        {tracking, saved(), event::LeaseLost{}, Ended, "abandon"},
    });
}

TEST(StateMachine, SeekingPayment) {
    const Attempt unsent{.phase = SeekingPayment, .verdict = kVerdict};
    const Attempt dead{
        .phase = SeekingPayment, .broadcast = true, .dead = true, .verdict = kVerdict};
    expect_rows({
        {unsent, saved(), landed(), Ended, "complete 42"},
        {unsent, saved(), event::NoPayment{}, Ended, "fail verdict"},
        {dead, saved(), event::NoPayment{}, Ended, "fail verdict"},
        {unsent, resigned(), event::NoPayment{}, Ended, "fail verdict"},
        {dead, resigned(), event::NoPayment{}, Ended, "fail verdict"},
        {unsent, resigned(), unproven(), Ended, "give_back proof_of_expiry 3000 keep_refused"},
        {dead, resigned(), unproven(), Ended, "give_back proof_of_expiry 3000 drop"},
        {unsent, saved(), outage(), Ended, "give_back rpc_unavailable 2000 keep_refused"},
        {dead, saved(), outage(), Ended, "give_back rpc_unavailable 2000 drop"},
        {unsent, saved(), event::LeaseLost{}, Ended, "abandon"},
    });
}

TEST(StateMachine, EveryOtherPairThrows) {
    const std::vector<std::pair<std::string, Event>> events = {
        {"Claimed", event::Claimed{}},
        {"Accepted", event::HeadStarted{}},
        {"Signed", event::Signed{}},
        {"Saved", event::Saved{}},
        {"Sent", event::Sent{}},
        {"PreflightFailed", preflight(Kind::Other)},
        {"Refused", event::Refused{}},
        {"Landed", landed()},
        {"FailedOnChain", on_chain(Kind::Other)},
        {"Expired", event::Expired{}},
        {"Live", event::Live{}},
        {"Unproven", unproven()},
        {"NoPayment", event::NoPayment{}},
        {"Outage", outage()},
        {"LedgerAway", event::LedgerAway{}},
        {"LeaseLost", event::LeaseLost{}},
    };
    ASSERT_EQ(events.size(), std::variant_size_v<Event>);
    const std::vector<std::pair<Phase, std::set<std::string>>> legal = {
        {Start, {"Claimed", "Accepted", "LeaseLost"}},
        {Signing, {"Signed", "Outage", "LeaseLost"}},
        {Saving, {"Saved", "LedgerAway", "LeaseLost"}},
        {Asking, {"Landed", "FailedOnChain", "Expired", "Live", "Unproven", "Outage", "LeaseLost"}},
        {Sending, {"Sent", "PreflightFailed", "Refused", "LeaseLost"}},
        {Tracking, {"Landed", "FailedOnChain", "Expired", "Unproven", "Outage", "LeaseLost"}},
        {SeekingPayment, {"Landed", "Unproven", "NoPayment", "Outage", "LeaseLost"}},
        {Ended, {}},
    };
    for (const auto& [phase, names] : legal) {
        for (const auto& [name, event] : events) {
            SCOPED_TRACE(std::string(test::describe(phase)) + ", " + name);
            const Attempt attempt{.phase = phase, .verdict = kVerdict};
            if (names.contains(name)) {
                EXPECT_NO_THROW(advance(attempt, saved(), event, kPolicy));
            } else {
                EXPECT_THROW(advance(attempt, saved(), event, kPolicy), std::logic_error);
            }
        }
    }
}

} // namespace
} // namespace relay::jobs
