#include "relay/base/blocking_pool.hpp"

#include "relay/base/clock.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "support/base/run_task.hpp"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <exception>
#include <future>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <utility>

namespace relay::base {
namespace {

using test::run_task;

struct TestSession {
    int calls = 0;
    bool in_use = false;
};

std::unique_ptr<TestSession> make_session() {
    return std::make_unique<TestSession>();
}

TEST(BlockingPool, RunsOnItsOwnThreadAndAnswersOnTheCallers) {
    boost::asio::io_context io;
    BlockingPool<TestSession> pool(1, make_session);
    const auto thread =
        run_task(io, pool.run([](TestSession&) { return std::this_thread::get_id(); }));
    EXPECT_NE(thread, std::this_thread::get_id());
}

TEST(BlockingPool, ThrowsWhatTheWorkThrowsAndGoesOn) {
    boost::asio::io_context io;
    BlockingPool<TestSession> pool(1, make_session);
    const auto fail = [](TestSession&) -> int { throw std::runtime_error("why"); };
    EXPECT_THROW(run_task(io, pool.run(fail)), std::runtime_error);
    EXPECT_EQ(run_task(io, pool.run([](TestSession&) { return 7; })), 7);
}

TEST(BlockingPool, ACallHasItsSessionToItself) {
    boost::asio::io_context io;
    BlockingPool<TestSession> pool(3, make_session);
    std::size_t shared = 0;
    SteadyClock clock(io.get_executor());
    TaskGroup group(clock, [&](std::string_view, const std::exception_ptr&) { ++shared; });
    struct Caller {
        static Task<void> call(BlockingPool<TestSession>* pool) {
            for (int round = 0; round < 50; ++round) {
                auto work = [](TestSession& session) {
                    if (std::exchange(session.in_use, true)) {
                        throw std::runtime_error("shared");
                    }
                    ++session.calls;
                    std::this_thread::yield();
                    session.in_use = false;
                    return 0;
                };
                co_await pool->run(work);
            }
        }
    };
    for (int callers = 0; callers < 8; ++callers) {
        group.spawn("caller", Caller::call(&pool));
    }
    run_task(io, group.join());
    EXPECT_EQ(shared, 0U);
}

TEST(BlockingPool, ACallThatHasBegunIsWaitedForThoughItsCallerIsCancelled) {
    boost::asio::io_context io;
    BlockingPool<TestSession> pool(1, make_session);
    std::promise<void> begun;
    std::promise<void> may_end;
    SteadyClock clock(io.get_executor());
    TaskGroup group(clock, [](std::string_view, const std::exception_ptr&) { ADD_FAILURE(); });
    struct Caller {
        static Task<void> call(BlockingPool<TestSession>* pool, std::promise<void>* begun,
                               std::shared_future<void> may_end) {
            // Named first: g++ 12 destroys such a temporary twice (gcc 107288).
            auto work = [begun, may_end](TestSession&) {
                begun->set_value();
                may_end.wait();
                return 0;
            };
            co_await pool->run(std::move(work));
        }
    };
    group.spawn("caller", Caller::call(&pool, &begun, may_end.get_future().share()));
    test::run_ready(io);
    begun.get_future().wait();
    group.cancel();
    test::run_ready(io);
    EXPECT_EQ(group.size(), 1U);
    may_end.set_value();
    run_task(io, group.join());
    EXPECT_EQ(run_task(io, pool.run([](TestSession&) { return 7; })), 7);
}

} // namespace
} // namespace relay::base
