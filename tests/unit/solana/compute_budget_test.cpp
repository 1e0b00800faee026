#include "relay/solana/compute_budget.hpp"

#include "relay/base/encoding.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/solana/transaction.hpp"
#include "relay/solana/units.hpp"
#include "support/solana/relay_keypair.hpp"
#include "support/solana/samples.hpp"

#include <gtest/gtest.h>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

namespace relay::solana {
namespace {

TEST(ComputeBudget, Instructions) {
    const Instruction limit = set_compute_unit_limit(400'000);
    EXPECT_EQ(limit.program.to_string(), "ComputeBudget111111111111111111111111111111");
    EXPECT_EQ(base::encode_hex(limit.data), "02801a0600");
    EXPECT_TRUE(limit.accounts.empty());

    const Instruction price = set_compute_unit_price({10'000});
    EXPECT_EQ(price.program, limit.program);
    EXPECT_EQ(base::encode_hex(price.data), "031027000000000000");

    const Instruction loaded = set_loaded_accounts_limit(65'536);
    EXPECT_EQ(loaded.program, limit.program);
    EXPECT_EQ(base::encode_hex(loaded.data), "0400000100");
}

TEST(ComputeBudget, TheFeeIsRoundedUpAndNeverWraps) {
    struct Case {
        std::uint32_t units;
        std::uint64_t price;
        std::uint64_t lamports;
    };
    constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
    for (const auto& [units, price, lamports] : std::vector<Case>{
             {400'000, 10'000, 4'000},
             {1, 1, 1},
             {3, 333'334, 2},
             {0, kMost, 0},
             {1'000'000, kMost, kMost},
             {kMostComputeUnits, kMost, kMost},
         }) {
        EXPECT_EQ(priority_fee({units, {price}, std::nullopt}).value, lamports)
            << units << " x " << price;
    }
}

TEST(ComputeBudget, IsReadBackFromTheWire) {
    const auto wire_with = [](const ComputeBudget& budget) {
        return sign_transaction(
                   test::load_relay_keypair(),
                   withdraw_instructions(test::vector_plan(), budget, test::make_withdraw(1)),
                   Hash{})
            .wire;
    };
    for (const ComputeBudget& budget :
         {test::kBudget, ComputeBudget{kMostComputeUnits, {1'234'567'890'123}, 65'536}}) {
        EXPECT_EQ(read_compute_budget(wire_with(budget)), budget);
    }
    auto cut = wire_with(test::kBudget);
    cut.resize(cut.size() / 2);
    EXPECT_EQ(read_compute_budget(cut), std::nullopt);
    EXPECT_EQ(read_compute_budget({}), std::nullopt);
}

} // namespace
} // namespace relay::solana
