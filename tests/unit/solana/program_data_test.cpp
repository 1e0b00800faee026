#include "relay/solana/program_data.hpp"

#include "relay/base/encoding.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/units.hpp"
#include "support/solana/keys.hpp"

#include <gtest/gtest.h>
#include <optional>

namespace relay::solana {
namespace {

TEST(ProgramData, AddressIsTheLoaders) {
    // As the runtime of the localnet has it.
    EXPECT_EQ(program_data_address(test::address_of("c1oak6tetxYnNfvXKFkpn1d98FxtK7B68vBQLYQpWKp"))
                  .to_string(),
              "8gtfTXiKHY9QRjGMqY1EVtVg9deYZBJTCitq19tLk4UN");
}

TEST(ProgramData, TellsTheSlotOfTheDeployment) {
    base::Bytes data = {3, 0, 0, 0, 0x15, 0xcd, 0x5b, 0x07, 0, 0, 0, 0, 1, 9, 9};
    EXPECT_EQ(read_deployment(data), Slot{123'456'789});
    data.resize(kProgramDataHead);
    EXPECT_EQ(read_deployment(data), Slot{123'456'789});
    data.pop_back();
    EXPECT_EQ(read_deployment(data), std::nullopt);
    EXPECT_EQ(read_deployment(base::Bytes()), std::nullopt);
    // The account of a program, which names the other.
    EXPECT_EQ(read_deployment(base::Bytes{2, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1}), std::nullopt);
}

} // namespace
} // namespace relay::solana
