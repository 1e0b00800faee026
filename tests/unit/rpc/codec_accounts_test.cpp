// What is asked and read of accounts.

#include "relay/base/encoding.hpp"
#include "relay/rpc/codec.hpp"
#include "relay/rpc/http_client.hpp"
#include "relay/rpc/node_rpc.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/units.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace relay::rpc::codec {
namespace {

using nlohmann::json;

constexpr CallId kCall{17};

HttpReply result(const json& value) {
    HttpReply made;
    made.status = 200;
    made.body = json{{"jsonrpc", "2.0"}, {"id", kCall.value}, {"result", value}}.dump();
    return made;
}

json account(const json& data, const json& lamports = 5,
             const json& owner = "11111111111111111111111111111111") {
    return {{"data", data},   {"executable", false}, {"lamports", lamports},
            {"owner", owner}, {"rentEpoch", 0},      {"space", 3}};
}

const json kData = {"AQID", "base64"};

HttpReply accounts(const json& values, const json& slot = 9) {
    return result({{"context", {{"slot", slot}}}, {"value", values}});
}

json params(const std::string& call) {
    return json::parse(call).at("params");
}

TEST(RpcCodecAccounts, WritesCalls) {
    const std::vector<solana::Pubkey> asked = {solana::kSystemProgram};
    const json addresses = {"11111111111111111111111111111111"};
    EXPECT_EQ(params(get_accounts(kCall, asked, {}, Commitment::Confirmed)),
              (json{addresses, {{"encoding", "base64"}, {"commitment", "confirmed"}}}));
    const AccountsQuery query{
        .data = AccountData::Leave, .final = true, .reached = solana::Slot{5}};
    EXPECT_EQ(params(get_accounts(kCall, asked, query, Commitment::Confirmed)),
              (json{addresses,
                    {{"encoding", "base64"},
                     {"commitment", "finalized"},
                     {"dataSlice", {{"offset", 0}, {"length", 0}}},
                     {"minContextSlot", 5}}}));
    EXPECT_EQ(params(get_minimum_balance(kCall)), json::array({0}));
}

TEST(RpcCodecAccounts, ReadsWhatIsThereAndWhatIsNot) {
    const auto report = read_accounts(accounts({account(kData), nullptr}), kCall, 2);
    ASSERT_TRUE(report.has_value());
    EXPECT_EQ(report->slot, solana::Slot{9});
    ASSERT_EQ(report->accounts.size(), 2U);
    ASSERT_TRUE(report->accounts[0].has_value());
    EXPECT_EQ(report->accounts[0]->owner, solana::kSystemProgram);
    EXPECT_EQ(report->accounts[0]->lamports, solana::Lamports{5});
    EXPECT_EQ(report->accounts[0]->data, (base::Bytes{1, 2, 3}));
    EXPECT_FALSE(report->accounts[1].has_value());
    EXPECT_EQ(read_minimum_balance(result(890'880), kCall).value(), solana::Lamports{890'880});
}

TEST(RpcCodecAccounts, WhatIsNoAccountIsGarbage) {
    const json not_accounts = {
        1,
        "text",
        json::array(),
        json::object(),
        account(json::array({"AQID"})),
        account({"AQID", "base58"}),
        account({"AQI", "base64"}),
        account({1, "base64"}),
        account("AQID"),
        account(kData, -1),
        account(kData, 1.5),
        account(kData, "5"),
        account(kData, 5, "no key"),
        account(kData, 5, nullptr),
    };
    for (const auto& value : not_accounts) {
        EXPECT_FALSE(read_accounts(accounts(json::array({value})), kCall, 1).has_value()) << value;
    }
    EXPECT_FALSE(read_accounts(accounts(json::array({nullptr})), kCall, 2).has_value());
    EXPECT_FALSE(read_accounts(accounts({nullptr, nullptr}), kCall, 1).has_value());
    EXPECT_FALSE(read_accounts(accounts(nullptr), kCall, 0).has_value());
    EXPECT_FALSE(read_accounts(accounts(json::array({nullptr}), "9"), kCall, 1).has_value());
    EXPECT_FALSE(read_minimum_balance(result(-1), kCall).has_value());
    EXPECT_FALSE(read_minimum_balance(result("1"), kCall).has_value());
}

TEST(RpcCodecAccounts, DataIsBounded) {
    const auto read = [](std::size_t bytes) {
        const auto text = base::encode_base64(base::Bytes(bytes));
        return read_accounts(accounts(json::array({account(json::array({text, "base64"}))})), kCall,
                             1)
            .has_value();
    };
    EXPECT_TRUE(read(kMostAccountData));
    EXPECT_FALSE(read(kMostAccountData + 10));
}

} // namespace
} // namespace relay::rpc::codec
