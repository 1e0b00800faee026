#pragma once
// The field of the coordinates: integers modulo p = kFieldModulus.
//
// A value a is held as a 2^256 mod p, always below p, so that a product needs no division.
//
// Source: P. Montgomery, "Modular Multiplication Without Trial Division", 1985; P. Longa,
// "Efficient Algorithms for Large Prime Characteristic Fields and Their Application to Bilinear
// Pairings", 2022, for sums of products. As p leaves two bits of its top word free, no sum here
// overflows 256 bits.

#include "limbs.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace relay::groth16 {

struct Fp {
    Limbs limbs{};

    bool operator==(const Fp&) const = default;
};

/// -1 / p modulo 2^64: Newton's iteration doubles the bits that are right.
inline constexpr std::uint64_t kMontgomeryFactor = [] {
    std::uint64_t inverse = 1;
    for (int bits = 1; bits < 64; bits *= 2) {
        inverse *= 2 - kFieldModulus[0] * inverse;
    }
    return -inverse;
}();

/// What is below 2p becomes what is below p.
constexpr Fp reduced(const Limbs& number) {
    Carry is_below = 0;
    const Limbs less = subtract(number, kFieldModulus, is_below);
    return {{is_below ? number[0] : less[0], is_below ? number[1] : less[1],
             is_below ? number[2] : less[2], is_below ? number[3] : less[3]}};
}

constexpr Fp operator+(const Fp& a, const Fp& b) {
    return reduced(add(a.limbs, b.limbs));
}

constexpr Fp operator-(const Fp& a, const Fp& b) {
    Carry borrow = 0;
    const Limbs difference = subtract(a.limbs, b.limbs, borrow);
    const std::uint64_t mask = -std::uint64_t{borrow};
    Limbs sum{};
    Carry carry = 0;
    sum[0] = add_with_carry(difference[0], kFieldModulus[0] & mask, carry);
    sum[1] = add_with_carry(difference[1], kFieldModulus[1] & mask, carry);
    sum[2] = add_with_carry(difference[2], kFieldModulus[2] & mask, carry);
    sum[3] = add_with_carry(difference[3], kFieldModulus[3] & mask, carry);
    return {sum};
}

constexpr Fp operator-(const Fp& a) {
    return Fp{} - a;
}

constexpr Fp doubled(const Fp& a) {
    return a + a;
}

constexpr Fp halved(const Fp& a) {
    // p is odd: adding it makes an odd number even.
    const std::uint64_t mask = -(a.limbs[0] & 1);
    const Limbs even = add(a.limbs, {kFieldModulus[0] & mask, kFieldModulus[1] & mask,
                                     kFieldModulus[2] & mask, kFieldModulus[3] & mask});
    return {{even[0] >> 1 | even[1] << 63, even[1] >> 1 | even[2] << 63,
             even[2] >> 1 | even[3] << 63, even[3] >> 1}};
}

/// The factors of a sum of products.
template <std::size_t kCount>
using Factors = std::array<const Fp*, kCount>;

/// a0 b0 + a1 b1 + ..., divided by 2^256 as the form in which values are held asks for: one
/// reduction for all. Factors may be unreduced, up to 2p, while all products together stay below
/// 4p^2 and those at the left below 4p: then what is reduced at the end is below 2p.
template <std::size_t kCount>
constexpr Fp sum_of_products(const Factors<kCount>& a, const Factors<kCount>& b) {
    LongLimbs sum{};
#pragma GCC unroll 4
    for (std::size_t i = 0; i < 4; ++i) {
        // A word of each b is multiplied in, then a multiple of p that clears the lowest word is
        // added, and all moves down by a word.
#pragma GCC unroll 4
        for (std::size_t k = 0; k < kCount; ++k) {
            add_multiple(sum, a[k]->limbs, b[k]->limbs[i]);
        }
        add_multiple(sum, kFieldModulus, sum[0] * kMontgomeryFactor);
        sum = {sum[1], sum[2], sum[3], sum[4], 0};
    }
    return reduced({sum[0], sum[1], sum[2], sum[3]});
}

/// Not inlined: where several stand together g++ 12 keeps their words in vector registers, and
/// takes several times as long.
[[gnu::noinline]] constexpr Fp operator*(const Fp& a, const Fp& b) {
    return sum_of_products<1>({&a}, {&b});
}

/// Below 2p; good for a factor of a product and for nothing else.
constexpr Fp unreduced_sum(const Fp& a, const Fp& b) {
    return {add(a.limbs, b.limbs)};
}

/// p - a, which for zero is p; good for a factor of a product and for nothing else.
constexpr Fp unreduced_negative(const Fp& a) {
    Carry borrow = 0;
    return {subtract(kFieldModulus, a.limbs, borrow)};
}

constexpr Fp square(const Fp& a) {
    return a * a;
}

/// 9a + b, where b may be p. The sum's first five bits, times 2^252 / p, are how often p goes into
/// it, or one less: p is 3.024 times 2^252.
constexpr Fp nine_times_plus(const Fp& a, const Fp& b) {
    LongLimbs sum = {b.limbs[0], b.limbs[1], b.limbs[2], b.limbs[3], 0};
    add_multiple(sum, a.limbs, 9);
    const std::uint64_t quotient = (sum[4] << 4 | sum[3] >> 60) * 169 / 512;
    LongLimbs multiple{};
    add_multiple(multiple, kFieldModulus, quotient);
    Carry borrow = 0;
    return reduced(subtract({sum[0], sum[1], sum[2], sum[3]},
                            {multiple[0], multiple[1], multiple[2], multiple[3]}, borrow));
}

/// The one of a field.
template <class Field>
inline constexpr Field kOne;
template <>
inline constexpr Fp kOne<Fp> = [] {
    Fp value{{1}};
    for (int i = 0; i < 256; ++i) {
        value = doubled(value);
    }
    return value;
}();
/// 2^256, for bringing numbers into the form in which they are held.
inline constexpr Fp kFpShift = [] {
    Fp value = kOne<Fp>;
    for (int i = 0; i < 256; ++i) {
        value = doubled(value);
    }
    return value;
}();

/// REQUIRES: number < p.
constexpr Fp to_field(const Limbs& number) {
    return Fp{number} * kFpShift;
}

constexpr Fp to_field(std::uint64_t number) {
    return to_field(Limbs{number});
}

/// The number below p that is held.
constexpr Limbs to_number(const Fp& a) {
    return (a * Fp{{1}}).limbs;
}

constexpr bool is_zero(const Fp& a) {
    return a == Fp{};
}

/// Square and multiply, for any field here.
template <class Field>
constexpr Field power(const Field& base, const Limbs& exponent) {
    std::size_t place = 256;
    while (place > 0 && !bit_of(exponent, place - 1)) {
        --place;
    }
    Field result = kOne<Field>;
    while (place-- > 0) {
        result = square(result);
        if (bit_of(exponent, place)) {
            result = result * base;
        }
    }
    return result;
}

/// 1 / a, by Fermat; zero for zero.
constexpr Fp inverse(const Fp& a) {
    // The modulus ends in a word from which 2 can be taken.
    return power(a, {kFieldModulus[0] - 2, kFieldModulus[1], kFieldModulus[2], kFieldModulus[3]});
}

/// One of the two, where there are any.
std::optional<Fp> square_root(const Fp& a);
/// Whether it is the greater of a and -a.
bool is_greater_half(const Fp& a);

} // namespace relay::groth16
