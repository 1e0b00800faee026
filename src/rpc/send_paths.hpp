#pragma once
// The send-only endpoints: each paced and, while it is away, left alone but for one try a pause.

#include "pace.hpp"
#include "relay/base/breaker.hpp"
#include "relay/base/clock.hpp"
#include "relay/base/encoding.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/observability/condition.hpp"
#include "relay/observability/metrics.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/rpc/send_path.hpp"
#include "takers.hpp"

#include <functional>
#include <memory>
#include <vector>

namespace relay::rpc {

class SendPaths {
  public:
    SendPaths(base::TaskGroup& tasks, std::vector<SendPath> paths, base::Breaker::Policy pauses,
              observability::MetricsRegistry& metrics);

    /// None are set.
    bool empty() const { return paths_.empty(); }

    struct Path;
    /// Those that are not left alone now.
    std::vector<Path*> ready();
    /// Gives it to each of them, beside the caller, and tells `takers` what it says.
    void send(const std::vector<Path*>& paths, const base::Bytes& wire,
              const std::shared_ptr<Takers>& takers);

  private:
    base::Task<void> carry(Path* path, base::Bytes wire, std::shared_ptr<Takers> takers);
    base::Task<SendAnswer> ask(Path* path, base::Bytes wire);
    void note(Path& path, const SendAnswer& answer, base::Clock::time_point asked_at);

    base::TaskGroup& tasks_;
    base::Clock& clock_;
    std::vector<std::unique_ptr<Path>> paths_;
};

struct SendPaths::Path {
    std::unique_ptr<SendEndpoint> endpoint;
    base::Breaker breaker;
    Pace pace;
    observability::Gauge up;
    observability::Durations seconds;
    observability::Counter taken;
    observability::Counter refused;
    observability::Counter failed;
    observability::Condition away;

    Path(SendPath path, base::Breaker::Policy pauses, observability::MetricsRegistry& metrics);
};

} // namespace relay::rpc
