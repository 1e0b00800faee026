#include "support/groth16/elements.hpp"

#include "fp.hpp"
#include "fp12.hpp"
#include "fp2.hpp"
#include "g1.hpp"
#include "g2.hpp"
#include "jacobian.hpp"
#include "limbs.hpp"
#include "points.hpp"
#include "relay/base/encoding.hpp"
#include "support/base/vectors.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <span>
#include <string>

namespace relay::groth16::test {
namespace {

base::Bytes bytes_of(const json& hex) {
    return relay::test::bytes_of_hex(hex.get<std::string>());
}

} // namespace

Limbs read_limbs(const json& hex) {
    return read_big_endian(base::ByteView(bytes_of(hex)).first<32>());
}

Fp read_fp(const json& hex) {
    return to_field(read_limbs(hex));
}

Fp2 read_fp2(const json& pair) {
    return {read_fp(pair.at(0)), read_fp(pair.at(1))};
}

Fp12 read_fp12(const json& twelve) {
    const auto coefficient = [&](int k) {
        return Fp2{read_fp(twelve.at(2 * k)), read_fp(twelve.at(2 * k + 1))};
    };
    return {{coefficient(0), coefficient(1), coefficient(2)},
            {coefficient(3), coefficient(4), coefficient(5)}};
}

G1 read_g1(const json& hex) {
    return decode_g1(base::ByteView(bytes_of(hex)).first<kG1Bytes>()).value();
}

G2 read_g2(const json& hex) {
    return decode_g2(base::ByteView(bytes_of(hex)).first<kG2Bytes>()).value();
}

Limbs random_scalar(Random& random) {
    return {random(), random(), random(), random() >> 3};
}

Fp random_fp(Random& random) {
    return to_field(random_scalar(random)); // below 2^253, and so below p
}

Fp2 random_fp2(Random& random) {
    return {random_fp(random), random_fp(random)};
}

G2 random_twist_point(Random& random) {
    for (;;) {
        const Fp2 x = random_fp2(random);
        if (const auto y = square_root(square(x) * x + g2_b())) {
            return {x, *y};
        }
    }
}

G2 g2_generator() {
    return read_g2(
        "198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2"
        "1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed"
        "090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b"
        "12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa");
}

G1 multiple(const G1& point, const Limbs& scalar) {
    return to_affine(multiply(to_jacobian(point), scalar));
}

G2 multiple(const G2& point, const Limbs& scalar) {
    return to_affine(multiply(to_jacobian(point), scalar));
}

Fp12 power(const Fp12& base, const Limbs& exponent) {
    return groth16::power(base, exponent);
}

} // namespace relay::groth16::test
