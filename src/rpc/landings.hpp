#pragma once
// Which node took a transaction first, until it is seen on the chain: a node that takes and passes
// on nothing is told by others landing what it took. Pure: time is an argument.

#include "relay/solana/signature.hpp"

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <unordered_map>
#include <utility>

namespace relay::rpc {

class Landings {
  public:
    using Clock = std::chrono::steady_clock;

    struct Taker {
        std::size_t node = 0;
        /// Other nodes were given the transaction, too.
        bool shared = false;
    };

    void taken(const solana::Signature& signature, std::size_t node, Clock::time_point now) {
        forget_old(now);
        if (takers_.try_emplace(signature, Taker{node, false}).second) {
            order_.emplace_back(now, signature);
        }
    }

    void shared(const solana::Signature& signature) {
        if (const auto found = takers_.find(signature); found != takers_.end()) {
            found->second.shared = true;
        }
    }

    /// It is on the chain: who took it first. Told once.
    std::optional<Taker> seen(const solana::Signature& signature) {
        const auto found = takers_.find(signature);
        if (found == takers_.end()) {
            return std::nullopt;
        }
        const Taker taker = found->second;
        takers_.erase(found);
        return taker;
    }

  private:
    static constexpr std::chrono::minutes kRemembered{5};

    void forget_old(Clock::time_point now) {
        while (!order_.empty() && now - order_.front().first > kRemembered) {
            takers_.erase(order_.front().second);
            order_.pop_front();
        }
    }

    std::unordered_map<solana::Signature, Taker, solana::SignatureHash> takers_;
    std::deque<std::pair<Clock::time_point, solana::Signature>> order_;
};

} // namespace relay::rpc
