#pragma once
// A command's coroutine, run to its end on an io_context that nothing else uses. Private to app.

#include "relay/base/task.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <chrono>
#include <future>
#include <utility>

namespace relay::app {

/// What the task returns or throws, as soon as it does: a timer that it leaves behind is not waited
/// for.
template <class T>
T run_alone(boost::asio::io_context& io, base::Task<T> task) {
    auto result = boost::asio::co_spawn(io, std::move(task), boost::asio::use_future);
    io.restart();
    while (result.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
        io.run_one();
    }
    return result.get();
}

} // namespace relay::app
