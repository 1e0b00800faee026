#pragma once
// Coroutines of the io thread. Task<T> is a lazily started coroutine; it runs when awaited or when
// handed to a TaskGroup. Cancellation arrives as operation_aborted and unwinds; nobody catches it
// but the TaskGroup.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <exception>
#include <optional>
#include <utility>

namespace relay::base {

template <class T = void>
using Task = boost::asio::awaitable<T>;

/// The task's value, or nothing where `time`, some clock's sleep, was over first; the task is then
/// cancelled and has ended. What the task throws is thrown on. T must be default-constructible.
template <class T>
Task<std::optional<T>> within(Task<void> time, Task<T> task) {
    namespace asio = boost::asio;
    const auto executor = co_await asio::this_coro::executor;
    auto [order, failure, value, time_failure] =
        co_await asio::experimental::make_parallel_group(
            asio::co_spawn(executor, std::move(task), asio::deferred),
            asio::co_spawn(executor, std::move(time), asio::deferred))
            .async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
    if (order[0] == 1) {
        co_return std::nullopt;
    }
    if (failure) {
        std::rethrow_exception(failure);
    }
    co_return std::move(value);
}

/// Awaits real time, as limits on sockets do; cancellable. All else waits on a Clock.
Task<void> sleep_for(std::chrono::nanoseconds duration);

/// Lets all else that is ready, and what has come in meanwhile, go first.
Task<void> yield();

} // namespace relay::base
