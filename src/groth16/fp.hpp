#pragma once
// The field of the coordinates: integers modulo p = kFieldModulus.
//
// A value a is held as a 2^256 mod p, always below p, so that a product needs no division.
//
// Source: P. Montgomery, "Modular Multiplication Without Trial Division", 1985; the order of the
// steps is CIOS of Koc, Acar and Kaliski, "Analyzing and Comparing Montgomery Multiplication
// Algorithms", 1996. As p leaves two bits of its top word free, no sum here overflows 256 bits, and
// CIOS's last carry is always zero.

#include "limbs.hpp"

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
    std::uint64_t borrow = 0;
    const Limbs less = subtract(number, kFieldModulus, borrow);
    return {borrow != 0 ? number : less};
}

constexpr Fp operator+(const Fp& a, const Fp& b) {
    Limbs sum{};
    std::uint64_t carry = 0;
    sum[0] = add_with_carry(a.limbs[0], b.limbs[0], carry);
    sum[1] = add_with_carry(a.limbs[1], b.limbs[1], carry);
    sum[2] = add_with_carry(a.limbs[2], b.limbs[2], carry);
    sum[3] = add_with_carry(a.limbs[3], b.limbs[3], carry);
    return reduced(sum);
}

constexpr Fp operator-(const Fp& a, const Fp& b) {
    std::uint64_t borrow = 0;
    Limbs difference = subtract(a.limbs, b.limbs, borrow);
    const std::uint64_t mask = -borrow;
    std::uint64_t carry = 0;
    difference[0] = add_with_carry(difference[0], kFieldModulus[0] & mask, carry);
    difference[1] = add_with_carry(difference[1], kFieldModulus[1] & mask, carry);
    difference[2] = add_with_carry(difference[2], kFieldModulus[2] & mask, carry);
    difference[3] = add_with_carry(difference[3], kFieldModulus[3] & mask, carry);
    return {difference};
}

constexpr Fp operator-(const Fp& a) {
    return Fp{} - a;
}

constexpr Fp doubled(const Fp& a) {
    return a + a;
}

constexpr Fp halved(const Fp& a) {
    const std::uint64_t mask = -(a.limbs[0] & 1); // p is odd: adding it makes an odd number even
    Limbs even{};
    std::uint64_t carry = 0;
    for (int i = 0; i < 4; ++i) {
        even[i] = add_with_carry(a.limbs[i], kFieldModulus[i] & mask, carry);
    }
    for (int i = 0; i < 3; ++i) {
        even[i] = even[i] >> 1 | even[i + 1] << 63;
    }
    even[3] >>= 1;
    return {even};
}

/// a b / 2^256, for what is held that way: the product.
constexpr Fp operator*(const Fp& a, const Fp& b) {
    Limbs sum{};
    for (int i = 0; i < 4; ++i) {
        // One word of b is multiplied in, then a multiple of p that clears the lowest word is
        // added, and all moves down by a word.
        const std::uint64_t word = b.limbs[i];
        std::uint64_t carry = 0;
        sum[0] = multiply_add(sum[0], a.limbs[0], word, carry);
        const std::uint64_t multiple = sum[0] * kMontgomeryFactor;
        std::uint64_t clearing = 0;
        multiply_add(sum[0], multiple, kFieldModulus[0], clearing);
        for (int j = 1; j < 4; ++j) {
            sum[j] = multiply_add(sum[j], a.limbs[j], word, carry);
            sum[j - 1] = multiply_add(sum[j], multiple, kFieldModulus[j], clearing);
        }
        sum[3] = carry + clearing;
    }
    return reduced(sum);
}

constexpr Fp square(const Fp& a) {
    return a * a;
}

/// 1, and 2^256 for bringing numbers into the form in which they are held.
inline constexpr Fp kFpOne = [] {
    Fp value{{1}};
    for (int i = 0; i < 256; ++i) {
        value = doubled(value);
    }
    return value;
}();
inline constexpr Fp kFpShift = [] {
    Fp value = kFpOne;
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
constexpr Field power(const Field& base, const Limbs& exponent, const Field& one) {
    Field result = one;
    for (std::size_t place = 256; place-- > 0;) {
        result = square(result);
        if (bit_of(exponent, place)) {
            result = result * base;
        }
    }
    return result;
}

/// 1 / a; zero for zero.
Fp inverse(const Fp& a);
/// One of the two, where there are any.
std::optional<Fp> square_root(const Fp& a);
/// Whether it is the greater of a and -a.
bool is_greater_half(const Fp& a);

} // namespace relay::groth16
