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

HttpReply error(int code, const json& data = nullptr, std::string message = "why") {
    json object = {{"code", code}, {"message", std::move(message)}};
    if (!data.is_null()) {
        object["data"] = data;
    }
    return reply(json{{"jsonrpc", "2.0"}, {"id", kCall.value}, {"error", object}}.dump());
}

using Failure = solana::TransactionError::Kind;
struct Case {
    const char* text;
    Failure kind;
    unsigned instruction = 0;
    std::uint32_t number = 0;
    unsigned account = 0;
};

const std::vector<Case> kTransactionErrors = {
    Case{R"({"InstructionError":[2,{"Custom":4112}]})", Failure::Custom, 2, 4112},
    Case{R"({"InstructionError":[0,{"Custom":0}]})", Failure::Custom},
    Case{R"({"InstructionError":[255,{"Custom":4294967295}]})", Failure::Custom, 255, 4294967295U},
    Case{R"({"InstructionError":[256,{"Custom":1}]})", Failure::Other},
    Case{R"({"InstructionError":[2,{"Custom":4294967296}]})", Failure::Other},
    Case{R"({"InstructionError":[2,{"Custom":-1}]})", Failure::Other},
    Case{R"({"InstructionError":[2,{"Custom":1.0}]})", Failure::Other},
    Case{R"({"InstructionError":[2,"InvalidArgument"]})", Failure::Other},
    Case{R"({"InstructionError":[2,"ComputationalBudgetExceeded"]})", Failure::ComputeExceeded, 2},
    Case{R"({"InstructionError":[2,"ProgramFailedToComplete"]})", Failure::ProgramStopped, 2},
    Case{R"({"InstructionError":[300,"ProgramFailedToComplete"]})", Failure::Other},
    Case{R"({"InstructionError":[2]})", Failure::Other},
    Case{R"({"InstructionError":2})", Failure::Other},
    Case{R"("BlockhashNotFound")", Failure::BlockhashNotFound},
    Case{R"("AlreadyProcessed")", Failure::AlreadyProcessed},
    Case{R"("AccountNotFound")", Failure::PayerUnfunded},
    Case{R"("InsufficientFundsForFee")", Failure::PayerUnfunded},
    Case{R"("InvalidAccountForFee")", Failure::PayerUnfunded},
    Case{R"("MaxLoadedAccountsDataSizeExceeded")", Failure::LoadedTooMuch},
    Case{R"({"InsufficientFundsForRent":{"account_index":0}})", Failure::PayerUnfunded},
    Case{R"({"InsufficientFundsForRent":{"account_index":5}})", Failure::InsufficientFundsForRent,
         0, 0, 5},
    Case{R"({"InsufficientFundsForRent":{"account_index":300}})", Failure::Other},
    Case{R"({"InsufficientFundsForRent":{}})", Failure::Other},
    Case{R"("SomethingNew")", Failure::Other},
    Case{R"(7)", Failure::Other},
    Case{R"([])", Failure::Other},
};

TEST(ErrorJson, ReadsTransactionErrors) {
    for (const auto& known : kTransactionErrors) {
        const auto answer =
            read_signature(error(-32002, {{"err", json::parse(known.text)}}), kCall);
        ASSERT_FALSE(answer.has_value());
        ASSERT_TRUE(answer.error().transaction_error.has_value()) << known.text;
        const auto& failure = *answer.error().transaction_error;
        EXPECT_EQ(failure.kind, known.kind) << known.text;
        EXPECT_EQ(failure.instruction, known.instruction) << known.text;
        EXPECT_EQ(failure.number, known.number) << known.text;
        EXPECT_EQ(failure.account_index, known.account) << known.text;
        EXPECT_FALSE(failure.text.empty());
    }
}

TEST(ErrorJson, APreflightTellsHowManyUnitsWereConsumed) {
    const json stopped = {{"InstructionError", {2, "ProgramFailedToComplete"}}};
    const auto units = [&](const json& consumed) {
        return read_signature(error(-32002, {{"err", stopped}, {"unitsConsumed", consumed}}), kCall)
            .error()
            .transaction_error->units_consumed;
    };
    EXPECT_EQ(units(400'000), 400'000U);
    EXPECT_FALSE(units(nullptr).has_value());
    EXPECT_FALSE(units(-1).has_value());
}

} // namespace
} // namespace relay::rpc::codec
