#include "relay/rpc/codec.hpp"

#include "relay/base/encoding.hpp"
#include "relay/rpc/http_client.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/signature.hpp"
#include "relay/solana/transaction_error.hpp"
#include "relay/solana/units.hpp"
#include "support/solana/samples.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace relay::rpc::codec {
namespace {

using nlohmann::json;
using Kind = RpcError::Kind;

constexpr CallId kCall{17};

HttpReply reply(std::string body, unsigned status = 200) {
    HttpReply made;
    made.status = status;
    made.body = std::move(body);
    return made;
}

HttpReply result(const json& value) {
    return reply(json{{"jsonrpc", "2.0"}, {"id", kCall.value}, {"result", value}}.dump());
}

HttpReply error(int code, const json& data = nullptr, std::string message = "why") {
    json object = {{"code", code}, {"message", std::move(message)}};
    if (!data.is_null()) {
        object["data"] = data;
    }
    return reply(json{{"jsonrpc", "2.0"}, {"id", kCall.value}, {"error", object}}.dump());
}

HttpReply statuses(const json& values) {
    return result({{"context", {{"slot", 9}}}, {"value", values}});
}

json status(const json& slot, const json& level = "confirmed", const json& failure = nullptr) {
    return {{"slot", slot}, {"confirmations", 1}, {"err", failure}, {"confirmationStatus", level}};
}

// Calls

TEST(RpcCodec, WritesCalls) {
    const auto signature = test::make_signature(1);
    const auto params = [](const std::string& call) { return json::parse(call).at("params"); };
    EXPECT_EQ(json::parse(get_genesis_hash(kCall)), (json{{"jsonrpc", "2.0"},
                                                          {"id", kCall.value},
                                                          {"method", "getGenesisHash"},
                                                          {"params", json::array()}}));
    EXPECT_EQ(params(get_latest_blockhash(kCall, Commitment::Finalized)),
              json::parse(R"([{"commitment":"finalized"}])"));
    EXPECT_EQ(params(get_epoch_info(kCall)), json::parse(R"([{"commitment":"finalized"}])"));
    EXPECT_EQ(params(get_consensus(kCall)), json::array());
    EXPECT_EQ(params(get_balance(kCall, solana::kSystemProgram, Commitment::Confirmed)),
              json::parse(R"(["11111111111111111111111111111111",{"commitment":"confirmed"}])"));
    const base::Bytes wire = {1, 2, 3};
    EXPECT_EQ(params(send_transaction(kCall, wire, Preflight::Skip, Commitment::Confirmed)),
              json::parse(R"(["AQID",{"encoding":"base64","skipPreflight":true,
                              "maxRetries":0}])"));
    EXPECT_FALSE(params(send_transaction(kCall, wire, Preflight::Run, Commitment::Confirmed))
                     .at(1)
                     .at("skipPreflight")
                     .get<bool>());
    const std::vector<solana::Signature> both = {signature, test::make_signature(2)};
    EXPECT_EQ(
        params(get_signature_statuses(kCall, both, {.history = true})),
        (json{{both[0].to_string(), both[1].to_string()}, {{"searchTransactionHistory", true}}}));
    const std::vector<solana::Signature> one = {signature};
    EXPECT_EQ(params(get_signature_statuses(kCall, one, {})).at(0),
              (json::array({one[0].to_string()})));
    EXPECT_EQ(params(get_signature_statuses(kCall, one, {.reached = solana::Slot{5}})).at(1),
              (json{{"searchTransactionHistory", false},
                    {"minContextSlot", 5},
                    {"commitment", "finalized"}}));
}

// Answers

TEST(RpcCodec, ReadsGoodAnswers) {
    const auto blockhash = read_latest_blockhash(
        result({{"context", {{"slot", 1}}},
                {"value",
                 {{"blockhash", "SysvarC1ock11111111111111111111111111111111"},
                  {"lastValidBlockHeight", 3090}}}}),
        kCall);
    ASSERT_TRUE(blockhash.has_value());
    EXPECT_EQ(blockhash->last_valid_block_height, solana::BlockHeight{3090});
    EXPECT_EQ(solana::Pubkey{blockhash->blockhash}.to_string(),
              "SysvarC1ock11111111111111111111111111111111");
    EXPECT_EQ(read_signature(result(test::make_signature(3).to_string()), kCall).value(),
              test::make_signature(3));
    EXPECT_EQ(blockhash->slot, solana::Slot{1});
    EXPECT_EQ(
        read_epoch_info(result({{"absoluteSlot", 77}, {"blockHeight", 70}, {"epoch", 0}}), kCall)
            .value(),
        (EpochInfo{{77}, {70}}));
    EXPECT_EQ(read_consensus(result({{"slot", 5}}), kCall).value(), Consensus::Alpenglow);
    EXPECT_EQ(read_consensus(result(nullptr), kCall).value(), Consensus::Tower);
    EXPECT_EQ(read_consensus(error(-32601), kCall).value(), Consensus::Unknown);
    EXPECT_FALSE(read_consensus(error(-32603), kCall).has_value());
    EXPECT_EQ(
        read_balance(result({{"context", {{"slot", 1}}}, {"value", 18446744073709551615U}}), kCall)
            .value(),
        solana::Lamports{18446744073709551615U});
    EXPECT_EQ(read_genesis_hash(result("hash"), kCall).value(), "hash");
}

TEST(RpcCodec, ReadsStatuses) {
    const auto report = read_signature_statuses(
        statuses({nullptr, status(7, "processed"), status(8), status(9, "finalized"),
                  status(10, nullptr),
                  status(11, "finalized", {{"InstructionError", {2, {{"Custom", 4097}}}}})}),
        kCall, 6, Commitment::Confirmed);
    ASSERT_TRUE(report.has_value());
    ASSERT_EQ(report->statuses.size(), 6U);
    EXPECT_EQ(report->slot, solana::Slot{9});
    EXPECT_FALSE(report->statuses[0].has_value());
    EXPECT_FALSE(report->statuses[1]->committed);
    EXPECT_FALSE(report->statuses[2]->final);
    EXPECT_TRUE(report->statuses[3]->final);
    EXPECT_EQ(report->statuses[1]->slot, solana::Slot{7});
    EXPECT_TRUE(report->statuses[2]->committed);
    EXPECT_TRUE(report->statuses[3]->committed);
    EXPECT_FALSE(report->statuses[4]->committed);
    EXPECT_EQ(report->statuses[5]->error->number, 4097U);
}

TEST(RpcCodec, FinalizedAsksForMoreThanConfirmed) {
    const auto report = read_signature_statuses(statuses({status(8), status(9, "finalized")}),
                                                kCall, 2, Commitment::Finalized);
    ASSERT_TRUE(report.has_value());
    EXPECT_FALSE(report->statuses[0]->committed);
    EXPECT_TRUE(report->statuses[1]->committed);
}

TEST(RpcCodec, WithoutNamesOfLevelsNoConfirmationsLeftMeansRooted) {
    auto rooted = status(8, nullptr);
    rooted["confirmations"] = nullptr;
    const auto report = read_signature_statuses(statuses({rooted, status(9, nullptr)}), kCall, 2,
                                                Commitment::Finalized);
    ASSERT_TRUE(report.has_value());
    EXPECT_TRUE(report->statuses[0]->final);
    EXPECT_FALSE(report->statuses[1]->committed);
}

// Errors

TEST(RpcCodec, ClassifiesErrorsByNumber) {
    const json preflight = {{"err", "BlockhashNotFound"}, {"logs", json::array()}};
    struct Case {
        HttpReply reply;
        Kind kind;
        int code;
    };
    for (const Case& known : std::vector<Case>{
             {error(-32002, preflight), Kind::PreflightFailed, -32002},
             {error(-32002), Kind::Unavailable, -32002}, // why, it does not say
             {error(-32002, {{"err", nullptr}}), Kind::Unavailable, -32002},
             {error(-32003), Kind::Refused, -32003},
             {error(-32602), Kind::Refused, -32602},
             {error(-32005, {{"numSlotsBehind", 42}}), Kind::Unavailable, -32005},
             {error(-32603), Kind::Unavailable, -32603},
             {error(-32601), Kind::Unsupported, -32601},
             {error(-32600), Kind::Refused, -32600},
             {error(-32011), Kind::NoHistory, -32011},
             {error(-32016, {{"contextSlot", 5}}), Kind::NotReached, -32016},
             {error(-32007), Kind::Limited, -32007},
             {error(-32029), Kind::Limited, -32029},
             {error(429), Kind::Limited, 429},
             {reply(R"({"code":-32007,"message":"50/second request limit reached"})"),
              Kind::Limited, -32007}, // a gateway's, without the envelope
             {reply(R"({"code":-32602,"message":"x"})"), Kind::Unavailable, -32602},
             {reply(R"({"error":{"code":-32029,"message":"x"}})", 503), Kind::Limited, -32029},
             {reply("<html>Forbidden</html>", 403), Kind::Unavailable, 403},
             {reply("<html>origin error</html>", 520), Kind::Unavailable, 520},
             {error(-32000, preflight), Kind::Unavailable, -32000},
             {error(0, nullptr, "Transaction simulation failed: Blockhash not found"),
              Kind::Unavailable, 0}, // texts count for nothing
             {reply("slow down", 429), Kind::Limited, 429},
             {reply(error(-32602).body, 400), Kind::Refused, -32602},
             {reply("", 500), Kind::Unavailable, 500},
             {reply("<html>Bad gateway</html>", 502), Kind::Unavailable, 502},
             {reply(R"({"jsonrpc":"2.0","id":1,"result":5})", 503), Kind::Unavailable, 503},
             {reply(R"({"error":{"code":"-32602","message":"x"}})"), Kind::Unavailable, 0},
             {reply(R"({"error":{"code":-99999999999,"message":7}})"), Kind::Unavailable, 0},
             {reply(R"({"error":{}})"), Kind::Unavailable, 0},
             {reply(R"({"error":"x"})"), Kind::Unavailable, 0},
         }) {
        const auto answer = read_signature(known.reply, kCall);
        ASSERT_FALSE(answer.has_value()) << known.reply.body;
        EXPECT_EQ(answer.error().kind, known.kind) << known.reply.body;
        EXPECT_EQ(answer.error().code, known.code) << known.reply.body;
        EXPECT_FALSE(answer.error().message.empty()) << known.reply.body;
        EXPECT_EQ(answer.error().transaction_error.has_value(),
                  known.kind == Kind::PreflightFailed);
    }
}

TEST(RpcCodec, TellsANodeThatIsBehindFromAGatewayThatLimits) {
    // A node says by how much it is behind, or null.
    for (const json& data : {json{{"numSlotsBehind", 42}}, json{{"numSlotsBehind", nullptr}}}) {
        EXPECT_EQ(read_signature(error(-32005, data), kCall).error().kind, Kind::Unavailable);
    }
    EXPECT_EQ(read_signature(error(-32005), kCall).error().kind, Kind::Limited);
    const auto unpaid = read_signature(reply("<html>Payment Required</html>", 402), kCall);
    EXPECT_EQ(unpaid.error().kind, Kind::Limited);
    EXPECT_EQ(unpaid.error().code, 402);
}

TEST(RpcCodec, ObeysARetryAfterWithinReason) {
    auto limited = reply("slow down", 429);
    limited.retry_after = std::chrono::seconds(7);
    EXPECT_EQ(read_signature(limited, kCall).error().retry_after, std::chrono::seconds(7));
    for (const int nonsense : {-1, 61, 1'000'000'000}) {
        limited.retry_after = std::chrono::seconds(nonsense);
        EXPECT_FALSE(read_signature(limited, kCall).error().retry_after.has_value()) << nonsense;
    }
}

std::vector<std::string> garbage() {
    std::vector<std::string> bodies = {
        "",
        "null",
        "[]",
        "7",
        "\"x\"",
        "{}",
        "{\"result\"",
        R"({"id":17})",
        "\xff\xfe",
        R"({"id":17,"result":true})",
        R"({"id":17,"result":[]})",
        R"({"id":17,"result":{}})",
        R"({"id":17,"result":-1})",
        R"({"id":17,"result":1.5})",
        R"({"id":17,"result":1e300})",
        R"({"id":17,"result":18446744073709551616})",
        R"({"id":17,"result":18446744073709551615})",
        R"({"id":17,"result":""})",
        R"({"id":17,"result":"x"})",
        R"({"id":17,"result":{"value":null}})",
        R"({"id":17,"result":{"value":-5}})",
        R"({"id":17,"result":{"value":"5"}})",
        R"({"id":17,"result":{"value":18446744073709551616}})",
        R"({"id":17,"result":{"value":{"blockhash":7,"lastValidBlockHeight":1}}})",
        R"({"id":17,"result":{"value":{"blockhash":"x","lastValidBlockHeight":1}}})",
        R"({"id":17,"result":{"value":{"blockhash":"11111111111111111111111111111111"}}})",
        R"({"id":17,"result":{"value":{"blockhash":"11111111111111111111111111111111",
            "lastValidBlockHeight":9223372036854775808}}})",
        R"({"id":17,"result":{"value":{"blockhash":"11111111111111111111111111111111",
            "lastValidBlockHeight":-1}}})",
        std::string(20'000, '['),
        "{\"id\":17,\"result\":" + std::string(20'000, '[')};
    std::string nested;
    for (int depth = 0; depth < 5'000; ++depth) {
        nested += R"({"id":17,"result":)";
    }
    bodies.push_back(nested + "1" + std::string(5'000, '}'));
    return bodies;
}

TEST(RpcCodec, ConcludesNothingFromGarbage) {
    for (const auto& body : garbage()) {
        const auto shown = body.substr(0, 100);
        const auto expect_garbage = [&](const auto& answer) {
            ASSERT_FALSE(answer.has_value()) << shown;
            EXPECT_EQ(answer.error().kind, Kind::Unavailable) << shown;
        };
        expect_garbage(read_latest_blockhash(reply(body), kCall));
        expect_garbage(read_signature(reply(body), kCall));
        expect_garbage(read_signature_statuses(reply(body), kCall, 1, Commitment::Confirmed));
        expect_garbage(read_epoch_info(reply(body), kCall));
        expect_garbage(read_balance(reply(body), kCall));
        if (body != R"({"id":17,"result":""})" && body != R"({"id":17,"result":"x"})") {
            expect_garbage(read_genesis_hash(reply(body), kCall));
        }
    }
}

TEST(RpcCodec, BelievesOnlyTheAnswerToItsCall) {
    const auto answer = [](const std::string& id, const std::string& rest) {
        return reply("{" + id + rest + "}");
    };
    const std::string preflight =
        R"("error":{"code":-32002,"message":"x","data":{"err":"AccountNotFound"}})";
    const std::string refusal = R"("error":{"code":-32602,"message":"x"})";
    EXPECT_TRUE(read_balance(answer(R"("id":17,)", R"("result":{"value":5})"), kCall).has_value());
    EXPECT_EQ(read_signature(answer(R"("id":17,)", preflight), kCall).error().kind,
              Kind::PreflightFailed);
    for (const auto* id : {"", R"("id":null,)", R"("id":16,)", R"("id":-17,)", R"("id":17.0,)",
                           R"("id":"17",)", R"("id":[17],)"}) {
        const auto balance = read_balance(answer(id, R"("result":{"value":5})"), kCall);
        ASSERT_FALSE(balance.has_value()) << id;
        EXPECT_EQ(balance.error().kind, Kind::Unavailable) << id;
        for (const auto& error : {preflight, refusal}) {
            const auto sent = read_signature(answer(id, error), kCall);
            ASSERT_FALSE(sent.has_value()) << id;
            EXPECT_EQ(sent.error().kind, Kind::Unavailable) << id;
            EXPECT_FALSE(sent.error().transaction_error.has_value()) << id;
            EXPECT_NE(sent.error().message.find(": x"), std::string::npos) << id; // still told
        }
    }
}

TEST(RpcCodec, ConcludesNothingFromStatusesThatAreNotOneASignature) {
    for (const auto& [values, asked] : std::vector<std::pair<json, std::size_t>>{
             {json::array(), 1},
             {{nullptr, nullptr}, 1},
             {json::array({nullptr}), 2},
             {json::array({7}), 1},
             {json::array({json::object()}), 1},
             {json::array({status(nullptr)}), 1},
             {json::array({status("7")}), 1},
             {json::array({status(-7)}), 1},
             {json::array({status(9223372036854775808U)}), 1},
             {nullptr, 1},
             {json::object(), 0},
         }) {
        const auto report =
            read_signature_statuses(statuses(values), kCall, asked, Commitment::Confirmed);
        ASSERT_FALSE(report.has_value()) << values;
        EXPECT_EQ(report.error().kind, Kind::Unavailable);
    }
    const json many(257, nullptr);
    EXPECT_TRUE(
        read_signature_statuses(statuses(many), kCall, 257, Commitment::Confirmed).has_value());
    EXPECT_FALSE(
        read_signature_statuses(statuses(many), kCall, 256, Commitment::Confirmed).has_value());
}

TEST(RpcCodec, ShortensLongTextsBetweenCharacters) {
    for (std::size_t before = 0; before < 4; ++before) {
        std::string message(before, 'a');
        for (int count = 0; count < 200; ++count) {
            message += "✓";
        }
        const auto answer = read_signature(error(-32603, nullptr, message), kCall);
        ASSERT_FALSE(answer.has_value());
        EXPECT_LT(answer.error().message.size(), 350U);
        EXPECT_NO_THROW(static_cast<void>(json(answer.error().message).dump())) << before;
    }
}

} // namespace
} // namespace relay::rpc::codec
