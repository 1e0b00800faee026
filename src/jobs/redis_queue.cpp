#include "relay/jobs/redis_queue.hpp"

#include "redis_session.hpp"
#include "relay/base/blocking_pool.hpp"
#include "relay/base/breaker.hpp"
#include "relay/base/error.hpp"
#include "relay/base/resolver.hpp"
#include "relay/base/task.hpp"
#include "relay/base/url.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/queue.hpp"
#include "relay/jobs/store.hpp"
#include "relay/observability/logging.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

namespace relay::jobs {

namespace {

// Every due time is told and judged by the Redis server's clock, so that no two relays' clocks
// ever meet in a score.
constexpr const char* kNow = R"lua(
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
)lua";

// ARGV: delay, id, delay, id, ...
constexpr const char* kSchedule = R"lua(
for index = 1, #ARGV, 2 do
    redis.call('ZADD', KEYS[1], now + ARGV[index], ARGV[index + 1])
end
return 0
)lua";

constexpr const char* kRestore = R"lua(
local added = 0
for index = 1, #ARGV, 2 do
    added = added + redis.call('ZADD', KEYS[1], 'NX', now + ARGV[index], ARGV[index + 1])
end
return added
)lua";

constexpr const char* kTakeDue = R"lua(
local ids = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])
for _, id in ipairs(ids) do
    redis.call('ZREM', KEYS[1], id)
end
return ids
)lua";

constexpr const char* kBury = R"lua(
for index = 1, #ARGV do
    redis.call('ZADD', KEYS[1], now, ARGV[index])
end
return 0
)lua";

/// How many jobs one script call takes: Redis serves nobody else meanwhile.
constexpr std::size_t kLargestCall = 1000;

template <class Number>
bool read_number(std::string_view text, Number& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size() && number >= 0;
}

/// Splits at the first (or last) separator; the second part is empty where there is none.
std::pair<std::string_view, std::string_view> split(std::string_view text, std::size_t position) {
    if (position == std::string_view::npos) {
        return {text, {}};
    }
    return {text.substr(0, position), text.substr(position + 1)};
}

base::Result<RedisSettings> parse_unix(std::string_view rest) {
    RedisSettings settings;
    const auto [path, query] = split(rest, rest.find('?'));
    settings.socket_path = path;
    if (!path.starts_with('/')) {
        return base::fail("a Redis socket URL must be unix:///absolute/path");
    }
    if (!query.empty() &&
        (!query.starts_with("db=") || !read_number(query.substr(3), settings.database))) {
        return base::fail("a Redis socket URL may end in ?db=NUMBER and in nothing else");
    }
    return settings;
}

base::Result<RedisSettings> parse_tcp(std::string_view rest) {
    RedisSettings settings;
    const auto [text, database] = split(rest, rest.find('/'));
    if (!database.empty() && !read_number(database, settings.database)) {
        return base::fail("a Redis URL's path must be the number of a database, as in /0");
    }
    const auto authority = base::split_url_authority(text);
    if (!authority) {
        return base::fail("a Redis URL must have host or host:port, an IPv6 address in brackets");
    }
    settings.host = authority->host;
    if (text.contains('@')) {
        const auto [user, password] = split(authority->login, authority->login.find(':'));
        const auto plain_user = base::decode_percent(user);
        const auto plain_password = base::decode_percent(password);
        if (!plain_user || !plain_password || plain_password->empty()) {
            return base::fail(
                "a Redis URL's login must be user:password@ or :password@, "
                "special characters as %XX");
        }
        settings.user = *plain_user;
        settings.password = *plain_password;
    }
    if (!authority->port.empty()) {
        const auto port = base::parse_port(authority->port);
        if (!port) {
            return base::fail("a Redis URL's port must be a number from 1 to 65535");
        }
        settings.port = *port;
    }
    return settings;
}

class RedisQueue final : public JobQueue {
  public:
    explicit RedisQueue(const RedisSettings& settings)
        // The braces keep both keys in one slot of a cluster.
        : scheduled_("{" + settings.prefix + "}:scheduled"),
          dead_("{" + settings.prefix + "}:dead"),
          pool_(1,
                [this, settings] { return std::make_unique<RedisSession>(settings, resolver_); }) {}

    base::Task<void> schedule(std::vector<DueJob> jobs) override {
        co_await in_calls(kSchedule, std::move(jobs));
    }

    base::Task<std::size_t> restore(std::vector<DueJob> jobs) override {
        co_return co_await in_calls(kRestore, std::move(jobs));
    }

    base::Task<std::vector<JobId>> take_due(std::size_t limit) override {
        std::vector<std::string> arguments(1, std::to_string(limit));
        const auto reply = co_await script(kTakeDue, scheduled_, std::move(arguments));
        std::vector<JobId> ids;
        if (const auto* texts = std::get_if<std::vector<std::string>>(&reply)) {
            for (const auto& text : *texts) {
                if (const auto id = JobId::parse(text)) {
                    ids.push_back(*id);
                } else {
                    observability::log_warn(
                        "the schedule held something that is no request id; "
                        "it was removed");
                }
            }
        }
        co_return ids;
    }

    base::Task<void> bury(std::vector<JobId> ids) override {
        std::vector<std::string> arguments;
        for (const auto& id : ids) {
            arguments.push_back(id.to_string());
        }
        co_await script(kBury, dead_, std::move(arguments));
    }

    base::Task<QueueDepth> depth() override {
        QueueDepth depth;
        depth.scheduled = co_await cardinality(scheduled_);
        depth.dead = co_await cardinality(dead_);
        co_return depth;
    }

  private:
    base::Task<std::uint64_t> cardinality(std::string key) {
        std::vector<std::string> words = {"ZCARD", std::move(key)};
        co_return as_count(co_await command(std::move(words)));
    }

    static std::uint64_t as_count(const RedisSession::Reply& reply) {
        const auto* number = std::get_if<long long>(&reply);
        return number == nullptr ? 0 : static_cast<std::uint64_t>(*number);
    }

    /// Runs the script over the jobs, a bounded number a call; the sum of its answers.
    base::Task<std::size_t> in_calls(const char* body, std::vector<DueJob> jobs) {
        std::size_t sum = 0;
        for (std::size_t start = 0; start < jobs.size(); start += kLargestCall) {
            std::vector<std::string> arguments;
            const auto end = std::min(jobs.size(), start + kLargestCall);
            for (std::size_t index = start; index < end; ++index) {
                const auto delay = std::max<std::int64_t>(jobs[index].due_in.count(), 0);
                arguments.push_back(std::to_string(delay));
                arguments.push_back(jobs[index].id.to_string());
            }
            sum += as_count(co_await script(body, scheduled_, std::move(arguments)));
        }
        co_return sum;
    }

    base::Task<RedisSession::Reply> script(const char* body, const std::string& key,
                                           std::vector<std::string> arguments) {
        std::vector<std::string> words = {"EVAL", std::string(kNow) + body, "1", key};
        words.insert(words.end(), std::make_move_iterator(arguments.begin()),
                     std::make_move_iterator(arguments.end()));
        return command(std::move(words));
    }

    /// While Redis is known to be away, says so at once instead of after another time limit.
    base::Task<RedisSession::Reply> command(std::vector<std::string> words) {
        if (!breaker_.try_acquire(base::Breaker::Clock::now())) {
            throw base::Outage("redis: away since the last call");
        }
        try {
            auto call = [words = std::move(words)](RedisSession& session) {
                return session.command(words);
            };
            auto reply = co_await pool_.run(std::move(call));
            breaker_.succeeded();
            co_return reply;
        } catch (const base::Outage&) {
            breaker_.failed(base::Breaker::Clock::now());
            throw;
        }
    }

    std::string scheduled_;
    std::string dead_;
    base::Breaker breaker_{{.first_pause = std::chrono::milliseconds(100),
                            .longest_pause = std::chrono::milliseconds(2'000)}};
    base::Resolver resolver_;
    base::BlockingPool<RedisSession> pool_;
};

} // namespace

base::Result<RedisSettings> RedisSettings::parse(std::string_view url) {
    if (url.starts_with("unix://")) {
        return parse_unix(url.substr(7));
    }
    if (url.starts_with("redis://")) {
        return parse_tcp(url.substr(8));
    }
    return base::fail("a Redis URL must begin with redis:// or unix://");
}

std::unique_ptr<JobQueue> make_redis_queue(const RedisSettings& settings) {
    return std::make_unique<RedisQueue>(settings);
}

} // namespace relay::jobs
