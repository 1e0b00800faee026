#include "session.hpp"

#include "relay/base/error.hpp"
#include "relay/base/peer_watch.hpp"
#include "relay/base/resolver.hpp"
#include "relay/redis/settings.hpp"

#include <hiredis/hiredis.h>
#include <sys/time.h>
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <ctime>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace relay::redis {

namespace {

constexpr std::chrono::milliseconds kUnacknowledged{2'000};
constexpr std::chrono::milliseconds kLeastConnectTime{20};

struct FreeReply {
    void operator()(redisReply* reply) const { freeReplyObject(reply); }
};

/// hiredis writes to a socket that the server may have closed, and asks for no mercy: without this,
/// a restarted Redis would end the program. For the calling thread, which is the session's own.
void block_broken_pipe_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

timeval to_timeval(std::chrono::milliseconds duration) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(duration);
    timeval value{};
    value.tv_sec = static_cast<time_t>(seconds.count());
    value.tv_usec = static_cast<suseconds_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(duration - seconds).count());
    return value;
}

} // namespace

void Session::CloseContext::operator()(redisContext* context) const {
    redisFree(context);
}

Session::Session(Settings settings, base::Resolver& resolver)
    : settings_(std::move(settings)), resolver_(resolver) {
    secrets_.add(settings_.password);
}
Session::~Session() = default;

Session::Reply Session::command(const std::vector<std::string>& arguments) {
    if (context_ && !base::is_quiet(context_->fd)) {
        context_.reset();
    }
    if (!context_) {
        connect();
    }
    return send(arguments);
}

void Session::connect() {
    block_broken_pipe_signals();
    const auto limit = to_timeval(settings_.timeout);
    if (settings_.socket_path.empty()) {
        connect_to_host();
    } else {
        context_.reset(redisConnectUnixWithTimeout(settings_.socket_path.c_str(), limit));
    }
    if (!context_) {
        throw base::Outage("redis: out of memory");
    }
    if (context_->err != 0) {
        fail(context_->errstr);
    }
    base::watch_peer(context_->fd, kUnacknowledged);
    redisSetTimeout(context_.get(), limit);
    if (!settings_.password.empty()) {
        if (settings_.user.empty()) {
            send({"AUTH", settings_.password});
        } else {
            send({"AUTH", settings_.user, settings_.password});
        }
    }
    if (settings_.database != 0) {
        send({"SELECT", std::to_string(settings_.database)});
    }
}

void Session::connect_to_host() {
    using Clock = std::chrono::steady_clock;
    const auto deadline = Clock::now() + settings_.timeout;
    const auto addresses = resolver_.resolve_blocking(settings_.host, settings_.timeout);
    if (!addresses) {
        throw base::Outage("redis: " + addresses.error().message);
    }
    for (std::size_t index = 0; index < addresses->size(); ++index) {
        // Each has its part of the time; what one leaves is for those after it.
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
        const auto part = left / static_cast<long>(addresses->size() - index);
        context_.reset(redisConnectWithTimeout((*addresses)[index].c_str(), settings_.port,
                                               to_timeval(std::max(part, kLeastConnectTime))));
        if (!context_ || context_->err == 0) {
            return;
        }
    }
}

Session::Reply Session::send(const std::vector<std::string>& arguments) {
    std::vector<const char*> texts;
    std::vector<std::size_t> lengths;
    for (const auto& argument : arguments) {
        texts.push_back(argument.data());
        lengths.push_back(argument.size());
    }
    const std::unique_ptr<redisReply, FreeReply> reply(static_cast<redisReply*>(redisCommandArgv(
        context_.get(), static_cast<int>(texts.size()), texts.data(), lengths.data())));
    if (!reply) {
        fail(context_->errstr);
    }
    switch (reply->type) {
        case REDIS_REPLY_INTEGER:
            return reply->integer;
        case REDIS_REPLY_STATUS:
            return 0LL;
        case REDIS_REPLY_ARRAY: {
            std::vector<std::string> elements;
            for (std::size_t index = 0; index < reply->elements; ++index) {
                const auto& element = *reply->element[index];
                if (element.type == REDIS_REPLY_STRING) {
                    elements.emplace_back(element.str, static_cast<std::size_t>(element.len));
                }
            }
            return elements;
        }
        default:
            fail(reply->type == REDIS_REPLY_ERROR ? reply->str : "a reply of an unexpected type");
    }
}

void Session::fail(const std::string& reason) {
    context_.reset();
    throw base::Outage("redis: " + secrets_.hide_in(reason));
}

} // namespace relay::redis
