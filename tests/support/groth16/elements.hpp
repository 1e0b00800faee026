#pragma once
// Elements of the fields and groups of BN254: read from bn254.json, or drawn with a seed.

#include "fp.hpp"
#include "fp12.hpp"
#include "fp2.hpp"
#include "g1.hpp"
#include "g2.hpp"
#include "limbs.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <random>

namespace relay::groth16::test {

using nlohmann::json;

Limbs read_limbs(const json& hex);
Fp read_fp(const json& hex);
Fp2 read_fp2(const json& pair);
Fp12 read_fp12(const json& twelve);
G1 read_g1(const json& hex);
G2 read_g2(const json& hex);

/// r is prime to all that is drawn here, and small numbers are as good as great ones.
using Random = std::mt19937_64;

Limbs random_scalar(Random& random);
Fp random_fp(Random& random);
Fp2 random_fp2(Random& random);
/// A point of the twist: hardly ever one of the group.
G2 random_twist_point(Random& random);

G2 g2_generator();
G1 multiple(const G1& point, const Limbs& scalar);
G2 multiple(const G2& point, const Limbs& scalar);

/// Square and multiply.
Fp12 power(const Fp12& base, const Limbs& exponent);

} // namespace relay::groth16::test
