#include "session.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>

namespace relay::postgres {
namespace {

using std::chrono::milliseconds;

class PostgresWatchTest : public testing::Test {
  protected:
    void SetUp() override { ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, sockets_.data()), 0); }
    ~PostgresWatchTest() override {
        ::close(sockets_[0]);
        ::close(sockets_[1]);
    }

    /// Whether a reader of the socket is told of its end within the time.
    bool ends_within(milliseconds limit) const {
        pollfd waiting{.fd = sockets_[0], .events = POLLIN, .revents = 0};
        return ::poll(&waiting, 1, static_cast<int>(limit.count())) == 1;
    }

    int socket() const { return sockets_[0]; }

  private:
    std::array<int, 2> sockets_{-1, -1};
};

TEST_F(PostgresWatchTest, ShutsTheSocketOfACallPastItsTime) {
    Watch watch;
    const Watch::Guard guard(watch, socket(), milliseconds(20));
    EXPECT_TRUE(ends_within(milliseconds(5'000)));
}

TEST_F(PostgresWatchTest, AShorterLimitNeedNotWaitForALongerOne) {
    Watch watch;
    std::array<int, 2> others{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, others.data()), 0);
    {
        const Watch::Guard patient(watch, others[0], std::chrono::minutes(5));
        const Watch::Guard hasty(watch, socket(), milliseconds(20));
        EXPECT_TRUE(ends_within(milliseconds(5'000)));
    }
    ::close(others[0]);
    ::close(others[1]);
}

TEST_F(PostgresWatchTest, LeavesACallThatEndedInTimeAlone) {
    Watch watch;
    { const Watch::Guard guard(watch, socket(), milliseconds(20)); }
    EXPECT_FALSE(ends_within(milliseconds(60)));
}

} // namespace
} // namespace relay::postgres
