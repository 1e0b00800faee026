#include "relay/base/task_group.hpp"

#include "relay/base/clock.hpp"
#include "relay/base/task.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>
#include <cassert>
#include <chrono>
#include <exception>
#include <functional>
#include <list>
#include <string>
#include <utility>

namespace relay::base {

namespace asio = boost::asio;

namespace {

bool is_cancellation(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const boost::system::system_error& error) {
        return error.code() == asio::error::operation_aborted;
    } catch (...) {
        return false;
    }
}

} // namespace

TaskGroup::TaskGroup(Clock& clock, OnFailure on_failure)
    : clock_(clock), on_failure_(std::move(on_failure)), empty_(clock.executor()) {}

TaskGroup::~TaskGroup() {
    assert(running_.empty() && "a TaskGroup must be joined before it dies");
}

void TaskGroup::spawn(std::string name, Task<void> task) {
    const auto entry = running_.emplace(running_.end());
    entry->name = std::move(name);
    asio::co_spawn(executor(), begin(entry, std::move(task)),
                   asio::bind_cancellation_slot(entry->cancellation.slot(),
                                                [this, entry](const std::exception_ptr& failure) {
                                                    ended(entry, failure);
                                                }));
}

// Asio (1.83 at least) lets a cancellation that arrives before the coroutine has begun escape as an
// exception from io_context::run(): until then it is noted here.
Task<void> TaskGroup::begin(std::list<Running>::iterator entry, Task<void> task) {
    entry->begun = true;
    if (!entry->cancelled) {
        co_await std::move(task);
    }
}

void TaskGroup::spawn_loop(std::string name, std::function<Task<void>()> loop,
                           std::chrono::milliseconds pause) {
    auto task = keep_running(name, std::move(loop), pause);
    spawn(std::move(name), std::move(task));
}

Task<void> TaskGroup::keep_running(std::string name, std::function<Task<void>()> loop,
                                   std::chrono::milliseconds pause) {
    for (;;) {
        std::exception_ptr failure;
        try {
            co_await loop();
            co_return;
        } catch (...) {
            failure = std::current_exception();
        }
        if (is_cancellation(failure)) {
            std::rethrow_exception(failure);
        }
        on_failure_(name, failure);
        co_await clock_.sleep_for(pause);
    }
}

void TaskGroup::ended(std::list<Running>::iterator task, const std::exception_ptr& failure) {
    const std::string name = std::move(task->name);
    // The cancellation slot is still in use by the operation that is calling us: free it later.
    std::list<Running> finished;
    finished.splice(finished.begin(), running_, task);
    asio::post(executor(), [finished = std::move(finished)]() mutable { finished.clear(); });
    if (failure && !is_cancellation(failure)) {
        on_failure_(name, failure);
    }
    if (running_.empty()) {
        empty_.notify();
    }
}

void TaskGroup::cancel() {
    // A task may end, and so leave the list, inside emit().
    for (auto task = running_.begin(); task != running_.end();) {
        const auto current = task++;
        if (current->begun) {
            current->cancellation.emit(asio::cancellation_type::terminal);
        } else {
            current->cancelled = true;
        }
    }
}

Task<void> TaskGroup::join() {
    while (!running_.empty()) {
        co_await empty_.wait();
    }
}

Task<bool> TaskGroup::join_within(std::chrono::milliseconds limit) {
    const auto deadline = clock_.after(limit);
    while (!running_.empty()) {
        const auto left = deadline - clock_.now();
        if (left <= std::chrono::nanoseconds(0)) {
            break;
        }
        co_await empty_.wait_for(clock_, left);
    }
    co_return running_.empty();
}

} // namespace relay::base
