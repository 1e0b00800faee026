#include "send_paths.hpp"

#include "node_health.hpp"
#include "pace.hpp"
#include "relay/base/breaker.hpp"
#include "relay/base/clock.hpp"
#include "relay/base/encoding.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/observability/condition.hpp"
#include "relay/observability/logging.hpp"
#include "relay/observability/metrics.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/rpc/send_path.hpp"
#include "takers.hpp"

#include <chrono>
#include <expected>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace relay::rpc {

using Kind = RpcError::Kind;

namespace {

observability::Counter sends(observability::MetricsRegistry& metrics, const std::string& path,
                             const char* outcome) {
    return metrics.counter("relay_send_path_sends_total",
                           "Transactions given to send-only endpoints, by endpoint and outcome",
                           {{"path", path}, {"outcome", outcome}});
}

/// The endpoint is not what the setting takes it for, or not there.
bool is_away(const RpcError& error) {
    return error.kind == Kind::Unavailable || error.kind == Kind::Unsupported;
}

SendAnswer turn_too_far_off() {
    RpcError error;
    error.kind = Kind::Limited;
    error.message = "the endpoint limits our rate, and our turn is too far off";
    return std::unexpected(std::move(error));
}

} // namespace

SendPaths::Path::Path(SendPath path, base::Breaker::Policy pauses,
                      observability::MetricsRegistry& metrics)
    : endpoint(std::move(path.endpoint)),
      breaker(pauses),
      up(metrics.gauge("relay_send_path_up", "1 while the send-only endpoint answers",
                       {{"path", path.name}})),
      seconds(metrics.durations("relay_send_path_seconds", "Time of sends to send-only endpoints",
                                {{"path", path.name}})),
      taken(sends(metrics, path.name, "taken")),
      refused(sends(metrics, path.name, "refused")),
      failed(sends(metrics, path.name, "failed")),
      away({observability::log_warn, "send_path_away", "a send-only endpoint is left alone"},
           {"send_path_back", "a send-only endpoint is used again"},
           observability::Condition::Subject{"path", path.name}) {}

SendPaths::SendPaths(base::TaskGroup& tasks, std::vector<SendPath> paths,
                     base::Breaker::Policy pauses, observability::MetricsRegistry& metrics)
    : tasks_(tasks), clock_(tasks.clock()) {
    for (auto& path : paths) {
        paths_.push_back(std::make_unique<Path>(std::move(path), pauses, metrics));
    }
}

std::vector<SendPaths::Path*> SendPaths::ready() {
    std::vector<Path*> ready;
    for (const auto& path : paths_) {
        if (path->pace.wait(clock_.now()) <= kPatience && path->breaker.try_acquire(clock_.now())) {
            ready.push_back(path.get());
        }
    }
    return ready;
}

void SendPaths::send(const std::vector<Path*>& paths, const base::Bytes& wire,
                     const std::shared_ptr<Takers>& takers) {
    for (auto* path : paths) {
        tasks_.spawn("send to a send-only endpoint", carry(path, wire, takers));
    }
}

base::Task<void> SendPaths::carry(Path* path, base::Bytes wire, std::shared_ptr<Takers> takers) {
    const auto answer = co_await ask(path, std::move(wire));
    takers->path_told(answer);
}

base::Task<SendAnswer> SendPaths::ask(Path* path, base::Bytes wire) {
    const auto wait = path->pace.take_turn(clock_.now(), kPatience);
    if (!wait) {
        co_return turn_too_far_off();
    }
    if (*wait > std::chrono::nanoseconds(0)) {
        co_await clock_.sleep_for(*wait);
        if (path->pace.rests(clock_.now())) {
            co_return turn_too_far_off();
        }
    }
    const auto asked_at = clock_.now();
    auto answer = co_await path->endpoint->send(std::move(wire));
    path->seconds.observe(clock_.now() - asked_at);
    note(*path, answer, asked_at);
    co_return answer;
}

void SendPaths::note(Path& path, const SendAnswer& answer, base::Clock::time_point asked_at) {
    const auto now = clock_.now();
    if (!answer && is_away(answer.error())) {
        path.failed.add();
        path.breaker.failed(now);
        path.away.met(now, answer.error().message);
    } else {
        (answer ? path.taken : path.refused).add();
        path.breaker.succeeded();
        path.away.over(now);
        if (!answer && answer.error().kind == Kind::Limited) {
            path.pace.refused(asked_at, now, answer.error().retry_after);
        } else {
            path.pace.carried_out(asked_at, now);
        }
    }
    path.up.set(path.breaker.is_closed() ? 1 : 0);
}

} // namespace relay::rpc
