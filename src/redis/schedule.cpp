#include "relay/redis/schedule.hpp"

#include "relay/base/blocking_pool.hpp"
#include "relay/base/breaker.hpp"
#include "relay/base/chunks.hpp"
#include "relay/base/error.hpp"
#include "relay/base/resolver.hpp"
#include "relay/base/task.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/schedule.hpp"
#include "relay/observability/logging.hpp"
#include "relay/redis/settings.hpp"
#include "session.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace relay::redis {

using jobs::DeadLetter;
using jobs::DueJob;
using jobs::JobId;
using jobs::ScheduleDepth;

namespace {

// Every due time is told and judged by the Redis server's clock, so that no two relays' clocks
// ever meet in a score.
//
// A server that only reads (a replica, out of memory, its disk or its replicas lost) is of no use,
// and each call begins with a write that changes nothing, which such a server refuses: what is no
// id gets another time, if it stands there.
//
// KEYS: the scheduled, the dead letters.
constexpr const char* kBegin = R"lua(
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for _, key in ipairs(KEYS) do
    redis.call('ZADD', key, 'XX', now, 'none')
end
)lua";

// ARGV: delay, id, delay, id, ...
constexpr const char* kNoteScript = R"lua(
for index = 1, #ARGV, 2 do
    redis.call('ZADD', KEYS[1], now + ARGV[index], ARGV[index + 1])
end
return 0
)lua";

// ARGV: how late an id may stand, and as above. What stands too late was placed by a clock that has
// stepped back since.
constexpr const char* kNoteMissingScript = R"lua(
local amiss = 0
for index = 2, #ARGV, 2 do
    local due = now + ARGV[index]
    local id = ARGV[index + 1]
    if redis.call('ZADD', KEYS[1], 'NX', due, id) == 1 then
        amiss = amiss + 1
    else
        amiss = amiss + redis.call('ZADD', KEYS[1], 'LT', 'CH', due + ARGV[1], id)
    end
end
return amiss
)lua";

constexpr const char* kTakeDueScript = R"lua(
local ids = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])
for _, id in ipairs(ids) do
    redis.call('ZREM', KEYS[1], id)
end
return ids
)lua";

constexpr const char* kNoteFailedScript = R"lua(
for index = 1, #ARGV do
    redis.call('ZADD', KEYS[2], now, ARGV[index])
end
return 0
)lua";

// ARGV: how long ago, id, ...
constexpr const char* kNoteMissingFailedScript = R"lua(
local added = 0
for index = 1, #ARGV, 2 do
    added = added + redis.call('ZADD', KEYS[2], 'NX', now - ARGV[index], ARGV[index + 1])
end
return added
)lua";

constexpr const char* kForgetFailedScript = R"lua(
for index = 1, #ARGV do
    redis.call('ZREM', KEYS[2], ARGV[index])
end
return 0
)lua";

constexpr const char* kDepthScript = R"lua(
return {tostring(redis.call('ZCARD', KEYS[1])), tostring(redis.call('ZCARD', KEYS[2]))}
)lua";

/// How many jobs one script call takes: Redis serves nobody else meanwhile.
constexpr std::size_t kJobsACall = 1'000;

class RedisSchedule final : public jobs::Schedule {
  public:
    explicit RedisSchedule(const Settings& settings)
        // The braces keep both keys in one slot of a cluster.
        : scheduled_("{" + settings.prefix + "}:scheduled"),
          dead_("{" + settings.prefix + "}:dead"),
          pool_(1, [this, settings] { return std::make_unique<Session>(settings, resolver_); }) {}

    base::Task<void> note(std::vector<DueJob> jobs) override {
        std::vector<std::string> none;
        co_await in_calls(kNoteScript, std::move(none), timed(std::move(jobs)));
    }

    base::Task<std::size_t> note_missing(std::vector<DueJob> jobs) override {
        std::vector<std::string> late(1, std::to_string(jobs::kLateAllowed.count()));
        co_return co_await in_calls(kNoteMissingScript, std::move(late), timed(std::move(jobs)));
    }

    base::Task<std::vector<JobId>> take_due(std::size_t limit) override {
        std::vector<std::string> arguments(1, std::to_string(limit));
        const auto reply = co_await script(kTakeDueScript, std::move(arguments));
        std::vector<JobId> ids;
        if (const auto* texts = std::get_if<std::vector<std::string>>(&reply)) {
            for (const auto& text : *texts) {
                if (const auto id = JobId::parse(text)) {
                    ids.push_back(*id);
                } else {
                    observability::log_warn("schedule_cleaned",
                                            "the schedule held something that is no request id; "
                                            "it was removed");
                }
            }
        }
        co_return ids;
    }

    base::Task<void> note_failed(std::vector<JobId> ids) override {
        return with_ids(kNoteFailedScript, std::move(ids));
    }

    base::Task<void> forget_failed(std::vector<JobId> ids) override {
        return with_ids(kForgetFailedScript, std::move(ids));
    }

    base::Task<std::size_t> note_missing_failed(std::vector<DeadLetter> letters) override {
        std::vector<TimedId> timed;
        timed.reserve(letters.size());
        for (const auto& letter : letters) {
            timed.push_back({letter.age, letter.id});
        }
        std::vector<std::string> none;
        co_return co_await in_calls(kNoteMissingFailedScript, std::move(none), std::move(timed));
    }

    base::Task<ScheduleDepth> depth() override {
        std::vector<std::string> none;
        const auto reply = co_await script(kDepthScript, std::move(none));
        ScheduleDepth depth;
        if (const auto* counts = std::get_if<std::vector<std::string>>(&reply);
            counts != nullptr && counts->size() == 2) {
            depth.scheduled = std::stoull(counts->front());
            depth.failed = std::stoull(counts->back());
        }
        co_return depth;
    }

  private:
    /// What a script takes of each job: so many milliseconds from now, or since then; and which.
    struct TimedId {
        std::chrono::milliseconds time;
        JobId id;
    };

    static std::vector<TimedId> timed(std::vector<DueJob> jobs) {
        std::vector<TimedId> timed;
        timed.reserve(jobs.size());
        for (const auto& job : jobs) {
            timed.push_back({job.due_in, job.id});
        }
        return timed;
    }

    static std::uint64_t as_count(const Session::Reply& reply) {
        const auto* number = std::get_if<long long>(&reply);
        return number == nullptr ? 0 : static_cast<std::uint64_t>(*number);
    }

    /// Runs the script over the jobs, a bounded number a call, after what each call takes `first`;
    /// the sum of its answers.
    base::Task<std::size_t> in_calls(const char* body, std::vector<std::string> first,
                                     std::vector<TimedId> jobs) {
        std::size_t sum = 0;
        for (const auto& chunk : base::in_chunks(std::move(jobs), kJobsACall)) {
            auto arguments = first;
            for (const auto& job : chunk) {
                arguments.push_back(std::to_string(job.time.count()));
                arguments.push_back(job.id.to_string());
            }
            sum += as_count(co_await script(body, std::move(arguments)));
        }
        co_return sum;
    }

    /// Runs the script over the ids, a bounded number a call.
    base::Task<void> with_ids(const char* body, std::vector<JobId> ids) {
        for (const auto& chunk : base::in_chunks(std::move(ids), kJobsACall)) {
            std::vector<std::string> arguments;
            arguments.reserve(chunk.size());
            for (const auto& id : chunk) {
                arguments.push_back(id.to_string());
            }
            co_await script(body, std::move(arguments));
        }
    }

    base::Task<Session::Reply> script(const char* body, std::vector<std::string> arguments) {
        std::vector<std::string> words = {"EVAL", std::string(kBegin) + body, "2", scheduled_,
                                          dead_};
        words.insert(words.end(), std::make_move_iterator(arguments.begin()),
                     std::make_move_iterator(arguments.end()));
        return command(std::move(words));
    }

    /// While Redis is known to be away, says why at once instead of after another time limit.
    base::Task<Session::Reply> command(std::vector<std::string> words) {
        if (!breaker_.try_acquire(base::Breaker::Clock::now())) {
            throw base::Outage(why_away_);
        }
        try {
            auto call = [words = std::move(words)](Session& session) {
                return session.command(words);
            };
            auto reply = co_await pool_.run(std::move(call));
            breaker_.succeeded();
            co_return reply;
        } catch (const base::Outage& outage) {
            why_away_ = outage.what();
            breaker_.failed(base::Breaker::Clock::now());
            throw;
        }
    }

    std::string scheduled_;
    std::string dead_;
    base::Breaker breaker_{{.first_pause = std::chrono::milliseconds(100),
                            .longest_pause = std::chrono::milliseconds(2'000)}};
    std::string why_away_;
    base::Resolver resolver_;
    base::BlockingPool<Session> pool_;
};

} // namespace

std::unique_ptr<jobs::Schedule> make_schedule(const Settings& settings) {
    return std::make_unique<RedisSchedule>(settings);
}

} // namespace relay::redis
