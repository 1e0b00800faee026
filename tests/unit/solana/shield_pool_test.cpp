#include "relay/solana/shield_pool.hpp"

#include "relay/base/encoding.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/transaction.hpp"
#include "relay/solana/units.hpp"
#include "support/base/vectors.hpp"
#include "support/solana/keys.hpp"
#include "support/solana/samples.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <ios>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace relay::solana {
namespace {

constexpr std::uint64_t kMaxU64 = std::numeric_limits<std::uint64_t>::max();

Withdraw withdraw_of(std::size_t outputs) {
    Withdraw withdraw;
    withdraw.proof.fill(0x11);
    withdraw.root.fill(0x22);
    withdraw.nullifier.fill(0x33);
    withdraw.outputs_hash.fill(0x44);
    withdraw.amount = {0x0102030405060708};
    for (std::size_t i = 0; i < outputs; ++i) {
        withdraw.outputs.push_back(
            {.recipient = Pubkey{{static_cast<std::uint8_t>(i + 1)}}, .amount = {1000 + i}});
    }
    return withdraw;
}

TEST(Withdraw, DecodesWhatItEncodes) {
    for (std::size_t outputs = 1; outputs <= kMaxOutputs; ++outputs) {
        const Withdraw withdraw = withdraw_of(outputs);
        EXPECT_EQ(decode_withdraw(encode_withdraw(withdraw)), withdraw);
    }
}

TEST(Withdraw, DecodesTheVectorsAndEncodesThemBack) {
    for (const nlohmann::json& known :
         test::load_vectors("withdraw_requests.json").at("requests")) {
        const auto hex = known.at("instruction_data_hex").get<std::string>();
        const auto withdraw = decode_withdraw(test::bytes_of_hex(hex));
        ASSERT_TRUE(withdraw.has_value());
        EXPECT_EQ(base::encode_hex(encode_withdraw(*withdraw)), hex);
        EXPECT_EQ(hash_outputs(withdraw->outputs), withdraw->outputs_hash);
        EXPECT_EQ(base::encode_hex(public_inputs(*withdraw)),
                  hex.substr(2 * (1 + kProofBytes), 2 * kPublicInputBytes));
    }
}

TEST(Withdraw, DecodesNothingElse) {
    const base::Bytes good = encode_withdraw(withdraw_of(2));
    constexpr std::size_t kRepeatedNullifier = 1 + kProofBytes + kPublicInputBytes;
    constexpr std::size_t kCount = kRepeatedNullifier + 32;
    for (std::size_t length = 0; length < good.size(); ++length) {
        EXPECT_EQ(decode_withdraw(base::ByteView(good).first(length)), std::nullopt) << length;
    }
    base::Bytes longer = good;
    longer.push_back(0);
    EXPECT_EQ(decode_withdraw(longer), std::nullopt);
    for (const std::size_t index : {std::size_t{0}, kRepeatedNullifier, kCount}) {
        base::Bytes changed = good;
        changed[index] ^= 1;
        EXPECT_EQ(decode_withdraw(changed), std::nullopt) << "byte " << index;
    }
    base::Bytes none(good.begin(), good.begin() + kCount + 1);
    none[kCount] = 0;
    EXPECT_EQ(decode_withdraw(none), std::nullopt);
    base::Bytes six = encode_withdraw(withdraw_of(5));
    six[kCount] = 6;
    six.resize(six.size() + 40);
    EXPECT_EQ(decode_withdraw(six), std::nullopt);
}

TEST(Withdraw, InstructionNamesTheProgramsAccounts) {
    const Pubkey program = test::address_of("c1oak6tetxYnNfvXKFkpn1d98FxtK7B68vBQLYQpWKp");
    const nlohmann::json& vectors = test::load_vectors("withdraw_requests.json");
    for (const nlohmann::json& known : vectors.at("requests")) {
        const auto data = test::bytes_of_hex(known.at("instruction_data_hex").get<std::string>());
        const Instruction instruction = withdraw_instruction(program, PoolAccounts::derive(program),
                                                             decode_withdraw(data).value());
        EXPECT_EQ(instruction.program, program);
        EXPECT_EQ(instruction.data, data);
        nlohmann::json accounts = nlohmann::json::array();
        for (const AccountMeta& account : instruction.accounts) {
            accounts.push_back({{"address", account.address.to_string()},
                                {"writable", account.writable},
                                {"signer", account.signer}});
        }
        EXPECT_EQ(accounts, known.at("accounts"));
    }
}

TEST(AccountRoles, EachAccountOfAWithdrawHasOne) {
    const PoolAccounts accounts{{{1}}, {{2}}, {{3}}, {{4}}};
    WithdrawPlan plan{.program = {}, .accounts = accounts};
    Withdraw withdraw;
    withdraw.outputs = {{Pubkey{{5}}, {1}}, {Pubkey{{6}}, {1}}};
    EXPECT_EQ(role_of(accounts.pool, plan, withdraw), AccountRole::Pool);
    EXPECT_EQ(role_of(accounts.treasury, plan, withdraw), AccountRole::Treasury);
    EXPECT_EQ(role_of(accounts.nullifier_shard, plan, withdraw), AccountRole::NullifierShard);
    EXPECT_EQ(role_of(Pubkey{{6}}, plan, withdraw), AccountRole::Recipient);
    EXPECT_EQ(role_of(Pubkey{{7}}, plan, withdraw), AccountRole::Unknown);
    plan.tip = Tip{.payer = {}, .lamports = {1}, .accounts = {Pubkey{{7}}, Pubkey{{6}}}};
    EXPECT_EQ(role_of(Pubkey{{7}}, plan, withdraw), AccountRole::Tipped);
    EXPECT_EQ(role_of(Pubkey{{6}}, plan, withdraw), AccountRole::Recipient);
}

TEST(Tip, GoesWithTheWithdrawToOneOfItsAccountsByTheNullifier) {
    const Pubkey payer{{9}};
    auto plan = test::vector_plan();
    const auto plain = withdraw_instructions(plan, test::kBudget, test::make_withdraw(1));
    plan.tip = Tip{.payer = payer, .lamports = {10'000}, .accounts = {{{1}}, {{2}}, {{3}}}};
    std::map<Pubkey, int> tipped;
    for (std::uint32_t number = 0; number < 3'000; ++number) {
        const auto withdraw = test::make_withdraw(number);
        const auto instructions = withdraw_instructions(plan, test::kBudget, withdraw);
        ASSERT_EQ(instructions.size(), plain.size() + 1);
        const auto& tip = instructions[kTipInstruction];
        EXPECT_EQ(tip.program, kSystemProgram);
        // transfer: 2 as u32, lamports as u64, both little-endian.
        EXPECT_EQ(tip.data, (base::Bytes{2, 0, 0, 0, 0x10, 0x27, 0, 0, 0, 0, 0, 0}));
        ASSERT_EQ(tip.accounts.size(), 2U);
        EXPECT_EQ(tip.accounts[0].address, payer);
        EXPECT_TRUE(tip.accounts[0].writable && tip.accounts[1].writable);
        ++tipped[tip.accounts[1].address];
        EXPECT_EQ(withdraw_instructions(plan, test::kBudget, withdraw)[kTipInstruction]
                      .accounts[1]
                      .address,
                  tip.accounts[1].address);
    }
    ASSERT_EQ(tipped.size(), 3U);
    for (const auto& [account, times] : tipped) {
        EXPECT_NEAR(times, 1'000, 150) << account.to_string();
    }
}

TEST(Tip, LeavesRoomForAsManyOutputsAsAWithdrawMayHave) {
    auto plan = test::vector_plan();
    const auto withdraw = withdraw_of(kMaxOutputs);
    const Pubkey payer{{200}};
    const auto plain =
        transaction_size(payer, withdraw_instructions(plan, test::kBudget, withdraw));
    plan.tip = Tip{.payer = payer, .lamports = {1}, .accounts = {{{201}}}};
    const auto tipped =
        transaction_size(payer, withdraw_instructions(plan, test::kBudget, withdraw));
    EXPECT_EQ(tipped, plain + 32 + 17); // one account more, and an instruction
    EXPECT_LE(tipped, kMaxTransactionBytes);
}

TEST(FeeSchedule, DefaultFees) {
    const FeeSchedule fees;
    struct Case {
        std::uint64_t amount;
        std::uint64_t fee;
    };
    for (const Case& known :
         {Case{0, 2'500'000}, Case{1, 2'500'000}, Case{199, 2'500'000}, Case{200, 2'500'001},
          Case{999, 2'500'004}, Case{1000, 2'500'005}, Case{1'000'000'000, 7'500'000},
          Case{9'223'372'036'854'775'807, 46'116'860'186'773'879},
          Case{kMaxU64, 92'233'720'371'047'758}}) {
        EXPECT_EQ(fees.fee({known.amount}), Lamports{known.fee}) << known.amount;
    }
}

TEST(FeeSchedule, VectorsAgree) {
    const FeeSchedule fees;
    for (const nlohmann::json& known :
         test::load_vectors("withdraw_requests.json").at("requests")) {
        const nlohmann::json& inputs = known.at("body").at("public_inputs");
        const Lamports amount{inputs.at("amount").get<std::uint64_t>()};
        const auto fee = fees.fee(amount);
        EXPECT_EQ(fee, Lamports{known.at("fee").get<std::uint64_t>()});
        EXPECT_EQ(fee_basis_points(fee.value(), amount), inputs.at("fee_bps").get<std::uint64_t>());
    }
}

TEST(FeeSchedule, NeverWraps) {
    EXPECT_EQ((FeeSchedule{.flat = {kMaxU64}, .per_mille = 0}.fee({1})), Lamports{kMaxU64});
    EXPECT_EQ((FeeSchedule{.flat = {kMaxU64}, .per_mille = 1}.fee({999})), Lamports{kMaxU64});
    EXPECT_EQ((FeeSchedule{.flat = {kMaxU64}, .per_mille = 1}.fee({1000})), std::nullopt);
    EXPECT_EQ((FeeSchedule{.flat = {0}, .per_mille = 1000}.fee({kMaxU64})), Lamports{kMaxU64});
    EXPECT_EQ((FeeSchedule{.flat = {0}, .per_mille = 1001}.fee({kMaxU64})), std::nullopt);
    EXPECT_EQ((FeeSchedule{.flat = {kMaxU64}, .per_mille = kMaxU64}.fee({kMaxU64})), std::nullopt);
}

TEST(FeeBasisPoints, RoundsUp) {
    struct Case {
        std::uint64_t fee;
        std::uint64_t amount;
        std::uint64_t points;
    };
    for (const Case& known :
         {Case{0, 1, 0}, Case{1, 1, 10'000}, Case{75, 10'000, 75}, Case{75, 10'001, 75},
          Case{75, 9'999, 76}, Case{1, kMaxU64, 1}, Case{kMaxU64, kMaxU64, 10'000},
          Case{2'500'000, 1, 25'000'000'000}, Case{kMaxU64, 1, kMaxU64}}) {
        EXPECT_EQ(fee_basis_points({known.fee}, {known.amount}), known.points)
            << known.fee << " of " << known.amount;
    }
}

TEST(ProgramErrors, Classification) {
    struct Case {
        std::uint32_t number;
        std::string_view code;
        bool permanent;
    };
    for (const Case& known : {Case{0x1001, "root_not_found", false},
                              Case{0x1010, "proof_invalid", true},
                              Case{0x1013, "verifying_key_mismatch", true},
                              Case{0x1020, "double_spend", true},
                              Case{0x1021, "nullifier_shard_full", false},
                              Case{0x1023, "nullifier_already_used", true},
                              Case{0x1024, "nullifier_mismatch", true},
                              Case{0x1031, "conservation_violated", true},
                              Case{0x1034, "recipient_invalid", true},
                              Case{0x1040, "amount_overflow", true},
                              Case{0x1050, "account_fault", false},
                              Case{0x1057, "recipient_not_writable", true},
                              Case{0x1058, "pool_short_of_lamports", false},
                              Case{0x105d, "account_fault", false},
                              Case{0x105e, "program_error", false},
                              Case{0x1060, "instruction_invalid", true},
                              Case{0x1063, "instruction_invalid", true},
                              Case{0x1070, "verifier_fault", true},
                              Case{0x1076, "verifier_fault", true},
                              Case{0x1077, "program_error", false},
                              Case{0, "program_error", false},
                              Case{1, "program_error", false},
                              Case{0xffffffff, "program_error", false}}) {
        const ProgramError error = describe_program_error(known.number);
        EXPECT_EQ(error.number, known.number);
        EXPECT_EQ(error.code, known.code) << std::hex << known.number;
        EXPECT_EQ(error.permanent, known.permanent) << std::hex << known.number;
        EXPECT_FALSE(error.message.empty());
    }
    EXPECT_EQ(describe_program_error(kRootNotFound).code, "root_not_found");
    EXPECT_EQ(describe_program_error(kDoubleSpend).code, "double_spend");
    EXPECT_EQ(describe_program_error(kNullifierAlreadyUsed).code, "nullifier_already_used");
}

TEST(ProgramErrors, EveryListedNumberIsKnown) {
    std::set<std::uint32_t> listed = {0x1001, 0x1040};
    for (const auto& [first, last] : {std::pair{0x1010U, 0x1013U},
                                      {0x1020U, 0x1024U},
                                      {0x1030U, 0x1034U},
                                      {0x1050U, 0x105dU},
                                      {0x1060U, 0x1063U},
                                      {0x1070U, 0x1076U}}) {
        for (std::uint32_t number = first; number <= last; ++number) {
            listed.insert(number);
        }
    }
    for (std::uint32_t number = 0x0f00; number < 0x1200; ++number) {
        EXPECT_EQ(describe_program_error(number).code != "program_error", listed.contains(number))
            << std::hex << number;
    }
}

} // namespace
} // namespace relay::solana
