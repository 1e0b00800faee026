#include "relay/withdraw/sp1_bundle.hpp"

#include "relay/base/encoding.hpp"
#include "relay/base/error.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string_view>

namespace relay::withdraw {
namespace {

constexpr std::uint64_t kGroth16 = 3;
constexpr std::size_t kSelectorBytes = 4;
constexpr std::size_t kKeyHashBytes = 32;

/// Takes little-endian fields off the front of the bundle; none where it is too short for one.
class BundleReader {
  public:
    explicit BundleReader(base::ByteView bytes) : rest_(bytes) {}

    std::optional<base::ByteView> bytes(std::uint64_t count) {
        if (count > rest_.size()) {
            return std::nullopt;
        }
        const auto taken = rest_.first(static_cast<std::size_t>(count));
        rest_ = rest_.subspan(taken.size());
        return taken;
    }

    std::optional<std::uint64_t> number(std::size_t size) {
        const auto field = bytes(size);
        if (!field) {
            return std::nullopt;
        }
        std::uint64_t value = 0;
        for (std::size_t place = size; place-- > 0;) {
            value = value << 8 | (*field)[place];
        }
        return value;
    }

    std::optional<std::string_view> string() {
        const auto length = number(sizeof(std::uint64_t));
        const auto text = length ? bytes(*length) : std::nullopt;
        if (!text) {
            return std::nullopt;
        }
        return std::string_view(reinterpret_cast<const char*>(text->data()), text->size());
    }

  private:
    base::ByteView rest_;
};

std::unexpected<base::Error> cut_short() {
    return base::fail("the SP1 bundle ends before all its parts, or a length in it is wrong");
}

} // namespace

base::Result<ProofBytes> read_sp1_bundle(base::ByteView bundle) {
    BundleReader reader(bundle);
    const auto variant = reader.number(sizeof(std::uint32_t));
    if (!variant) {
        return cut_short();
    }
    if (*variant != kGroth16) {
        return base::fail("the SP1 bundle holds no Groth16 proof: its variant must be 3");
    }
    if (!reader.string() || !reader.string()) {
        return cut_short();
    }
    const auto points = reader.string();
    if (!points) {
        return cut_short();
    }
    ProofBytes proof{};
    if (!base::decode_hex(*points, std::span(proof).subspan(kSelectorBytes))) {
        return base::fail("the SP1 bundle's proof must be 512 hex digits");
    }
    if (!reader.string()) {
        return cut_short();
    }
    const auto key_hash = reader.bytes(kKeyHashBytes);
    if (!key_hash) {
        return cut_short();
    }
    std::ranges::copy(key_hash->first(kSelectorBytes), proof.begin());
    return proof;
}

} // namespace relay::withdraw
