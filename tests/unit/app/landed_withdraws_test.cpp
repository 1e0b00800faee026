#include "landed_withdraws.hpp"

#include "relay/base/encoding.hpp"
#include "relay/solana/keypair.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/solana/transaction.hpp"
#include "support/solana/relay_keypair.hpp"
#include "support/solana/samples.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace relay::app {
namespace {

using nlohmann::json;

std::string answer(const json& result) {
    return json{{"jsonrpc", "2.0"}, {"id", 1}, {"result", result}}.dump();
}

TEST(LandedWithdraws, AreThoseThatDidNotFail) {
    const auto landed = read_landed(answer({{{"signature", "a"}, {"err", nullptr}},
                                            {{"signature", "b"}, {"err", {{"x", 1}}}},
                                            {{"signature", "c"}},
                                            {{"signature", 5}, {"err", nullptr}},
                                            "d",
                                            {{"signature", "e"}, {"err", nullptr}}}));
    ASSERT_TRUE(landed.has_value());
    EXPECT_THAT(*landed, testing::ElementsAre("a", "e"));
    EXPECT_TRUE(read_landed(answer(nullptr)).value().empty());
    for (const auto* bad : {"", "[]", "5", "{}", R"({"error":{"code":-32011,"message":"none"}})"}) {
        EXPECT_FALSE(read_landed(bad).has_value()) << bad;
    }
}

TEST(LandedWithdraws, AreReadFromTheirTransaction) {
    const auto plan = test::vector_plan();
    const auto withdraw = test::make_withdraw(7);
    const auto wire =
        solana::sign_transaction(test::load_relay_keypair(),
                                 solana::withdraw_instructions(plan, test::kBudget, withdraw),
                                 solana::Hash{})
            .wire;
    const auto told = answer({{"transaction", {base::encode_base64(wire), "base64"}}});
    EXPECT_EQ(read_withdraw(told, plan.program).value(), withdraw);
    EXPECT_EQ(read_withdraw(told, solana::Pubkey{{9}}).value(), std::nullopt);
    EXPECT_EQ(read_withdraw(answer(nullptr), plan.program).value(), std::nullopt);
    EXPECT_EQ(read_withdraw(answer({{"transaction", {"!", "base64"}}}), plan.program).value(),
              std::nullopt);
    EXPECT_FALSE(read_withdraw("{}", plan.program).has_value());
}

} // namespace
} // namespace relay::app
