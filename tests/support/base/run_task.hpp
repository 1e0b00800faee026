#pragma once
// Runs an io_context until a task has ended; with a guard, so that a test that waits for ever fails
// instead.

#include "relay/base/task.hpp"
#include "support/base/manual_clock.hpp"

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

/// Waits for the next thing that happens and does it; false: the guard came first, or nobody will
/// ever do anything.
inline bool step(boost::asio::io_context& io, std::chrono::steady_clock::time_point guard) {
    io.restart();
    return io.run_one_until(guard) > 0;
}

/// In the clock's time, which takes none.
inline bool step(ManualClock& clock, std::chrono::steady_clock::time_point guard) {
    return std::chrono::steady_clock::now() < guard && clock.step();
}

/// `Loop`: an io_context, where sockets or threads are waited for; else a ManualClock.
/// Runs what is ready and what time brings until `done()`. Throws where the guard comes first.
template <class Loop, class Done>
void run_until(Loop& loop, Done done, std::chrono::nanoseconds guard = kGuard) {
    const auto deadline = std::chrono::steady_clock::now() + guard;
    while (!done()) {
        if (!step(loop, deadline)) {
            throw std::runtime_error(std::chrono::steady_clock::now() < deadline
                                         ? "the test waits for what nobody will do"
                                         : "the test took too long");
        }
    }
}

inline boost::asio::io_context& io_of(boost::asio::io_context& io) {
    return io;
}
inline boost::asio::io_context& io_of(ManualClock& clock) {
    return clock.io();
}

/// What the task returns or throws.
template <class Loop, class T>
T run_task(Loop& loop, base::Task<T> task, std::chrono::nanoseconds guard = kGuard) {
    using Value = std::conditional_t<std::is_void_v<T>, std::monostate, T>;
    struct Outcome {
        bool done = false;
        std::exception_ptr failure;
        std::optional<Value> value;
    };
    // Shared: where the guard comes first, the task is still there and outlives this frame.
    const auto outcome = std::make_shared<Outcome>();
    if constexpr (std::is_void_v<T>) {
        boost::asio::co_spawn(io_of(loop), std::move(task), [outcome](std::exception_ptr failure) {
            outcome->failure = std::move(failure);
            outcome->done = true;
        });
    } else {
        boost::asio::co_spawn(io_of(loop), std::move(task),
                              [outcome](std::exception_ptr failure, T value) {
                                  outcome->failure = std::move(failure);
                                  outcome->value.emplace(std::move(value));
                                  outcome->done = true;
                              });
    }
    run_until(loop, [&] { return outcome->done; }, guard);
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

/// So much of the clock's time, and what happens meanwhile.
inline void pass(ManualClock& clock, std::chrono::nanoseconds time) {
    run_task(clock, clock.sleep_for(time));
}

} // namespace relay::test
