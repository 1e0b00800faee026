// The calls that say whether the check of proofs may be believed, and what a transaction is to bid.

#include "relay/base/encoding.hpp"
#include "relay/rpc/codec.hpp"
#include "relay/rpc/http_client.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/units.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace relay::rpc::codec {
namespace {

using nlohmann::json;

constexpr CallId kCall{17};

HttpReply result(const json& value) {
    HttpReply reply;
    reply.status = 200;
    reply.body = json{{"jsonrpc", "2.0"}, {"id", kCall.value}, {"result", value}}.dump();
    return reply;
}

json params(const std::string& call) {
    return json::parse(call).at("params");
}

TEST(SimulationCodec, AsksForNeitherSignatureNorBlockhash) {
    const base::Bytes wire = {1, 2, 3};
    EXPECT_EQ(params(simulate_transaction(kCall, wire, Commitment::Finalized)),
              json::parse(R"(["AQID",{"encoding":"base64","sigVerify":false,
                              "replaceRecentBlockhash":true,"commitment":"finalized"}])"));
}

TEST(SimulationCodec, ReadsWhatWouldComeOfIt) {
    const auto read = [](const json& value) {
        return read_simulation(result({{"context", {{"slot", 1}}}, {"value", value}}), kCall);
    };
    EXPECT_FALSE(read({{"err", nullptr}, {"logs", json::array()}}).value().error.has_value());
    const auto failed = read(json::parse(R"({"err":{"InstructionError":[2,{"Custom":4112}]}})"));
    ASSERT_TRUE(failed.value().error.has_value());
    EXPECT_EQ(failed.value().error->number, 0x1010U);
    for (const auto& bad : {json(nullptr), json::object(), json(5), json::array()}) {
        EXPECT_FALSE(read(bad).has_value()) << bad;
    }
    EXPECT_FALSE(read_simulation(result(nullptr), kCall).has_value());
}

TEST(SimulationCodec, ReadsWhatItTookWhereTheNodeTells) {
    const auto read = [](const char* value) {
        return read_simulation(result({{"value", json::parse(value)}}), kCall).value();
    };
    const auto told = read(R"({"err":null,"unitsConsumed":150,"loadedAccountsDataSize":4096})");
    EXPECT_EQ(told.units, 150U);
    EXPECT_EQ(told.loaded_bytes, 4096U);
    for (const auto* untold :
         {R"({"err":null})", R"({"err":null,"unitsConsumed":null,"loadedAccountsDataSize":-1})",
          R"({"err":null,"unitsConsumed":"150","loadedAccountsDataSize":1.5})"}) {
        EXPECT_EQ(read(untold).units, std::nullopt) << untold;
        EXPECT_EQ(read(untold).loaded_bytes, std::nullopt) << untold;
    }
}

TEST(PricesCodec, NamesTheAccounts) {
    const auto one = solana::Pubkey::parse("c1oak6tetxYnNfvXKFkpn1d98FxtK7B68vBQLYQpWKp").value();
    EXPECT_EQ(params(get_recent_prices(kCall, std::vector{one})),
              json::parse(R"([["c1oak6tetxYnNfvXKFkpn1d98FxtK7B68vBQLYQpWKp"]])"));
}

TEST(PricesCodec, ReadsThemInTheOrderOfTheirSlots) {
    const auto read = [](const json& value) { return read_recent_prices(result(value), kCall); };
    const auto prices = read(json::parse(R"([{"slot":8,"prioritizationFee":5},
                                             {"slot":7,"prioritizationFee":0}])"));
    ASSERT_TRUE(prices && prices->size() == 2);
    EXPECT_EQ(prices->at(0).slot.value, 7U);
    EXPECT_EQ(prices->at(1).slot.value, 8U);
    EXPECT_EQ(prices->at(1).lowest.value, 5U);
    EXPECT_TRUE(read(json::array()).value().empty());
    for (const auto* bad :
         {"null", "{}", "[5]", R"([{"slot":8}])", R"([{"prioritizationFee":5}])",
          R"([{"slot":-8,"prioritizationFee":5}])", R"([{"slot":8,"prioritizationFee":1.5}])"}) {
        EXPECT_FALSE(read(json::parse(bad)).has_value()) << bad;
    }
}

TEST(DeploymentCodec, AsksForTheFirstBytesOfTheProgramsData) {
    const auto program =
        solana::Pubkey::parse("c1oak6tetxYnNfvXKFkpn1d98FxtK7B68vBQLYQpWKp").value();
    EXPECT_EQ(params(get_deployment(kCall, program, Commitment::Finalized)),
              json::parse(R"(["8gtfTXiKHY9QRjGMqY1EVtVg9deYZBJTCitq19tLk4UN",
                              {"encoding":"base64","commitment":"finalized",
                               "dataSlice":{"offset":0,"length":12}}])"));
}

TEST(DeploymentCodec, ReadsTheSlot) {
    const auto read = [](const json& value) {
        return read_deployment(result({{"context", {{"slot", 1}}}, {"value", value}}), kCall);
    };
    const base::Bytes data = {3, 0, 0, 0, 0x39, 0x30, 0, 0, 0, 0, 0, 0};
    EXPECT_EQ(read({{"data", {base::encode_base64(data), "base64"}}}).value(),
              std::optional(solana::Slot{12'345}));
    EXPECT_EQ(read(nullptr).value(), std::nullopt); // a program that cannot change
    for (const auto& bad : {json(5), json::object(), json{{"data", nullptr}}, json{{"data", {5}}},
                            json{{"data", {"!"}}}, json{{"data", {"AgAAAAAAAAAAAAAA"}}}}) {
        EXPECT_FALSE(read(bad).has_value()) << bad;
    }
    EXPECT_FALSE(read_deployment(result(json::object()), kCall).has_value());
}

} // namespace
} // namespace relay::rpc::codec
