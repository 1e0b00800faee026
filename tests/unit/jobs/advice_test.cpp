#include "relay/jobs/advice.hpp"

#include "relay/jobs/job.hpp"
#include "relay/jobs/ledger.hpp"

#include <gtest/gtest.h>

#include <string>

namespace relay::jobs {
namespace {

JobView view(JobStatus status, bool due, const std::string& code) {
    JobView job;
    job.status = status;
    job.due = due;
    if (!code.empty()) {
        job.error = JobError{code, "message"};
    }
    return job;
}

TEST(Advice, SaysWhetherPostingItAnewCanHelp) {
    for (const auto* code : {"root_not_found", "transaction_expired", "pool_below_rent",
                             "recipient_below_rent", "nullifier_shard_full", "never heard of"}) {
        EXPECT_TRUE(advice_on(code).retryable) << code;
        EXPECT_FALSE(advice_on(code).hint.empty()) << code;
    }
    for (const auto* code : {"proof_invalid", "double_spend", "nullifier_already_used",
                             "outputs_mismatch", "conservation_violated"}) {
        EXPECT_FALSE(advice_on(code).retryable) << code;
        EXPECT_FALSE(advice_on(code).hint.empty()) << code;
    }
    EXPECT_NE(advice_on("root_not_found").hint.find("fresh root"), std::string_view::npos);
}

TEST(WaitingFor, TellsWhatALiveJobWaitsFor) {
    struct Case {
        JobStatus status;
        bool due;
        const char* code;
        const char* waits_for;
    };
    for (const auto& [status, due, code, waits_for] : {
             Case{JobStatus::Queued, false, "", "delay"},
             Case{JobStatus::Queued, true, "", "capacity"},
             Case{JobStatus::Queued, true, "root_not_found", "capacity"}, // the root was waited for
             Case{JobStatus::Processing, false, "", ""},
             Case{JobStatus::Processing, true, "", "capacity"}, // its worker has died
             Case{JobStatus::Queued, false, "root_not_found", "root"},
             Case{JobStatus::Queued, false, "rpc_unavailable", "rpc"},
             Case{JobStatus::Queued, false, "rpc_refused", "rpc"},
             Case{JobStatus::Queued, false, "price_above_cap", "fee"},
             Case{JobStatus::Queued, false, "payer_unfunded", "payer"},
             Case{JobStatus::Queued, false, "proof_of_expiry", "proof_of_expiry"},
             Case{JobStatus::Queued, false, "program_error", "retry"},
             Case{JobStatus::Processing, false, "root_not_found", ""}, // it moves
             Case{JobStatus::Processing, false, "proof_of_expiry", "proof_of_expiry"},
             Case{JobStatus::Completed, false, "", ""},
             Case{JobStatus::Failed, false, "root_not_found", ""},
         }) {
        EXPECT_EQ(waiting_for(view(status, due, code), {}), waits_for) << code;
    }
}

TEST(WaitingFor, WhatKeepsEveryJobBackKeepsThisOne) {
    const Hindrance paused{.paused = true, .payer_low = true, .rpc_away = true};
    const Hindrance low{.payer_low = true, .rpc_away = true};
    const Hindrance away{.rpc_away = true};
    const auto due = view(JobStatus::Queued, true, "");
    EXPECT_EQ(waiting_for(due, paused), "paused");
    EXPECT_EQ(waiting_for(due, low), "payer");
    EXPECT_EQ(waiting_for(due, away), "rpc");
    const auto later = view(JobStatus::Queued, false, "root_not_found");
    EXPECT_EQ(waiting_for(later, paused), "paused");
    EXPECT_EQ(waiting_for(later, low), "root");
    EXPECT_EQ(waiting_for(view(JobStatus::Processing, false, ""), paused), ""); // in flight
    EXPECT_EQ(waiting_for(view(JobStatus::Completed, false, ""), paused), "");
}

} // namespace
} // namespace relay::jobs
