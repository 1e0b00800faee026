#include "relay/solana/compute_budget.hpp"

#include "relay/base/encoding.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/transaction.hpp"
#include "relay/solana/transaction_reader.hpp"
#include "relay/solana/units.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

namespace relay::solana {
namespace {

// "ComputeBudget111111111111111111111111111111"
constexpr Pubkey kComputeBudgetProgram{{0x03, 0x06, 0x46, 0x6f, 0xe5, 0x21, 0x17, 0x32,
                                        0xff, 0xec, 0xad, 0xba, 0x72, 0xc3, 0x9b, 0xe7,
                                        0xbc, 0x8c, 0xe5, 0xbb, 0xc5, 0xf7, 0x12, 0x6b,
                                        0x2c, 0x43, 0x9b, 0x3a, 0x40, 0x00, 0x00, 0x00}};
constexpr std::uint8_t kSetUnitLimit = 2;
constexpr std::uint8_t kSetUnitPrice = 3;
constexpr std::uint8_t kSetLoadedAccountsLimit = 4;

__extension__ using Wide = unsigned __int128;

Instruction instruction(base::Bytes data) {
    return {.program = kComputeBudgetProgram, .accounts = {}, .data = std::move(data)};
}

/// What follows an instruction's number, the least significant byte first; none where there is more
/// or less.
template <class Number>
std::optional<Number> argument(const base::Bytes& data) {
    if (data.size() != 1 + sizeof(Number)) {
        return std::nullopt;
    }
    Number number = 0;
    for (std::size_t index = sizeof(Number); index > 0; --index) {
        number = static_cast<Number>(number << 8U) | data[index];
    }
    return number;
}

} // namespace

Lamports priority_fee(const ComputeBudget& budget) {
    constexpr std::uint64_t kMicro = 1'000'000;
    const Wide fee = (Wide{budget.units} * budget.price.value + kMicro - 1) / kMicro;
    constexpr Wide kMost = std::numeric_limits<std::uint64_t>::max();
    return {static_cast<std::uint64_t>(fee < kMost ? fee : kMost)};
}

Instruction set_compute_unit_limit(std::uint32_t units) {
    return instruction(base::ByteWriter(5).u8(kSetUnitLimit).u32(units).take());
}

Instruction set_compute_unit_price(UnitPrice price) {
    return instruction(base::ByteWriter(9).u8(kSetUnitPrice).u64(price.value).take());
}

Instruction set_loaded_accounts_limit(std::uint32_t bytes) {
    return instruction(base::ByteWriter(5).u8(kSetLoadedAccountsLimit).u32(bytes).take());
}

std::optional<ComputeBudget> read_compute_budget(base::ByteView wire) {
    std::optional<std::uint32_t> units;
    std::optional<std::uint64_t> price;
    std::optional<std::uint32_t> loaded;
    for (const auto& data : instruction_data(wire, kComputeBudgetProgram)) {
        switch (data.empty() ? std::uint8_t{0} : data.front()) {
            case kSetUnitLimit:
                units = argument<std::uint32_t>(data);
                break;
            case kSetUnitPrice:
                price = argument<std::uint64_t>(data);
                break;
            case kSetLoadedAccountsLimit:
                loaded = argument<std::uint32_t>(data);
                break;
            default:
                break;
        }
    }
    if (!units || !price) {
        return std::nullopt;
    }
    return ComputeBudget{*units, {*price}, loaded};
}

} // namespace relay::solana
