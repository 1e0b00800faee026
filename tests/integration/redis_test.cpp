// The job queue's contract on Redis, and what only Redis can do.

#include "integration/postgres_database.hpp"
#include "relay/base/error.hpp"
#include "relay/base/task.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/schedule.hpp"
#include "relay/redis/schedule.hpp"
#include "support/base/run_task.hpp"
#include "support/jobs/jobs.hpp"
#include "support/jobs/schedule_contract.hpp"

#include <gtest/gtest.h>
#include <hiredis/hiredis.h>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace relay::test {
namespace {

/// Keys of a prefix of their own, deleted afterwards; and a connection beside the queue's.
class RedisKeys {
  public:
    RedisKeys()
        : settings_(redis::Settings::parse(test_service_url("RELAY_TEST_REDIS_URL")).value()) {
        settings_.prefix = unique_name("relay-test");
        context_.reset(settings_.socket_path.empty()
                           ? redisConnect(settings_.host.c_str(), settings_.port)
                           : redisConnectUnix(settings_.socket_path.c_str()));
        if (context_ == nullptr || context_->err != 0) {
            throw std::runtime_error(
                "the Redis of RELAY_TEST_REDIS_URL cannot be reached: run the "
                "integration tests with `./dev test`");
        }
        if (settings_.database != 0) {
            command({"SELECT", std::to_string(settings_.database)});
        }
    }
    ~RedisKeys() { command({"DEL", scheduled(), dead()}); }
    RedisKeys(const RedisKeys&) = delete;
    RedisKeys& operator=(const RedisKeys&) = delete;

    std::string scheduled() const { return "{" + settings_.prefix + "}:scheduled"; }
    std::string dead() const { return "{" + settings_.prefix + "}:dead"; }
    const redis::Settings& settings() const { return settings_; }

    /// The reply as text: an integer's digits, a text, or "error".
    std::string command(const std::vector<std::string>& words) {
        std::vector<const char*> texts;
        std::vector<std::size_t> lengths;
        for (const auto& word : words) {
            texts.push_back(word.data());
            lengths.push_back(word.size());
        }
        auto* reply = static_cast<redisReply*>(redisCommandArgv(
            context_.get(), static_cast<int>(words.size()), texts.data(), lengths.data()));
        std::string text = "error";
        if (reply != nullptr && reply->type == REDIS_REPLY_INTEGER) {
            text = std::to_string(reply->integer);
        } else if (reply != nullptr && reply->str != nullptr && reply->type != REDIS_REPLY_ERROR) {
            text = reply->str;
        }
        freeReplyObject(reply);
        return text;
    }

    void cut_connections_to(int database) {
        std::istringstream clients(command({"CLIENT", "LIST"}));
        const auto mark = " db=" + std::to_string(database) + " ";
        for (std::string line; std::getline(clients, line);) {
            if (line.find(mark) != std::string::npos) { // "id=7 addr=... db=9 ..."
                command({"CLIENT", "KILL", "ID", line.substr(3, line.find(' ') - 3)});
            }
        }
    }

  private:
    struct Free {
        void operator()(redisContext* context) const { redisFree(context); }
    };
    redis::Settings settings_;
    std::unique_ptr<redisContext, Free> context_;
};

class RedisQueueWorld final : public QueueWorld {
  public:
    jobs::Schedule& schedule() override { return *schedule_; }
    jobs::Schedule& other() override { return *other_; }
    void pass_a_moment() override {
        // The schedule's clock counts milliseconds.
        const auto now = [this] { return keys_.command({"EVAL", kMilliseconds, "0"}); };
        const auto start = now();
        while (now() == start) {}
    }

  private:
    static constexpr const char* kMilliseconds =
        "local time = redis.call('TIME') "
        "return time[1] * 1000 + math.floor(time[2] / 1000)";
    RedisKeys keys_;
    std::unique_ptr<jobs::Schedule> schedule_ = redis::make_schedule(keys_.settings());
    std::unique_ptr<jobs::Schedule> other_ = redis::make_schedule(keys_.settings());
};

INSTANTIATE_TEST_SUITE_P(Redis, ScheduleContract,
                         testing::Values(QueueKind{
                             "Redis", [] { return std::make_unique<RedisQueueWorld>(); }}),
                         [](const auto& instance) { return instance.param.name; });

class RedisQueueTest : public testing::Test {
  protected:
    template <class T>
    T wait(base::Task<T> task) {
        return run_task(io_, std::move(task));
    }

    boost::asio::io_context io_;
    RedisKeys keys_;
    std::unique_ptr<jobs::Schedule> schedule_ = redis::make_schedule(keys_.settings());
};

TEST_F(RedisQueueTest, KeysAndScoresAsThePublicContractSays) {
    wait(schedule_->note({{make_job_id(1), std::chrono::milliseconds(10'000)}}));
    wait(schedule_->note_failed({make_job_id(2)}));
    const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
                         std::chrono::system_clock::now().time_since_epoch())
                         .count();
    const auto score = keys_.command({"ZSCORE", keys_.scheduled(), make_job_id(1).to_string()});
    EXPECT_NEAR(std::stod(score), static_cast<double>(now) + 10'000, 5'000);
    EXPECT_EQ(keys_.command({"ZCARD", keys_.dead()}), "1");
    EXPECT_EQ(keys_.command({"TTL", keys_.scheduled()}), "-1");
}

TEST_F(RedisQueueTest, ALostScheduleIsAnEmptyOne) {
    wait(schedule_->note({{make_job_id(1), {}}}));
    keys_.command({"DEL", keys_.scheduled()});
    EXPECT_TRUE(wait(schedule_->take_due(10)).empty());
    EXPECT_EQ(wait(schedule_->note_missing({{make_job_id(1), {}}})), 1U);
}

TEST_F(RedisQueueTest, WhatIsNoRequestIdIsThrownOut) {
    keys_.command({"ZADD", keys_.scheduled(), "1", "nonsense"});
    keys_.command({"ZADD", keys_.scheduled(), "2", make_job_id(1).to_string()});
    EXPECT_EQ(wait(schedule_->take_due(10)), (std::vector<jobs::JobId>{make_job_id(1)}));
    EXPECT_EQ(keys_.command({"ZCARD", keys_.scheduled()}), "0");
}

TEST_F(RedisQueueTest, AnErrorReplyIsAnOutageAndTheNextCallStartsAnew) {
    keys_.command({"SET", keys_.scheduled(), "not a set"});
    EXPECT_THROW(wait(schedule_->take_due(10)), base::Outage);
    keys_.command({"DEL", keys_.scheduled()});
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    bool answered = false;
    while (!answered && std::chrono::steady_clock::now() < deadline) {
        try {
            wait(schedule_->take_due(10));
            answered = true;
        } catch (const base::Outage&) { // the breaker's pause
            continue;
        }
    }
    EXPECT_TRUE(answered);
}

TEST_F(RedisQueueTest, ReconnectsAfterItsConnectionWasCut) {
    // A database of its own tells this queue's connection from those of suites beside this one.
    auto settings = keys_.settings();
    settings.database = 9;
    const auto queue = redis::make_schedule(settings);
    wait(queue->note({{make_job_id(1), {}}}));
    keys_.cut_connections_to(9);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    std::vector<jobs::JobId> taken;
    while (taken.empty() && std::chrono::steady_clock::now() < deadline) {
        try {
            taken = wait(queue->take_due(10));
        } catch (const base::Outage&) {
            continue;
        }
    }
    EXPECT_EQ(taken.size(), 1U);
}

TEST_F(RedisQueueTest, AServerThatCannotBeReachedIsAnOutageAtOnceTheSecondTime) {
    redis::Settings settings;
    settings.socket_path = "/nowhere/redis.sock";
    const auto queue = redis::make_schedule(settings);
    EXPECT_THROW(wait(queue->take_due(1)), base::Outage);
    EXPECT_THROW(wait(queue->note({{make_job_id(1), {}}})), base::Outage);
    EXPECT_THROW(wait(queue->depth()), base::Outage);
}

} // namespace
} // namespace relay::test
