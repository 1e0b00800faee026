#pragma once
// What is known of one node: which methods it answers, which cluster it is of, how far it has come.
// Pure: time is an argument.

#include "relay/base/breaker.hpp"
#include "relay/solana/units.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace relay::rpc {

enum class RpcMethod { LatestBlockhash, Send, Statuses, BlockHeight, ExpiryReport, Balance };
inline constexpr std::size_t kRpcMethods = 6;

class NodeHealth {
  public:
    using Clock = base::Breaker::Clock;

    enum class Use {
        Well,
        /// It failed, and its pause is over: one call may find out. Told once a pause.
        Trial,
        LeaveAlone,
    };

    explicit NodeHealth(base::Breaker::Policy pauses)
        : breakers_(kRpcMethods, base::Breaker(pauses)) {}

    Use use(RpcMethod method, Clock::time_point now) {
        auto& breaker = of(method);
        if (now < left_alone_until_) {
            return Use::LeaveAlone;
        }
        if (breaker.is_closed()) {
            return Use::Well;
        }
        return breaker.try_acquire(now) ? Use::Trial : Use::LeaveAlone;
    }
    void succeeded(RpcMethod method) { of(method).succeeded(); }
    /// `asked_pause`: how long the node asked to be left alone, whatever the method.
    void failed(RpcMethod method, Clock::time_point now, std::chrono::seconds asked_pause,
                std::string reason) {
        last_failure = std::move(reason);
        of(method).failed(now);
        left_alone_until_ = std::max(left_alone_until_, now + asked_pause);
    }
    bool sends() const { return breakers_[static_cast<std::size_t>(RpcMethod::Send)].is_closed(); }

    /// Since the last check: of the wanted cluster, and where it stood.
    std::optional<solana::BlockHeight> height;
    /// Why it is not used at all; none while it may be.
    std::optional<std::string> trouble = "not asked yet";
    /// Why a call was last not answered.
    std::string last_failure;
    /// Whether it trails the others too far.
    bool lags = false;

  private:
    base::Breaker& of(RpcMethod method) { return breakers_[static_cast<std::size_t>(method)]; }

    std::vector<base::Breaker> breakers_;
    Clock::time_point left_alone_until_{};
};

} // namespace relay::rpc
