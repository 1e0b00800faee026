#include "relay/solana/pubkey.hpp"

#include "relay/base/encoding.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace relay::solana {
namespace {

// The bump is a seed too, hence 15 and not the runtime's 16.
constexpr std::size_t kMaxSeeds = 15;
constexpr std::size_t kMaxSeedBytes = 32;
constexpr std::string_view kProgramAddressMarker = "ProgramDerivedAddress";

Pubkey hash_seeds(std::span<const base::ByteView> seeds, std::uint8_t bump, const Pubkey& program) {
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    for (const base::ByteView seed : seeds) {
        crypto_hash_sha256_update(&state, seed.data(), seed.size());
    }
    crypto_hash_sha256_update(&state, &bump, 1);
    crypto_hash_sha256_update(&state, program.bytes.data(), program.bytes.size());
    crypto_hash_sha256_update(&state,
                              reinterpret_cast<const unsigned char*>(kProgramAddressMarker.data()),
                              kProgramAddressMarker.size());
    Pubkey hash;
    crypto_hash_sha256_final(&state, hash.bytes.data());
    return hash;
}

// First what the runtime never lets a transaction write to: agave's reserved account keys, those
// behind a feature gate included. Then programs so common that an address book may hold them:
// nobody can sign for what they are paid.
constexpr auto kReservedAddresses = std::to_array<std::string_view>({
    "11111111111111111111111111111111",
    "AddressLookupTab1e1111111111111111111111111",
    "BPFLoader1111111111111111111111111111111111",
    "BPFLoader2111111111111111111111111111111111",
    "BPFLoaderUpgradeab1e11111111111111111111111",
    "ComputeBudget111111111111111111111111111111",
    "Config1111111111111111111111111111111111111",
    "Ed25519SigVerify111111111111111111111111111",
    "Feature111111111111111111111111111111111111",
    "KeccakSecp256k11111111111111111111111111111",
    "LoaderV411111111111111111111111111111111111",
    "NativeLoader1111111111111111111111111111111",
    "Secp256r1SigVerify1111111111111111111111111",
    "Stake11111111111111111111111111111111111111",
    "StakeConfig11111111111111111111111111111111",
    "Vote111111111111111111111111111111111111111",
    "ZkE1Gama1Proof11111111111111111111111111111",
    "ZkTokenProof1111111111111111111111111111111",
    "Sysvar1111111111111111111111111111111111111",
    "Sysvar1nstructions1111111111111111111111111",
    "SysvarC1ock11111111111111111111111111111111",
    "SysvarEpochRewards1111111111111111111111111",
    "SysvarEpochSchedu1e111111111111111111111111",
    "SysvarFees111111111111111111111111111111111",
    "SysvarLastRestartS1ot1111111111111111111111",
    "SysvarRecentB1ockHashes11111111111111111111",
    "SysvarRent111111111111111111111111111111111",
    "SysvarRewards111111111111111111111111111111",
    "SysvarS1otHashes111111111111111111111111111",
    "SysvarS1otHistory11111111111111111111111111",
    "SysvarStakeHistory1111111111111111111111111",

    "ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL",
    "Memo1UhkJRfHyvLMcVucJwxXeuD728EqVDDwQDxFMNo",
    "MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr",
    "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA",
    "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb",
});

std::array<Pubkey, kReservedAddresses.size()> sorted_reserved_addresses() {
    std::array<Pubkey, kReservedAddresses.size()> addresses;
    std::ranges::transform(kReservedAddresses, addresses.begin(),
                           [](std::string_view text) { return Pubkey::parse(text).value(); });
    std::ranges::sort(addresses);
    return addresses;
}

} // namespace

std::optional<Pubkey> Pubkey::parse(std::string_view base58) {
    const std::optional<base::Bytes> decoded = base::decode_base58(base58);
    Pubkey address;
    if (!decoded || decoded->size() != address.bytes.size()) {
        return std::nullopt;
    }
    std::ranges::copy(*decoded, address.bytes.begin());
    return address;
}

std::string Pubkey::to_string() const {
    return base::encode_base58(bytes);
}

bool is_on_curve(const Pubkey& address) {
    // crypto_core_ed25519_is_valid_point also asks for the prime-order subgroup, which the runtime
    // does not. Adding to a known point fails exactly where the bytes do not decompress.
    static constexpr std::array<std::uint8_t, 32> kIdentity = {1};
    std::array<std::uint8_t, 32> sum{};
    return crypto_core_ed25519_add(sum.data(), kIdentity.data(), address.bytes.data()) == 0;
}

std::optional<ProgramAddress> find_program_address(std::span<const base::ByteView> seeds,
                                                   const Pubkey& program) {
    const bool seeds_fit = std::ranges::all_of(
        seeds, [](base::ByteView seed) { return seed.size() <= kMaxSeedBytes; });
    if (seeds.size() > kMaxSeeds || !seeds_fit) {
        return std::nullopt;
    }
    for (int bump = 255; bump >= 0; --bump) {
        const auto bump_seed = static_cast<std::uint8_t>(bump);
        const Pubkey candidate = hash_seeds(seeds, bump_seed, program);
        if (!is_on_curve(candidate)) {
            return ProgramAddress{candidate, bump_seed};
        }
    }
    return std::nullopt;
}

bool is_reserved_address(const Pubkey& address) {
    static const auto kSorted = sorted_reserved_addresses();
    return std::ranges::binary_search(kSorted, address);
}

} // namespace relay::solana
