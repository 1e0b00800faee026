// The exact keys of what /status and the operator's calls answer of a job.

#include "job_json.hpp"

#include "operator_json.hpp"
#include "relay/jobs/advice.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/operator_ledger.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <set>
#include <string>
#include <vector>

namespace relay::http {
namespace {

using nlohmann::json;
using Keys = std::set<std::string>;

const Keys kStatus = {"request_id",  "status",      "tx_id",        "error",
                      "error_code",  "retryable",   "hint",         "waiting_for",
                      "retry_count", "created_at",  "started_at",   "updated_at",
                      "slot",        "finished_at", "completed_at", "next_attempt_at"};

Keys keys_of(const json& object) {
    Keys keys;
    for (const auto& [key, value] : object.items()) {
        keys.insert(key);
    }
    return keys;
}

Keys with(Keys keys, const Keys& more) {
    keys.insert(more.begin(), more.end());
    return keys;
}

jobs::Timestamp at(int seconds) {
    return jobs::Timestamp(std::chrono::seconds(seconds));
}

jobs::JobView failed() {
    jobs::JobView job;
    job.status = jobs::JobStatus::Failed;
    job.error = jobs::JobError{"root_not_found", "the root is not in the ring"};
    job.created_at = at(1);
    job.started_at = at(2);
    job.updated_at = at(9);
    return job;
}

TEST(StatusJson, HasTheSameKeysWhateverTheStatus) {
    for (const auto status : {jobs::JobStatus::Queued, jobs::JobStatus::Processing,
                              jobs::JobStatus::Completed, jobs::JobStatus::Failed}) {
        auto job = failed();
        job.status = status;
        EXPECT_EQ(keys_of(to_json(job, {})), kStatus);
    }
}

TEST(StatusJson, OfAFailedJobSaysWhyAndWhatToDo) {
    const auto told = to_json(failed(), {});
    EXPECT_EQ(told.at("error"), "withdraw failed: the root is not in the ring");
    EXPECT_EQ(told.at("retryable"), true);
    EXPECT_NE(told.at("hint").get<std::string>().find("fresh root"), std::string::npos);
    EXPECT_EQ(told.at("finished_at"), told.at("updated_at"));
    EXPECT_TRUE(told.at("completed_at").is_null() && told.at("waiting_for").is_null());
}

// A public client takes any error text with "failed" in it for the end.
TEST(StatusJson, OfALiveJobSaysWhatItWaitsForAndNoError) {
    auto job = failed();
    job.status = jobs::JobStatus::Queued;
    const auto told = to_json(job, {});
    EXPECT_TRUE(told.at("error").is_null() && told.at("hint").is_null());
    EXPECT_EQ(told.at("waiting_for"), "root");
    EXPECT_EQ(to_json(job, {.paused = true}).at("waiting_for"), "paused");
    EXPECT_TRUE(told.at("finished_at").is_null());
}

TEST(OperatorJson, AListsJobHasTheseKeys) {
    jobs::ListedJob job;
    job.view = failed();
    const Keys listed = with(kStatus, {"nullifier", "last_error", "retried_at", "discarded_at"});
    EXPECT_EQ(keys_of(to_json(job, jobs::Hindrance{})), listed);
    jobs::JobPage page;
    page.jobs.push_back(job);
    const auto told = to_json(page, jobs::Hindrance{});
    EXPECT_EQ(keys_of(told), (Keys{"jobs", "next_cursor"}));
    EXPECT_TRUE(told.at("next_cursor").is_null());
}

TEST(OperatorJson, ARecordHasOneTimelineInOrder) {
    jobs::JobRecord record;
    record.job.view = failed();
    record.errors = {{at(5), 1, {"root_not_found", "not there"}, ""},
                     {at(9), 2, {"root_not_found", "not there"}, ""}};
    jobs::SignedTransaction transaction;
    transaction.signed_at = at(3);
    record.transactions = {transaction};
    jobs::Change change;
    change.at = at(7);
    change.who = "admin";
    change.action = "retry";
    record.changes = {change};
    const auto told = to_json(record, jobs::Hindrance{});
    EXPECT_EQ(keys_of(told), with(kStatus, {"nullifier", "last_error", "retried_at", "discarded_at",
                                            "history", "transactions", "timeline"}));
    std::vector<std::string> events;
    for (const auto& moment : told.at("timeline")) {
        events.push_back(moment.at("event"));
    }
    EXPECT_EQ(events, (std::vector<std::string>{"accepted", "claimed", "signed", "attempt_failed",
                                                "retried", "attempt_failed", "failed"}));
    EXPECT_EQ(keys_of(told.at("history")[0]),
              (Keys{"at", "attempt", "code", "message", "signature"}));
    EXPECT_EQ(keys_of(told.at("transactions")[0]),
              (Keys{"signature", "signed_at", "last_valid_block_height", "blockhash_slot", "kept",
                    "landed"}));
    EXPECT_EQ(keys_of(to_json(change)),
              (Keys{"number", "at", "who", "action", "request_id", "reason", "until"}));
}

TEST(OperatorJson, TheProofAndTheRecipientsStandOnlyWhereTheyWereRead) {
    jobs::JobRecord record;
    record.job.view = failed();
    record.withdraw.emplace();
    const auto payload = to_json(record, jobs::Hindrance{}).at("payload");
    EXPECT_EQ(keys_of(payload), (Keys{"outputs", "public_inputs", "proof_bytes"}));
    EXPECT_EQ(keys_of(payload.at("public_inputs")), (Keys{"root", "nf", "amount", "outputs_hash"}));
}

TEST(OperatorJson, TheFleetsStateHasTheseKeys) {
    EXPECT_EQ(fleet_json({}),
              (json{{"state", "running"}, {"reason", nullptr}, {"until", nullptr}}));
}

} // namespace
} // namespace relay::http
