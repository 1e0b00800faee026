#include "relay/solana/transaction_reader.hpp"

#include "relay/base/encoding.hpp"
#include "relay/solana/keypair.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/solana/signature.hpp"
#include "relay/solana/transaction.hpp"
#include "support/solana/relay_keypair.hpp"
#include "support/solana/samples.hpp"

#include <gtest/gtest.h>
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace relay::solana {
namespace {

base::Bytes wire_of(const Withdraw& withdraw) {
    const auto plan = test::vector_plan();
    return sign_transaction(test::load_relay_keypair(),
                            withdraw_instructions(plan, test::kBudget, withdraw), Hash{})
        .wire;
}

TEST(InstructionData, IsWhatTheProgramWasCalledWith) {
    const auto plan = test::vector_plan();
    const auto withdraw = test::make_withdraw(7);
    const auto found = instruction_data(wire_of(withdraw), plan.program);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(decode_withdraw(found.front()), withdraw);
    EXPECT_TRUE(instruction_data(wire_of(withdraw), Pubkey{{9}}).empty());
}

/// Two signers, and a message of version 0.
TEST(InstructionData, IsFoundInTransactionsOfOthers) {
    const auto plan = test::vector_plan();
    auto wire = wire_of(test::make_withdraw(7));
    const std::array<std::uint8_t, sizeof(Signature::bytes) + 1> more{};
    wire.insert(wire.begin() + 1, more.begin(), more.end());
    wire[0] = 2;
    wire[1 + 2 * sizeof(Signature::bytes)] = 0x80;
    ASSERT_EQ(instruction_data(wire, plan.program).size(), 1U);
    EXPECT_EQ(decode_withdraw(instruction_data(wire, plan.program).front()),
              test::make_withdraw(7));
}

TEST(InstructionData, IsNoneWhereTheBytesAreCutOrGarbled) {
    const auto plan = test::vector_plan();
    const auto whole = wire_of(test::make_withdraw(7));
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const base::Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        EXPECT_TRUE(instruction_data(cut, plan.program).empty()) << size;
    }
    for (std::size_t at = 0; at < whole.size(); ++at) {
        auto garbled = whole;
        garbled[at] = 0xff; // and nothing is read beyond the end
        instruction_data(garbled, plan.program);
    }
}

TEST(DraftTransaction, IsTheSignedOneWithoutSignatureAndBlockhash) {
    const auto payer = test::load_relay_keypair();
    const auto instructions =
        withdraw_instructions(test::vector_plan(), test::kBudget, test::make_withdraw(7));
    auto signed_one = sign_transaction(payer, instructions, Hash{}).wire;
    std::fill_n(signed_one.begin() + 1, sizeof(Signature::bytes), std::uint8_t{0});
    EXPECT_EQ(draft_transaction(payer.address(), instructions), signed_one);
}

} // namespace
} // namespace relay::solana
