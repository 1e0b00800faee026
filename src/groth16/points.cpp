#include "points.hpp"

#include "fp.hpp"
#include "fp2.hpp"
#include "g1.hpp"
#include "g2.hpp"
#include "jacobian.hpp"
#include "limbs.hpp"
#include "relay/groth16/verifying_key.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace relay::groth16 {
namespace {

constexpr std::size_t kFieldBytes = 32;
// The two bits that no number below p has, and their meanings.
constexpr std::uint64_t kFlags = std::uint64_t{3} << 62;
constexpr std::uint64_t kArkworksInfinity = std::uint64_t{1} << 62;
constexpr std::uint64_t kGnarkLesser = std::uint64_t{2} << 62;
constexpr std::uint64_t kGnarkGreater = std::uint64_t{3} << 62;

struct Flagged {
    Limbs number{};
    std::uint64_t flags = 0;
};

Flagged read_flagged(std::span<const std::uint8_t, kFieldBytes> bytes) {
    Limbs number = read_big_endian(bytes);
    const std::uint64_t flags = number[3] & kFlags;
    number[3] &= ~kFlags;
    return {number, flags};
}

std::optional<Fp> field_of(const Limbs& number) {
    if (!is_below(number, kFieldModulus)) {
        return std::nullopt;
    }
    return to_field(number);
}

std::optional<Fp> decode_fp(std::span<const std::uint8_t, kFieldBytes> bytes) {
    return field_of(read_big_endian(bytes));
}

std::optional<Fp2> fp2_of(const std::optional<Fp>& imaginary, const std::optional<Fp>& real) {
    if (!imaginary || !real) {
        return std::nullopt;
    }
    return Fp2{*real, *imaginary};
}

template <class Field>
std::optional<Affine<Field>> point_of(const std::optional<Field>& x, const std::optional<Field>& y,
                                      std::uint64_t flags) {
    if (!x || !y || flags == kFlags) {
        return std::nullopt;
    }
    if (flags == kArkworksInfinity) {
        return infinity<Field>();
    }
    const Affine<Field> point = {*x, *y};
    if (!is_on_curve(point)) {
        return std::nullopt;
    }
    return point;
}

bool are_zeros(std::span<const std::uint8_t> bytes) {
    return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

void write(const Fp& value, std::span<std::uint8_t, kFieldBytes> bytes) {
    write_big_endian(to_number(value), bytes);
}

/// The point of x and of the y that the flags name.
template <class Field>
std::optional<Affine<Field>> decompress(const std::optional<Field>& x, const Field& b,
                                        std::uint64_t flags) {
    if (!x || (flags != kGnarkLesser && flags != kGnarkGreater)) {
        return std::nullopt;
    }
    const auto y = square_root(square(*x) * *x + b);
    if (!y) {
        return std::nullopt;
    }
    return Affine<Field>{*x, is_greater_half(*y) == (flags == kGnarkGreater) ? *y : -*y};
}

} // namespace

std::optional<G1> decode_g1(std::span<const std::uint8_t, kG1Bytes> bytes) {
    if (are_zeros(bytes)) {
        return infinity<Fp>();
    }
    const auto [y, flags] = read_flagged(bytes.last<kFieldBytes>());
    return point_of(decode_fp(bytes.first<kFieldBytes>()), field_of(y), flags);
}

std::optional<G2> decode_g2(std::span<const std::uint8_t, kG2Bytes> bytes) {
    if (are_zeros(bytes)) {
        return infinity<Fp2>();
    }
    const auto [y1, flags] = read_flagged(bytes.subspan<2 * kFieldBytes, kFieldBytes>());
    const auto x = fp2_of(decode_fp(bytes.first<kFieldBytes>()),
                          decode_fp(bytes.subspan<kFieldBytes, kFieldBytes>()));
    const auto y = fp2_of(field_of(y1), decode_fp(bytes.last<kFieldBytes>()));
    return point_of(x, y, flags);
}

G1Bytes encode(const G1& point) {
    G1Bytes bytes{};
    const std::span out(bytes);
    write(point.x, out.first<kFieldBytes>());
    write(point.y, out.last<kFieldBytes>());
    return bytes;
}

G2Bytes encode(const G2& point) {
    G2Bytes bytes{};
    const std::span out(bytes);
    write(point.x.c1, out.first<kFieldBytes>());
    write(point.x.c0, out.subspan<kFieldBytes, kFieldBytes>());
    write(point.y.c1, out.subspan<2 * kFieldBytes, kFieldBytes>());
    write(point.y.c0, out.last<kFieldBytes>());
    return bytes;
}

std::optional<G1> decompress_g1(std::span<const std::uint8_t, kCompressedG1Bytes> bytes) {
    const auto [x, flags] = read_flagged(bytes);
    return decompress(field_of(x), kG1B, flags);
}

std::optional<G2> decompress_g2(std::span<const std::uint8_t, kCompressedG2Bytes> bytes) {
    const auto [x1, flags] = read_flagged(bytes.first<kFieldBytes>());
    return decompress(fp2_of(field_of(x1), decode_fp(bytes.last<kFieldBytes>())), g2_b(), flags);
}

} // namespace relay::groth16
