// The RPC over HTTP, against a small server that answers each call with its id.

#include "relay/rpc/http_rpc.hpp"

#include "relay/base/clock.hpp"
#include "relay/base/encoding.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/observability/metrics.hpp"
#include "relay/rpc/http_client.hpp"
#include "relay/rpc/node_rpc.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/signature.hpp"
#include "relay/solana/units.hpp"
#include "support/base/http_server.hpp"
#include "support/base/run_task.hpp"
#include "support/solana/samples.hpp"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay::rpc {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using test::HttpServer;
using test::run_task;
using Request = HttpServer::Request;

class HttpRpcTest : public testing::Test {
  protected:
    HttpRpcTest() {
        server_.answer = [](const Request& request) {
            const auto call = json::parse(request.body());
            const auto& method = call.at("method");
            json result = {{"value", {nullptr}}};
            if (method == "getEpochInfo") {
                result = {{"absoluteSlot", 99}, {"blockHeight", 77}};
            } else if (method == "sendTransaction") {
                result = test::make_signature(3).to_string();
            }
            return HttpServer::make_response(
                json{{"id", call.at("id")}, {"result", result}}.dump());
        };
    }

    ~HttpRpcTest() override {
        run_task(io_, sends_.join());
        run_task(io_, server_.stop());
    }

    static base::Task<void> send(HttpRpcTest* test) {
        base::Bytes wire = {1, 2, 3};
        const auto sent = co_await test->rpc_->send(std::move(wire), Preflight::Run);
        ++(sent == test::make_signature(3) ? test->sent_ : test->unavailable_);
    }

    void send_together(std::size_t count) {
        server_.most_busy = 0;
        for (std::size_t index = 0; index < count; ++index) {
            sends_.spawn("send", send(this));
        }
        run_task(io_, sends_.join());
    }

    bool counted(const std::string& method, int calls) const {
        const auto line = "\nrelay_rpc_calls_total{method=\"" + method + "\",node=\"" +
                          settings().url.display() + "\",outcome=\"ok\"} " + std::to_string(calls) +
                          "\n";
        return metrics_.text().find(line) != std::string::npos;
    }

    HttpRpcSettings settings() const {
        HttpRpcSettings chosen;
        chosen.url = Url::parse(server_.url()).value();
        return chosen;
    }

    boost::asio::io_context io_;
    base::SteadyClock clock_{io_.get_executor()};
    HttpServer server_{io_};
    observability::MetricsRegistry metrics_;
    base::TaskGroup sends_{clock_,
                           [](std::string_view, const std::exception_ptr&) { ADD_FAILURE(); }};
    std::unique_ptr<NodeRpc> rpc_ = make_http_rpc(io_.get_executor(), settings(), metrics_);
    std::size_t sent_ = 0;
    std::size_t unavailable_ = 0;
};

TEST_F(HttpRpcTest, AsksAndReads) {
    EXPECT_EQ(run_task(io_, rpc_->epoch_info()).value(), (EpochInfo{{99}, {77}}));
    server_.requests.clear();
    const StatusQuery query{.reached = solana::Slot{99}, .history = true};
    EXPECT_TRUE(run_task(io_, rpc_->signature_statuses({solana::Signature{}}, query)).has_value());
    ASSERT_EQ(server_.requests.size(), 1U);
    EXPECT_NE(server_.requests[0].body().find("\"searchTransactionHistory\":true"),
              std::string::npos);
    EXPECT_NE(server_.requests[0].body().find("\"minContextSlot\":99"), std::string::npos);
    EXPECT_TRUE(counted("getEpochInfo", 1));
    server_.answer = [](const Request&) { return HttpServer::make_response("<html>", 502); };
    const auto failed = run_task(io_, rpc_->latest_blockhash());
    ASSERT_FALSE(failed.has_value());
    EXPECT_EQ(failed.error().kind, RpcError::Kind::Unavailable);
}

TEST_F(HttpRpcTest, BelievesNoAnswerToAnotherCall) {
    server_.answer = [](const Request&) {
        return HttpServer::make_response(
            R"({"jsonrpc":"2.0","id":99,"result":{"absoluteSlot":9,"blockHeight":7}})");
    };
    const auto height = run_task(io_, rpc_->epoch_info());
    ASSERT_FALSE(height.has_value());
    EXPECT_EQ(height.error().kind, RpcError::Kind::Unavailable);
}

TEST_F(HttpRpcTest, ARefusalOfWhatMayHaveBeenTakenBeforeIsNoRefusal) {
    int posts = 0;
    server_.answer = [this, &posts](const Request& request) {
        const auto call = json::parse(request.body());
        json answer = {{"id", call.at("id")}};
        if (call.at("method") != "sendTransaction") {
            answer["result"] = {{"value", 5}};
        } else if (++posts == 1) {
            server_.drop_connections(); // taken, and cut without a word
        } else {
            answer["error"] = {
                {"code", -32002}, {"message", "x"}, {"data", {{"err", "AccountNotFound"}}}};
        }
        return HttpServer::make_response(answer.dump());
    };
    EXPECT_TRUE(run_task(io_, rpc_->balance(solana::Pubkey{})).has_value()); // a kept connection
    const auto sent = run_task(io_, rpc_->send({1, 2, 3}, Preflight::Run));
    ASSERT_FALSE(sent.has_value());
    EXPECT_EQ(posts, 2);
    EXPECT_EQ(sent.error().kind, RpcError::Kind::Unavailable);
}

TEST_F(HttpRpcTest, LearnsHowManySignaturesANodeTakes) {
    std::vector<std::size_t> sizes;
    server_.answer = [&sizes](const Request& request) {
        const auto call = json::parse(request.body());
        const auto count = call.at("params").at(0).size();
        sizes.push_back(count);
        json answer = {{"id", call.at("id")}};
        if (count > 5) {
            answer["error"] = {{"code", -32602}, {"message", "at most 5"}};
        } else {
            answer["result"] = {{"context", {{"slot", 100 - count}}},
                                {"value", json(count, nullptr)}};
        }
        return HttpServer::make_response(answer.dump());
    };
    const std::vector<solana::Signature> twelve(12);
    const auto report = run_task(io_, rpc_->signature_statuses(twelve, {}));
    ASSERT_TRUE(report.has_value());
    EXPECT_EQ(report->statuses.size(), 12U);
    EXPECT_EQ(report->slot, solana::Slot{95}); // the one that all parts are good for
    EXPECT_EQ(sizes, (std::vector<std::size_t>{12, 5, 5, 2}));
    EXPECT_TRUE(run_task(io_, rpc_->signature_statuses(twelve, {})).has_value());
    EXPECT_EQ(sizes.size(), 7U); // it is not asked for twelve again
}

TEST_F(HttpRpcTest, ARefusalThatIsNotForTheNumberTeachesNothing) {
    std::size_t largest = 0;
    bool refuses = true;
    server_.answer = [&](const Request& request) {
        const auto call = json::parse(request.body());
        const auto count = call.at("params").at(0).size();
        largest = std::max(largest, count);
        json answer = {{"id", call.at("id")}};
        if (refuses) {
            answer["error"] = {{"code", -32602}, {"message", "never"}};
        } else {
            answer["result"] = {{"value", json(count, nullptr)}};
        }
        return HttpServer::make_response(answer.dump());
    };
    const std::vector<solana::Signature> twelve(12);
    EXPECT_EQ(run_task(io_, rpc_->signature_statuses(twelve, {})).error().kind,
              RpcError::Kind::Refused);
    refuses = false;
    largest = 0;
    EXPECT_TRUE(run_task(io_, rpc_->signature_statuses(twelve, {})).has_value());
    EXPECT_EQ(largest, 12U);
}

TEST_F(HttpRpcTest, ANodeThatRefusesConfirmedIsAskedForFinalized) {
    auto chosen = settings();
    chosen.commitment = Commitment::Confirmed;
    rpc_ = make_http_rpc(io_.get_executor(), std::move(chosen), metrics_);
    std::vector<std::string> levels;
    server_.answer = [&levels](const Request& request) {
        const auto call = json::parse(request.body());
        levels.push_back(call.at("params").at(1).at("commitment"));
        json answer = {{"id", call.at("id")}};
        if (levels.back() == "confirmed") {
            answer["error"] = {{"code", -32602}, {"message", "unknown variant"}};
        } else {
            answer["result"] = {{"value", 5}};
        }
        return HttpServer::make_response(answer.dump());
    };
    EXPECT_TRUE(run_task(io_, rpc_->balance(solana::Pubkey{})).has_value());
    EXPECT_TRUE(run_task(io_, rpc_->balance(solana::Pubkey{})).has_value());
    EXPECT_EQ(levels, (std::vector<std::string>{"confirmed", "finalized", "finalized"}));
}

TEST_F(HttpRpcTest, SendsGoSideBySide) {
    server_.crowd = 20; // fewer at once would wait for the time limit
    send_together(20);
    EXPECT_EQ(sent_, 20U);
    send_together(20);
    EXPECT_EQ(server_.connections, 20U); // each for its next call, too
    EXPECT_TRUE(counted("sendTransaction", 40));
}

TEST_F(HttpRpcTest, EverySendEndsWithinTheTimeLimit) {
    auto chosen = settings();
    chosen.limits.connections = 1;
    chosen.limits.timeout = milliseconds(200);
    rpc_ = make_http_rpc(io_.get_executor(), std::move(chosen), metrics_);
    server_.delay = std::chrono::hours(1);
    const auto began = std::chrono::steady_clock::now();
    send_together(400); // one by one, each for the whole limit, they would take over ten seconds
    EXPECT_EQ(unavailable_, 400U);
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(5));
}

} // namespace
} // namespace relay::rpc
