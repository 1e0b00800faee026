#pragma once
// Where a program that can be changed keeps its bytes and when they were put there: an account of
// the upgradeable loader's, which begins [3: u32 LE][slot: u64 LE]. Pure.
// Source: Solana's loader-v3-interface, UpgradeableLoaderState::ProgramData.

#include "relay/base/encoding.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/units.hpp"

#include <cstddef>
#include <optional>

namespace relay::solana {

/// How much of the account says when it was deployed.
inline constexpr std::size_t kProgramDataHead = 12;

Pubkey program_data_address(const Pubkey& program);

/// The slot in which the program was last deployed; none where these are not the first bytes of
/// such an account.
std::optional<Slot> read_deployment(base::ByteView data);

} // namespace relay::solana
