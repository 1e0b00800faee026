#include "relay/solana/program_data.hpp"

#include "relay/base/encoding.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/units.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace relay::solana {

namespace {

constexpr const char* kUpgradeableLoader = "BPFLoaderUpgradeab1e11111111111111111111111";
constexpr std::uint32_t kProgramDataTag = 3;

} // namespace

Pubkey program_data_address(const Pubkey& program) {
    const std::array<base::ByteView, 1> seeds = {program.bytes};
    // Both are there: the loader's address is a constant, and one seed of 32 bytes has a bump.
    // NOLINTNEXTLINE(bugprone-unchecked-optional-access)
    return find_program_address(seeds, Pubkey::parse(kUpgradeableLoader).value()).value().address;
}

std::optional<Slot> read_deployment(base::ByteView data) {
    if (data.size() < kProgramDataHead) {
        return std::nullopt;
    }
    std::uint64_t slot = 0;
    for (std::size_t index = kProgramDataHead; index-- > sizeof(kProgramDataTag);) {
        slot = slot << 8U | data[index];
    }
    const std::array<std::uint8_t, 4> tag = {kProgramDataTag};
    if (!std::ranges::equal(data.first(tag.size()), tag)) {
        return std::nullopt;
    }
    return Slot{slot};
}

} // namespace relay::solana
