#include "relay/withdraw/request.hpp"

#include "relay/base/encoding.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/solana/transaction.hpp"
#include "relay/solana/units.hpp"
#include "support/base/vectors.hpp"
#include "support/solana/samples.hpp"
#include "support/withdraw/withdraw_bodies.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace relay::withdraw {
namespace {

using Json = nlohmann::json;

bool accepted(const Json& body) {
    return parse_request(body.dump(), test::vector_rules()).has_value();
}

std::string upper(std::string text) {
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::toupper(c); });
    return text;
}

TEST(WithdrawRequest, Vectors) {
    const Rules rules = test::vector_rules();
    for (const Json& known : test::load_vectors("withdraw_requests.json").at("requests")) {
        const auto withdraw = parse_request(known.at("body").dump(), rules);
        ASSERT_TRUE(withdraw.has_value()) << withdraw.error().message;
        EXPECT_EQ(base::encode_hex(solana::encode_withdraw(*withdraw)),
                  known.at("instruction_data_hex").get<std::string>());
        EXPECT_EQ(rules.fees.fee(withdraw->amount),
                  solana::Lamports{known.at("fee").get<std::uint64_t>()});
        const auto instruction =
            solana::withdraw_instruction(rules.plan.program, rules.plan.accounts, *withdraw);
        Json accounts = Json::array();
        for (const solana::AccountMeta& account : instruction.accounts) {
            accounts.push_back({{"address", account.address.to_string()},
                                {"writable", account.writable},
                                {"signer", account.signer}});
        }
        EXPECT_EQ(accounts, known.at("accounts"));
    }
}

TEST(WithdrawRequest, TakesHexInEitherCaseWithOrWithoutPrefix) {
    const Rules rules = test::vector_rules();
    const Json plain = test::withdraw_body();
    Json prefixed = plain;
    Json capital = plain;
    for (const char* name : {"root", "nf", "outputs_hash"}) {
        const auto digits = plain["public_inputs"][name].get<std::string>();
        prefixed["public_inputs"][name] = "0x" + digits;
        capital["public_inputs"][name] = upper(digits);
    }
    const auto expected = parse_request(plain.dump(), rules).value();
    EXPECT_EQ(parse_request(prefixed.dump(), rules).value(), expected);
    EXPECT_EQ(parse_request(capital.dump(), rules).value(), expected);
}

TEST(WithdrawRequest, IgnoresFieldsThatChangeNothing) {
    Json body = test::withdraw_body();
    body["swap"] = nullptr;
    body["note"] = nullptr;
    body["outputs"][0]["label"] = {1, 2, {{"a", 1.5}}};
    body["policy"]["more"] = true;
    body["public_inputs"]["more"] = Json::array();
    EXPECT_TRUE(accepted(body));
}

TEST(WithdrawRequest, TakesTheProofOfAnSp1Bundle) {
    for (const Json& known : test::load_vectors("sp1_groth16.json").at("bundles")) {
        Json body = test::withdraw_body();
        body["proof_bytes"] = known.at("base64");
        const auto withdraw = parse_request(body.dump(), test::vector_rules());
        ASSERT_TRUE(withdraw.has_value()) << withdraw.error().message;
        EXPECT_EQ(base::encode_hex(withdraw->proof), known.at("proof_hex").get<std::string>());
    }
}

TEST(WithdrawRequest, TakesPrettyPrintedBodies) {
    const std::string body = " \r\n\t" + test::withdraw_body(4).dump(4) + "\n";
    EXPECT_TRUE(parse_request(body, test::vector_rules()).has_value());
}

TEST(WithdrawRequest, TakesOneRecipientTwiceAndTheRelayItself) {
    Json body = test::withdraw_body(1);
    body["outputs"][1]["recipient"] = body["outputs"][0]["recipient"];
    test::rehash(body);
    EXPECT_TRUE(accepted(body));
    body["outputs"][0]["recipient"] = test::vector_rules().payer.to_string();
    test::rehash(body);
    EXPECT_TRUE(accepted(body));
}

TEST(WithdrawRequest, TakesTheGreatestAmount) {
    constexpr std::uint64_t kGreatest = 9'223'372'036'854'775'807;
    const Rules rules = test::vector_rules();
    const solana::Lamports fee = rules.fees.fee({kGreatest}).value();
    Json body = test::withdraw_body();
    body["public_inputs"]["amount"] = kGreatest;
    body["outputs"][0]["amount"] = kGreatest - fee.value;
    const std::uint64_t basis_points = solana::fee_basis_points(fee, {kGreatest});
    body["policy"]["fee_bps"] = body["public_inputs"]["fee_bps"] = basis_points;
    test::rehash(body);
    EXPECT_TRUE(accepted(body));
}

TEST(WithdrawRequest, HonoursTheRelaysFeeSchedule) {
    Rules rules = test::vector_rules();
    rules.fees = {.flat = {0}, .per_mille = 0};
    Json body = test::withdraw_body();
    body["outputs"][0]["amount"] = body["public_inputs"]["amount"];
    body["policy"]["fee_bps"] = body["public_inputs"]["fee_bps"] = 0;
    test::rehash(body);
    EXPECT_TRUE(parse_request(body.dump(), rules).has_value());
    EXPECT_FALSE(accepted(body));
}

// With today's limits every well-formed withdraw fits; the check at admission guards their change.
TEST(WithdrawRequest, TheGreatestTransactionFits) {
    const Rules rules = test::vector_rules();
    solana::Withdraw withdraw;
    for (std::size_t i = 0; i < solana::kMaxOutputs; ++i) {
        withdraw.outputs.push_back(
            {.recipient = solana::Pubkey{{static_cast<std::uint8_t>(i + 1)}}, .amount = {1}});
    }
    auto budget = test::kBudget;
    budget.loaded_bytes = 1;
    const auto instructions = withdraw_instructions(rules.plan, budget, withdraw);
    EXPECT_EQ(solana::transaction_size(rules.payer, instructions), 1158U);
    EXPECT_LE(solana::transaction_size(rules.payer, instructions), solana::kMaxTransactionBytes);
}

TEST(WithdrawRequest, InstructionsSetTheComputeBudgetAroundTheWithdraw) {
    const Rules rules = test::vector_rules();
    const solana::ComputeBudget budget{.units = 123, .price = {456}, .loaded_bytes = 789};
    const auto withdraw = parse_request(test::withdraw_body().dump(), test::vector_rules()).value();
    const std::vector<solana::Instruction> instructions =
        withdraw_instructions(rules.plan, budget, withdraw);
    ASSERT_EQ(instructions.size(), 4U);
    EXPECT_EQ(instructions[0].data, solana::set_compute_unit_limit(123).data);
    EXPECT_EQ(instructions[1].data, solana::set_compute_unit_price({456}).data);
    EXPECT_EQ(instructions[2].data, solana::encode_withdraw(withdraw));
    EXPECT_EQ(instructions[3].data, solana::set_loaded_accounts_limit(789).data);
}

} // namespace
} // namespace relay::withdraw
