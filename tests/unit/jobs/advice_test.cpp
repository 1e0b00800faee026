#include "relay/jobs/advice.hpp"

#include "relay/jobs/job.hpp"
#include "relay/jobs/ledger.hpp"

#include <gtest/gtest.h>

#include <string>

namespace relay::jobs {
namespace {

JobView view(JobStatus status, const std::string& code) {
    JobView job;
    job.status = status;
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
        const char* code;
        const char* waits_for;
    };
    for (const auto& [status, code, waits_for] : {
             Case{JobStatus::Queued, "", ""},
             Case{JobStatus::Processing, "", ""},
             Case{JobStatus::Queued, "root_not_found", "root"},
             Case{JobStatus::Queued, "rpc_unavailable", "rpc"},
             Case{JobStatus::Queued, "rpc_refused", "rpc"},
             Case{JobStatus::Queued, "payer_unfunded", "payer"},
             Case{JobStatus::Queued, "proof_of_expiry", "proof_of_expiry"},
             Case{JobStatus::Queued, "program_error", "retry"},
             Case{JobStatus::Processing, "root_not_found", ""}, // it moves
             Case{JobStatus::Processing, "proof_of_expiry", "proof_of_expiry"},
             Case{JobStatus::Completed, "", ""},
             Case{JobStatus::Failed, "root_not_found", ""},
         }) {
        EXPECT_EQ(waiting_for(view(status, code)), waits_for) << code;
    }
}

} // namespace
} // namespace relay::jobs
