#pragma once
// Numbers of 256 bits, four words of 64, the least significant first; and the two numbers that
// BN254 is made of.
//
// Source: EIP-196. (The curve is Barreto's and Naehrig's, "Pairing-Friendly Elliptic Curves of
// Prime Order", 2005, for the parameter kBnParameter.)

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace relay::groth16 {

using Limbs = std::array<std::uint64_t, 4>;
__extension__ using Wide = unsigned __int128;

/// The u of the curve's papers, of which the field and the order are polynomials.
inline constexpr std::uint64_t kBnParameter = 0x44e992b44a6909f1;
/// p, the modulus of the coordinates: 36u^4 + 36u^3 + 24u^2 + 6u + 1.
inline constexpr Limbs kFieldModulus = {0x3c208c16d87cfd47, 0x97816a916871ca8d, 0xb85045b68181585d,
                                        0x30644e72e131a029};
/// r, the order of the groups: 36u^4 + 36u^3 + 18u^2 + 6u + 1.
inline constexpr Limbs kGroupOrder = {0x43e1f593f0000001, 0x2833e84879b97091, 0xb85045b68181585d,
                                      0x30644e72e131a029};

/// 0 or 1.
using Carry = unsigned char;

/// The low word of the sum; `carry` goes in and out.
constexpr std::uint64_t add_with_carry(std::uint64_t a, std::uint64_t b, Carry& carry) {
#ifdef __x86_64__
    if !consteval { // g++ 12 does not see what the lines below are to the machine
        unsigned long long sum = 0;
        carry = _addcarry_u64(carry, a, b, &sum);
        return sum;
    }
#endif
    const Wide sum = Wide{a} + b + carry;
    carry = static_cast<Carry>(sum >> 64);
    return static_cast<std::uint64_t>(sum);
}

/// The low word of the difference; `borrow` goes in and out.
constexpr std::uint64_t subtract_with_borrow(std::uint64_t a, std::uint64_t b, Carry& borrow) {
#ifdef __x86_64__
    if !consteval {
        unsigned long long difference = 0;
        borrow = _subborrow_u64(borrow, a, b, &difference);
        return difference;
    }
#endif
    const Wide difference = Wide{a} - b - borrow;
    borrow = static_cast<Carry>(difference >> 64) & 1;
    return static_cast<std::uint64_t>(difference);
}

/// REQUIRES: the sum is below 2^256.
constexpr Limbs add(const Limbs& a, const Limbs& b) {
    Limbs sum{};
    Carry carry = 0;
    sum[0] = add_with_carry(a[0], b[0], carry);
    sum[1] = add_with_carry(a[1], b[1], carry);
    sum[2] = add_with_carry(a[2], b[2], carry);
    sum[3] = add_with_carry(a[3], b[3], carry);
    return sum;
}

/// a - b modulo 2^256; `borrow` tells whether a was below b.
constexpr Limbs subtract(const Limbs& a, const Limbs& b, Carry& borrow) {
    Limbs difference{};
    borrow = 0;
    difference[0] = subtract_with_borrow(a[0], b[0], borrow);
    difference[1] = subtract_with_borrow(a[1], b[1], borrow);
    difference[2] = subtract_with_borrow(a[2], b[2], borrow);
    difference[3] = subtract_with_borrow(a[3], b[3], borrow);
    return difference;
}

/// Room for a number times a word.
using LongLimbs = std::array<std::uint64_t, 5>;

/// Adds a times the word. REQUIRES: the sum is below 2^320.
constexpr void add_multiple(LongLimbs& sum, const Limbs& a, std::uint64_t word) {
    const Wide p0 = Wide{a[0]} * word;
    const Wide p1 = Wide{a[1]} * word;
    const Wide p2 = Wide{a[2]} * word;
    const Wide p3 = Wide{a[3]} * word;
    const auto low = [](Wide product) { return static_cast<std::uint64_t>(product); };
    const auto high = [](Wide product) { return static_cast<std::uint64_t>(product >> 64); };
    Carry carry = 0;
    const std::uint64_t m1 = add_with_carry(low(p1), high(p0), carry);
    const std::uint64_t m2 = add_with_carry(low(p2), high(p1), carry);
    const std::uint64_t m3 = add_with_carry(low(p3), high(p2), carry);
    const std::uint64_t m4 = add_with_carry(0, high(p3), carry);
    carry = 0;
    sum[0] = add_with_carry(sum[0], low(p0), carry);
    sum[1] = add_with_carry(sum[1], m1, carry);
    sum[2] = add_with_carry(sum[2], m2, carry);
    sum[3] = add_with_carry(sum[3], m3, carry);
    sum[4] = add_with_carry(sum[4], m4, carry);
}

constexpr bool is_below(const Limbs& a, const Limbs& b) {
    Carry borrow = 0;
    subtract(a, b, borrow);
    return borrow != 0;
}

/// REQUIRES: place < 256.
constexpr bool bit_of(const Limbs& number, std::size_t place) {
    return (number[place / 64] >> (place % 64) & 1) != 0;
}

constexpr Limbs read_big_endian(std::span<const std::uint8_t, 32> bytes) {
    Limbs number{};
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        number[3 - i / 8] = number[3 - i / 8] << 8 | bytes[i];
    }
    return number;
}

constexpr void write_big_endian(const Limbs& number, std::span<std::uint8_t, 32> bytes) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = static_cast<std::uint8_t>(number[3 - i / 8] >> (56 - 8 * (i % 8)));
    }
}

} // namespace relay::groth16
