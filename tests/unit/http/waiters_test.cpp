// How many may wait for an outcome, and what ends a wait.

#include "relay/http/waiters.hpp"

#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/http/message.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/outcomes.hpp"
#include "relay/observability/metrics.hpp"
#include "support/base/manual_clock.hpp"
#include "support/base/run_task.hpp"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace relay::http {
namespace {

using std::chrono::milliseconds;

class FakeConnection final : public Connection {
  public:
    bool is_closed() override { return closed_; }
    std::shared_ptr<void> on_arrival(std::function<void()> call) override {
        auto kept = std::make_shared<std::function<void()>>(std::move(call));
        call_ = kept;
        return kept;
    }
    /// Whether anybody was told.
    bool arrive(bool closed) {
        closed_ = closed;
        const auto call = call_.lock();
        if (call) {
            (*call)();
        }
        return call != nullptr;
    }

  private:
    bool closed_ = false;
    std::weak_ptr<std::function<void()>> call_;
};

class WaitersTest : public testing::Test {
  protected:
    ~WaitersTest() override { test::run_task(clock_, tasks_.join()); }

    milliseconds waits(Waiters::Waiter& waiter, milliseconds most) {
        const auto began = clock_.now();
        test::run_task(clock_, waiter.wait(most));
        return std::chrono::floor<milliseconds>(clock_.now() - began);
    }

    boost::asio::io_context io_;
    test::ManualClock clock_{io_};
    observability::MetricsRegistry metrics_;
    base::TaskGroup tasks_{clock_,
                           [](std::string_view, const std::exception_ptr&) { ADD_FAILURE(); }};
    jobs::Outcomes outcomes_{clock_, tasks_, nullptr, metrics_};
    Waiters waiters_{clock_, outcomes_, 2, metrics_};
    const jobs::JobId id_{{7}};
};

TEST_F(WaitersTest, AreNoMoreThanMayWaitAtOnce) {
    auto first = waiters_.admit(id_, nullptr);
    const auto second = waiters_.admit(id_, nullptr);
    EXPECT_TRUE(first && second);
    EXPECT_FALSE(waiters_.admit(id_, nullptr));
    EXPECT_NE(metrics_.text().find("relay_http_waiters 2"), std::string::npos);
    EXPECT_NE(metrics_.text().find("relay_http_waiters_max 2"), std::string::npos);
    first.reset();
    EXPECT_TRUE(waiters_.admit(id_, nullptr));
}

TEST_F(WaitersTest, LookNowAndThenAndAtTheOutcomeAtOnce) {
    const auto waiter = waiters_.admit(id_, nullptr);
    EXPECT_EQ(waits(*waiter, milliseconds(20)), milliseconds(20));
    EXPECT_EQ(waits(*waiter, milliseconds(20'000)), milliseconds(1'000));
    outcomes_.announce(id_);
    EXPECT_EQ(waits(*waiter, milliseconds(20'000)), milliseconds(0));
}

TEST_F(WaitersTest, AreWokenWhereTheirClientHangsUp) {
    FakeConnection connection;
    auto waiter = waiters_.admit(id_, &connection);
    EXPECT_FALSE(waiter->client_is_gone());
    EXPECT_TRUE(connection.arrive(/*closed=*/false)); // it sends more: that is no end
    EXPECT_EQ(waits(*waiter, milliseconds(20'000)), milliseconds(0));
    EXPECT_FALSE(waiter->client_is_gone());
    EXPECT_TRUE(connection.arrive(/*closed=*/true));
    EXPECT_EQ(waits(*waiter, milliseconds(20'000)), milliseconds(0));
    EXPECT_TRUE(waiter->client_is_gone());
    waiter.reset();
    EXPECT_FALSE(connection.arrive(/*closed=*/true));
}

} // namespace
} // namespace relay::http
