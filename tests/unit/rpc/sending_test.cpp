// How transactions are sent where there are send-only endpoints beside the nodes.

#include "relay/base/encoding.hpp"
#include "relay/base/task.hpp"
#include "relay/rpc/failover.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/rpc/send_path.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/solana/signature.hpp"
#include "relay/solana/transaction_error.hpp"
#include "support/base/run_task.hpp"
#include "support/rpc/failover_fixture.hpp"
#include "support/rpc/fake_chain.hpp"
#include "support/solana/samples.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace relay::rpc {
namespace {

using Kind = RpcError::Kind;
using std::chrono::milliseconds;
using test::run_task;

/// Takes and passes on, or fails.
class StubEndpoint final : public SendEndpoint {
  public:
    explicit StubEndpoint(test::FakeChain& chain) : chain_(chain) {}

    std::optional<Kind> fails_as;
    int calls = 0;

    base::Task<RpcResult<solana::Signature>> send(base::Bytes wire) override {
        ++calls;
        return fails_as ? fail() : chain_.send(std::move(wire), Preflight::Skip);
    }

  private:
    base::Task<RpcResult<solana::Signature>> fail() {
        RpcError error;
        error.kind = *fails_as;
        error.message = "the endpoint fails";
        co_return std::unexpected(std::move(error));
    }

    test::FakeChain& chain_;
};

class SendPathsTest : public test::FailoverTest {
  protected:
    SendPathsTest() {
        std::vector<RpcNode> nodes;
        nodes.push_back({"first", std::move(first_owned_)});
        nodes.push_back({"second", std::move(second_owned_)});
        std::vector<SendPath> paths;
        paths.push_back({"path", std::move(path_owned_)});
        rpc_ = make_failover_rpc(tasks_, std::move(nodes), policy_, metrics_, std::move(paths));
        start();
    }

    RpcResult<solana::Signature> send_all(std::uint32_t number) {
        auto answer = send(number);
        test::run_ready(io_); // the others' words
        return answer;
    }
    bool shows(const std::string& line) const {
        return metrics_.text().find("\n" + line + "\n") != std::string::npos;
    }

    std::unique_ptr<StubEndpoint> path_owned_ = std::make_unique<StubEndpoint>(chain_);
    StubEndpoint& path_ = *path_owned_;
};

TEST_F(SendPathsTest, ATransactionIsSimulatedOnceAndThenGoesToAllAtOnce) {
    EXPECT_TRUE(send_all(1).has_value());
    EXPECT_EQ(first_.calls["preflight"], 1);
    EXPECT_EQ(second_.calls["preflight"], 0);
    EXPECT_EQ(first_.sent, std::vector{Preflight::Skip});
    EXPECT_EQ(second_.sent, std::vector{Preflight::Skip});
    EXPECT_EQ(path_.calls, 1);
    EXPECT_TRUE(shows("relay_send_path_sends_total{outcome=\"taken\",path=\"path\"} 1"));
    EXPECT_TRUE(shows("relay_send_path_up{path=\"path\"} 1"));
}

TEST_F(SendPathsTest, WhatIsSentAgainGoesToAllWithoutAnotherSimulation) {
    const auto wire = wire_for(1);
    EXPECT_TRUE(run_task(clock_, rpc().send(wire, Preflight::Run)).has_value());
    EXPECT_TRUE(run_task(clock_, rpc().send(wire, Preflight::Skip)).has_value());
    test::run_ready(io_);
    EXPECT_EQ(first_.calls["preflight"], 1);
    EXPECT_EQ(path_.calls, 2);
}

TEST_F(SendPathsTest, WhatAPreflightRefusesGoesNowhere) {
    first_.verdict = test::program_error(0x1010); // a proof is invalid everywhere
    auto answer = send_all(1);
    ASSERT_FALSE(answer.has_value());
    EXPECT_EQ(answer.error().kind, Kind::PreflightFailed);
    EXPECT_EQ(answer.error().transaction_error->number, 0x1010U);
    EXPECT_EQ(second_.calls["preflight"], 0);
    EXPECT_EQ(path_.calls, 0);
    // What may be that node's state is asked of the next, and is the word where it says so, too.
    first_.verdict = test::program_error(solana::kRootNotFound);
    EXPECT_TRUE(send_all(2).has_value());
    second_.dead = {"preflight"};
    answer = send_all(3);
    ASSERT_FALSE(answer.has_value());
    EXPECT_EQ(answer.error().transaction_error->number, solana::kRootNotFound);
    EXPECT_EQ(path_.calls, 1);
}

TEST_F(SendPathsTest, ABlockhashThatNoNodeKnowsYetIsSentOnAtOnce) {
    first_.verdict.emplace().kind = solana::TransactionError::Kind::BlockhashNotFound;
    second_.verdict = first_.verdict;
    EXPECT_TRUE(send_all(1).has_value());
    EXPECT_EQ(path_.calls, 1);
}

TEST_F(SendPathsTest, WhereNoNodeSimulatesTheirOwnPreflightComesFirst) {
    first_.dead = second_.dead = {"preflight"};
    for (const auto kind : {Kind::Unsupported, Kind::Refused, Kind::Limited}) {
        first_.dies_as = second_.dies_as = kind;
        first_.sent.clear();
        path_.calls = 0;
        EXPECT_TRUE(send_all(kind == Kind::Refused ? 1 : 2).has_value());
        EXPECT_EQ(first_.sent, std::vector{Preflight::Run});
        EXPECT_EQ(path_.calls, 1);
    }
    first_.verdict = test::program_error(0x1010);
    EXPECT_FALSE(send_all(3).has_value());
    EXPECT_EQ(path_.calls, 1);
}

TEST_F(SendPathsTest, WhereTheNodesAreSilentNothingIsSentYet) {
    first_.dead = second_.dead = {"preflight"};
    EXPECT_EQ(send_all(1).error().kind, Kind::Unavailable);
    EXPECT_EQ(path_.calls, 0);
    EXPECT_TRUE(send_all(2).has_value()); // they are left alone for simulations, and send
    EXPECT_EQ(first_.sent, std::vector{Preflight::Run});
}

TEST_F(SendPathsTest, OnePathThatTookItIsEnough) {
    first_.dead = second_.dead = {"send"};
    first_.dies_as = second_.dies_as = Kind::Refused;
    EXPECT_TRUE(send_all(1).has_value());
    path_.fails_as = Kind::Refused;
    const auto answer = send_all(2);
    ASSERT_FALSE(answer.has_value());
    EXPECT_NE(answer.error().message.find("the stub is dead"), std::string::npos);
    EXPECT_TRUE(shows("relay_send_path_sends_total{outcome=\"refused\",path=\"path\"} 1"));
    EXPECT_TRUE(shows("relay_send_path_up{path=\"path\"} 1")); // it is there
}

TEST_F(SendPathsTest, AnEndpointThatIsAwayIsLeftAloneButForATryAPause) {
    path_.fails_as = Kind::Unavailable;
    EXPECT_TRUE(send_all(1).has_value());
    EXPECT_TRUE(send_all(2).has_value());
    EXPECT_EQ(path_.calls, 1);
    EXPECT_TRUE(shows("relay_send_path_up{path=\"path\"} 0"));
    path_.fails_as.reset();
    pass(milliseconds(25));
    EXPECT_TRUE(send_all(3).has_value());
    EXPECT_EQ(path_.calls, 2);
    EXPECT_TRUE(shows("relay_send_path_up{path=\"path\"} 1"));
    EXPECT_TRUE(shows("relay_send_path_sends_total{outcome=\"failed\",path=\"path\"} 1"));
}

TEST_F(SendPathsTest, AnEndpointThatLimitsIsPacedAndNobodyWaitsForIt) {
    path_.fails_as = Kind::Limited;
    EXPECT_TRUE(send_all(1).has_value());
    path_.fails_as.reset();
    const auto asked_at = clock_.now();
    EXPECT_TRUE(send(2).has_value());
    EXPECT_EQ(clock_.now(), asked_at);
    EXPECT_EQ(path_.calls, 1);
    pass(milliseconds(300)); // its turn has come
    EXPECT_EQ(path_.calls, 2);
}

} // namespace
} // namespace relay::rpc
