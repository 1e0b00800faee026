#include "service_manager.hpp"

#include <gtest/gtest.h>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <iterator>
#include <optional>
#include <string>

namespace relay::app {
namespace {

using std::chrono::microseconds;

class ServiceManagerTest : public testing::Test {
  protected:
    ServiceManagerTest() { clear(); }
    ~ServiceManagerTest() override {
        clear();
        ::close(manager_);
    }

    static void clear() {
        for (const auto* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) {
            ::unsetenv(name);
        }
    }

    /// The manager's socket, under an abstract name of this process's.
    void listen() {
        const std::string name = "@shield-relay-test-" + std::to_string(::getpid());
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::ranges::copy(name, std::begin(address.sun_path));
        address.sun_path[0] = '\0';
        manager_ = ::socket(AF_UNIX, SOCK_DGRAM, 0);
        const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
        ASSERT_EQ(::bind(manager_, reinterpret_cast<const sockaddr*>(&address), length), 0);
        ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
    }

    std::string heard() const {
        std::array<char, 64> text{};
        const auto count = ::recv(manager_, text.data(), text.size(), MSG_DONTWAIT);
        return count > 0 ? std::string(text.data(), static_cast<std::size_t>(count)) : "";
    }

    int manager_ = -1;
};

TEST_F(ServiceManagerTest, HearsWhatItIsTold) {
    listen();
    notify_service_manager("READY=1");
    EXPECT_EQ(heard(), "READY=1");
    EXPECT_EQ(heard(), "");
}

TEST_F(ServiceManagerTest, NobodyIsToldWhereNobodyAsks) {
    notify_service_manager("READY=1");
    ::setenv("NOTIFY_SOCKET", "/nowhere/to/be/found", 1);
    notify_service_manager("READY=1");
    ::setenv("NOTIFY_SOCKET", std::string(500, 'x').c_str(), 1);
    notify_service_manager("READY=1");
}

TEST_F(ServiceManagerTest, AWatchdogIsFedAtHalfItsTime) {
    EXPECT_EQ(watchdog_interval(), std::nullopt);
    ::setenv("WATCHDOG_USEC", "3000000", 1);
    EXPECT_EQ(watchdog_interval(), microseconds(1'500'000));
    ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
    EXPECT_EQ(watchdog_interval(), microseconds(1'500'000));
    ::setenv("WATCHDOG_PID", "1", 1); // another process's
    EXPECT_EQ(watchdog_interval(), std::nullopt);
    ::unsetenv("WATCHDOG_PID");
    for (const auto* text : {"0", "", "x", "-1", "3s"}) {
        ::setenv("WATCHDOG_USEC", text, 1);
        EXPECT_EQ(watchdog_interval(), std::nullopt) << text;
    }
}

} // namespace
} // namespace relay::app
