// The resolver with look-ups of its own making: no name service is asked.

#include "relay/base/resolver.hpp"

#include "relay/base/error.hpp"
#include "relay/base/task.hpp"
#include "support/base/run_task.hpp"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace relay::base {
namespace {

using Addresses = Resolver::Addresses;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds kLong{10'000};
constexpr milliseconds kShort{20};

/// A name service whose names hang until they are let go. Shared with look-ups that are left
/// behind.
class Names {
  public:
    Result<Addresses> look_up(const std::string& name) {
        std::unique_lock lock(mutex_);
        ++calls_[name];
        changed_.notify_all();
        changed_.wait(lock, [&] { return !hanging_[name]; });
        const auto found = known_.find(name);
        return found == known_.end() ? Result<Addresses>(fail("unknown")) : found->second;
    }

    void set(const std::string& name, Addresses addresses) {
        const std::lock_guard lock(mutex_);
        known_[name] = std::move(addresses);
    }
    void forget(const std::string& name) {
        const std::lock_guard lock(mutex_);
        known_.erase(name);
    }
    void hang(const std::string& name, bool hangs = true) {
        const std::lock_guard lock(mutex_);
        hanging_[name] = hangs;
        changed_.notify_all();
    }
    int calls(const std::string& name) {
        const std::lock_guard lock(mutex_);
        return calls_[name];
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<std::string, Addresses> known_;
    std::map<std::string, bool> hanging_;
    std::map<std::string, int> calls_;
};

class ResolverTest : public testing::Test {
  protected:
    Result<Addresses> ask(const std::string& name, milliseconds limit = kLong) {
        return test::run_task(io_, resolver_->resolve(name, limit));
    }
    Result<Addresses> ask_blocking(const std::string& name, milliseconds limit = kLong) {
        return resolver_->resolve_blocking(name, limit);
    }

    std::shared_ptr<Names> names_ = std::make_shared<Names>();
    boost::asio::io_context io_;
    std::unique_ptr<Resolver> resolver_ = std::make_unique<Resolver>(
        [names = names_](const std::string& name) { return names->look_up(name); });
};

TEST_F(ResolverTest, NumericAddressesNeedNoLookUp) {
    for (const std::string address : {"127.0.0.1", "::1", "2001:db8::7"}) {
        EXPECT_EQ(ask(address).value(), Addresses{address});
        EXPECT_EQ(ask_blocking(address).value(), Addresses{address});
        EXPECT_EQ(names_->calls(address), 0);
    }
}

TEST_F(ResolverTest, GivesAllAddressesAndAsksOnceForAWhile) {
    const Addresses both = {"192.0.2.1", "2001:db8::1"};
    names_->set("node", both);
    EXPECT_EQ(ask("node").value(), both);
    EXPECT_EQ(ask_blocking("node").value(), both);
    EXPECT_EQ(names_->calls("node"), 1);
}

TEST_F(ResolverTest, TellsOfNamesThatAreUnknownAndAsksAgain) {
    EXPECT_FALSE(ask("nowhere").has_value());
    EXPECT_FALSE(ask_blocking("nowhere").has_value());
    EXPECT_EQ(names_->calls("nowhere"), 2);
    names_->set("nowhere", {});
    EXPECT_FALSE(ask("nowhere").has_value());
    names_->set("nowhere", {"192.0.2.1"});
    EXPECT_TRUE(ask("nowhere").has_value());
}

TEST_F(ResolverTest, KeepsTheLastGoodAddressesWhileNewOnesAreSlowOrNone) {
    const Resolver::Times times{.fresh = milliseconds(0), .patience = kShort};
    resolver_ = std::make_unique<Resolver>(
        [names = names_](const std::string& name) { return names->look_up(name); }, times);
    const Addresses first = {"192.0.2.1"};
    const Addresses second = {"192.0.2.2"};
    names_->set("node", first);
    EXPECT_EQ(ask("node").value(), first);
    names_->forget("node");
    EXPECT_EQ(ask("node").value(), first);
    names_->hang("node");
    const auto began = Clock::now();
    EXPECT_EQ(ask("node").value(), first);
    EXPECT_EQ(ask_blocking("node").value(), first);
    EXPECT_LT(Clock::now() - began, std::chrono::seconds(5));
    names_->set("node", second);
    names_->hang("node", false);
    while (ask("node").value() != second) {}
}

TEST_F(ResolverTest, AHangingNameHoldsUpNobodyElse) {
    names_->hang("slow");
    names_->set("quick", {"192.0.2.1"});
    const auto began = Clock::now();
    EXPECT_FALSE(ask("slow", kShort).has_value());
    EXPECT_FALSE(ask_blocking("slow", kShort).has_value());
    EXPECT_TRUE(ask("quick").has_value());
    EXPECT_LT(Clock::now() - began, std::chrono::seconds(5));
    EXPECT_EQ(names_->calls("slow"), 1); // one look-up a name, however many ask
    names_->hang("slow", false);
}

TEST_F(ResolverTest, BoundsTheLookUpsUnderWay) {
    for (std::size_t name = 0; name < Resolver::kMostAtOnce; ++name) {
        names_->hang(std::to_string(name) + ".slow");
        EXPECT_FALSE(ask(std::to_string(name) + ".slow", milliseconds(1)).has_value());
    }
    names_->set("one too many", {"192.0.2.1"});
    EXPECT_FALSE(ask("one too many").has_value());
    EXPECT_EQ(names_->calls("one too many"), 0);
    for (std::size_t name = 0; name < Resolver::kMostAtOnce; ++name) {
        names_->hang(std::to_string(name) + ".slow", false);
    }
}

TEST_F(ResolverTest, EndsWhileALookUpHangs) {
    names_->hang("slow");
    EXPECT_FALSE(ask("slow", milliseconds(1)).has_value());
    resolver_.reset();
    names_->hang("slow", false); // what it then finds is nobody's
}

TEST_F(ResolverTest, ACancelledCallerLeavesNoTrace) {
    names_->hang("slow");
    const auto value =
        test::run_task(io_, within(sleep_for(kShort), resolver_->resolve("slow", kLong)));
    EXPECT_FALSE(value.has_value());
    names_->set("slow", {"192.0.2.1"});
    names_->hang("slow", false);
    EXPECT_TRUE(ask("slow").has_value());
}

TEST_F(ResolverTest, SeveralCallersShareALookUp) {
    names_->hang("slow");
    names_->set("slow", {"192.0.2.1"});
    std::vector<std::thread> callers;
    for (int caller = 0; caller < 4; ++caller) {
        callers.emplace_back([this] { EXPECT_TRUE(ask_blocking("slow").has_value()); });
    }
    while (names_->calls("slow") == 0) {
        std::this_thread::yield();
    }
    names_->hang("slow", false);
    EXPECT_TRUE(ask("slow").has_value());
    for (auto& caller : callers) {
        caller.join();
    }
    EXPECT_EQ(names_->calls("slow"), 1);
}

TEST(ResolverSystem, FindsThisMachine) {
    const auto found = Resolver::system_look_up("localhost");
    ASSERT_TRUE(found.has_value()) << found.error().message;
    EXPECT_TRUE(is_numeric_address(found->front()));
}

} // namespace
} // namespace relay::base
