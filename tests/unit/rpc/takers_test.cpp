#include "takers.hpp"

#include "relay/rpc/rpc.hpp"
#include "relay/solana/signature.hpp"
#include "support/base/run_task.hpp"
#include "support/rpc/fake_chain.hpp"
#include "support/solana/samples.hpp"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include <expected>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace relay::rpc {
namespace {

using Kind = RpcError::Kind;

SendAnswer refusal(Kind kind, const std::string& who) {
    RpcError error;
    error.kind = kind;
    error.message = who;
    if (kind == Kind::PreflightFailed) {
        error.transaction_error = test::program_error(0x1010);
    }
    return std::unexpected(std::move(error));
}

SendAnswer taken() {
    return test::make_signature(1);
}

TEST(Takers, OneThatTookItCountsElseTheNodesWordThatBindsMost) {
    struct Case {
        std::vector<SendAnswer> nodes;
        std::vector<SendAnswer> paths;
        /// None: it was taken.
        std::optional<Kind> kind;
        std::string word;
    };
    const auto at_node = [](Kind kind) { return refusal(kind, "node"); };
    const auto at_path = [](Kind kind) { return refusal(kind, "path"); };
    for (const auto& known : {
             Case{{}, {}, Kind::Limited, "none"},
             Case{{at_node(Kind::Refused)}, {taken()}, {}, ""},
             Case{{taken()}, {at_path(Kind::Refused)}, {}, ""},
             Case{{at_node(Kind::Refused)}, {at_path(Kind::Limited)}, Kind::Refused, "node"},
             // An endpoint judges nothing.
             Case{
                 {at_node(Kind::Limited)}, {at_path(Kind::PreflightFailed)}, Kind::Limited, "node"},
             // It may have taken it without a word.
             Case{
                 {at_node(Kind::Refused)}, {at_path(Kind::Unavailable)}, Kind::Unavailable, "path"},
             Case{{at_node(Kind::Unavailable)},
                  {at_path(Kind::Unavailable)},
                  Kind::Unavailable,
                  "node"},
             Case{{}, {at_path(Kind::Refused)}, Kind::Limited, "none"},
             Case{{at_node(Kind::Refused), at_node(Kind::PreflightFailed)},
                  {},
                  Kind::PreflightFailed,
                  "node"},
         }) {
        boost::asio::io_context io;
        Takers takers(io.get_executor(), known.nodes.size() + known.paths.size(),
                      refusal(Kind::Limited, "none").error());
        for (const auto& word : known.paths) {
            takers.path_told(word);
        }
        for (const auto& word : known.nodes) {
            takers.node_told(word);
        }
        const auto answer = test::run_task(io, takers.get());
        ASSERT_EQ(answer.has_value(), !known.kind.has_value());
        if (!answer) {
            EXPECT_EQ(answer.error().kind, known.kind);
            EXPECT_EQ(answer.error().message, known.word);
        }
    }
}

TEST(Takers, NobodyWaitsForTheOthersOnceItIsTaken) {
    boost::asio::io_context io;
    Takers takers(io.get_executor(), 3, {});
    takers.node_told(refusal(Kind::Refused, "node"));
    takers.path_told(taken());
    EXPECT_TRUE(test::run_task(io, takers.get()).has_value());
    takers.node_told(taken());
}

} // namespace
} // namespace relay::rpc
