#pragma once
// Runs an io_context until a task has ended; with a guard, so that a test that waits for ever fails
// instead.

#include "relay/base/task.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <variant>

namespace relay::test {

inline constexpr std::chrono::seconds kGuard{20};

/// Runs what is ready and what its timers bring until `done()`. Throws where the guard comes first.
template <class Done>
void run_until(boost::asio::io_context& io, Done done, std::chrono::nanoseconds guard = kGuard) {
    const auto deadline = std::chrono::steady_clock::now() + guard;
    io.restart();
    while (!done()) {
        if (io.run_one_until(deadline) == 0) {
            throw std::runtime_error(io.stopped() ? "the test waits for what nobody will do"
                                                  : "the test took too long");
        }
    }
}

/// What the task returns or throws.
template <class T>
T run_task(boost::asio::io_context& io, base::Task<T> task,
           std::chrono::nanoseconds guard = kGuard) {
    using Value = std::conditional_t<std::is_void_v<T>, std::monostate, T>;
    struct Outcome {
        bool done = false;
        std::exception_ptr failure;
        std::optional<Value> value;
    };
    // Shared: where the guard comes first, the task is still there and outlives this frame.
    const auto outcome = std::make_shared<Outcome>();
    if constexpr (std::is_void_v<T>) {
        boost::asio::co_spawn(io, std::move(task), [outcome](std::exception_ptr failure) {
            outcome->failure = std::move(failure);
            outcome->done = true;
        });
    } else {
        boost::asio::co_spawn(io, std::move(task), [outcome](std::exception_ptr failure, T value) {
            outcome->failure = std::move(failure);
            outcome->value.emplace(std::move(value));
            outcome->done = true;
        });
    }
    run_until(io, [&] { return outcome->done; }, guard);
    if (outcome->failure) {
        std::rethrow_exception(outcome->failure);
    }
    if constexpr (!std::is_void_v<T>) {
        return std::move(*outcome->value);
    }
}

/// Runs all that is ready now, and what that makes ready; waits for nothing.
inline void run_ready(boost::asio::io_context& io) {
    io.restart();
    while (io.poll() > 0) {}
}

} // namespace relay::test
