// A send-only endpoint over HTTP.

#include "relay/rpc/send_path.hpp"

#include "relay/rpc/http_client.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/rpc/url.hpp"
#include "support/base/http_server.hpp"
#include "support/base/run_task.hpp"
#include "support/solana/samples.hpp"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>
#include <nlohmann/json.hpp>

#include <string>

namespace relay::rpc {
namespace {

using nlohmann::json;
using test::HttpServer;
using test::run_task;

TEST(SendEndpoint, IsGivenTheTransactionAloneAndQuotesNoSecret) {
    boost::asio::io_context io;
    HttpServer server(io);
    const auto endpoint = make_http_send_endpoint(
        io.get_executor(), Url::parse(server.url() + "/v1?key=hunter2-hunter2").value(), {});
    json call;
    server.answer = [&](const HttpServer::Request& request) {
        call = json::parse(request.body());
        const auto result = test::make_signature(3).to_string();
        return HttpServer::make_response(json{{"id", call.at("id")}, {"result", result}}.dump());
    };
    EXPECT_EQ(run_task(io, endpoint->send({1, 2, 3})), test::make_signature(3));
    EXPECT_EQ(call.at("method"), "sendTransaction");
    EXPECT_EQ(call.at("params"), json::parse(R"(["AQID",{"encoding":"base64","maxRetries":0,
                                                         "skipPreflight":true}])"));
    server.answer = [&](const HttpServer::Request& request) {
        const json error = {{"code", -32602}, {"message", "no: " + std::string(request.target())}};
        return HttpServer::make_response(
            json{{"id", json::parse(request.body()).at("id")}, {"error", error}}.dump());
    };
    const auto refused = run_task(io, endpoint->send({}));
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().kind, RpcError::Kind::Refused);
    EXPECT_EQ(refused.error().message.find("hunter2"), std::string::npos);
    run_task(io, server.stop());
}

} // namespace
} // namespace relay::rpc
