// The state machine's rows of a job whose root, or whose lamports, the pool is known to lack.

#include "relay/jobs/job.hpp"
#include "relay/jobs/retry_policy.hpp"
#include "relay/jobs/state_machine.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/solana/transaction_error.hpp"
#include "support/jobs/jobs.hpp"
#include "support/jobs/steps.hpp"
#include "support/rpc/fake_chain.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace relay::jobs {
namespace {

using solana::TransactionError;
using std::chrono::seconds;
using test::program_error;
using enum Phase;

const RetryPolicy kPolicy{.max_retries = 3, .max_signatures = 2};

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

/// As the chain and whoever watches it say.
TransactionError known_lack(std::uint32_t number) {
    auto error = program_error(number);
    error.is_known_lack = true;
    return error;
}

event::Claimed claimed_lacking() {
    return {JobError{"root_not_found", "not there"}};
}

Job aged(Job job, std::chrono::seconds age) {
    job.age = age;
    return job;
}

struct Row {
    Attempt attempt;
    Job job;
    Event event;
    Phase phase;
    std::string step;
};

TEST(PoolLack, IsWaitedForAtNoRetrysCost) {
    const Attempt sending{.phase = Sending, .signatures = 1};
    const Attempt again{.phase = Sending, .broadcast = true};
    const Attempt tracking{
        .phase = Tracking, .broadcast = true, .taken_by_node = true, .signatures = 1};
    const event::PreflightFailed no_root{known_lack(solana::kRootNotFound)};
    const event::PreflightFailed too_poor{known_lack(solana::kPoolShort)};
    const event::FailedOnChain no_root_in_block{known_lack(solana::kRootNotFound)};
    const std::vector<Row> rows = {
        {{}, fresh(), claimed_lacking(), Ended, "give_back root_not_found 2000 drop"},
        {{}, fresh(3), claimed_lacking(), Ended, "give_back root_not_found 2000 drop"},
        {{}, refused(), claimed_lacking(), Ended, "give_back root_not_found 2000 keep_refused"},
        {{}, saved(), claimed_lacking(), Asking, "ask"}, // it may land all the same
        {{},
         aged(fresh(), seconds(7)),
         claimed_lacking(),
         Ended,
         "give_back root_not_found 7000 drop"},
        {{},
         aged(fresh(), seconds(300)),
         claimed_lacking(),
         Ended,
         "give_back root_not_found 30000 drop"},
        {{},
         aged(fresh(), seconds(595)),
         claimed_lacking(),
         Ended,
         "give_back root_not_found 5000 drop"},
        {{}, aged(fresh(), seconds(600)), claimed_lacking(), Signing, "sign"},
        {{}, aged(refused(), seconds(600)), claimed_lacking(), Asking, "ask"},
        {sending, saved(3), no_root, Ended, "give_back root_not_found 2000 keep_refused"},
        {sending, saved(3), too_poor, Ended, "give_back pool_short_of_lamports 2000 keep_refused"},
        {again, saved(3), no_root, Ended, "give_back root_not_found 2000 keep"},
        {tracking, saved(3), no_root_in_block, Ended, "give_back root_not_found 2000 drop"},
        {sending, aged(saved(), seconds(600)), no_root, Ended, "fail root_not_found"},
        {again, aged(saved(), seconds(600)), no_root, Tracking, "track"},
        {tracking, aged(saved(), seconds(600)), no_root_in_block, Ended, "fail root_not_found"},
        {sending, aged(saved(), seconds(600)), too_poor, Ended,
         "retry pool_short_of_lamports 30000 keep_refused"},
    };
    for (std::size_t index = 0; index < rows.size(); ++index) {
        const Row& row = rows[index];
        SCOPED_TRACE("row " + std::to_string(index) + ": " + row.step);
        const auto [attempt, step] = advance(row.attempt, row.job, row.event, kPolicy);
        EXPECT_STREQ(test::describe(attempt.phase), test::describe(row.phase));
        EXPECT_EQ(test::describe(step), row.step);
    }
}

} // namespace
} // namespace relay::jobs
