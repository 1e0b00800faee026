#include "gnark_key.hpp"

#include "g2.hpp"
#include "points.hpp"
#include "relay/base/encoding.hpp"
#include "relay/base/error.hpp"
#include "relay/groth16/verifying_key.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace relay::groth16 {
namespace {

constexpr std::size_t kCountBytes = 4;
constexpr std::size_t kCommitmentBytes = 8;
constexpr std::array<std::uint8_t, kCountBytes> kThree = {0, 0, 0, 3};
constexpr std::size_t kKeyBytes =
    6 * kCompressedG1Bytes + 3 * kCompressedG2Bytes + kCountBytes + kCommitmentBytes;

/// Takes points off the front, and keeps what was wrong with the first bad one.
class PointReader {
  public:
    explicit PointReader(base::ByteView bytes) : rest_(bytes) {}

    base::ByteView bytes(std::size_t count) {
        const auto taken = rest_.first(count);
        rest_ = rest_.subspan(count);
        return taken;
    }

    G1Bytes g1(std::string_view name) {
        const auto point = decompress_g1(bytes(kCompressedG1Bytes).first<kCompressedG1Bytes>());
        if (!point) {
            refuse(name, "is no compressed point of G1");
            return {};
        }
        return encode(*point);
    }

    G2Bytes g2(std::string_view name) {
        const auto point = decompress_g2(bytes(kCompressedG2Bytes).first<kCompressedG2Bytes>());
        if (!point) {
            refuse(name, "is no compressed point of G2's curve");
            return {};
        }
        if (!is_in_subgroup(*point)) {
            refuse(name, "is on G2's curve but not in the group");
            return {};
        }
        return encode(*point);
    }

    const std::string& fault() const { return fault_; }

  private:
    void refuse(std::string_view name, std::string_view why) {
        if (fault_.empty()) {
            fault_.append(name).append(" ").append(why);
        }
    }

    base::ByteView rest_;
    std::string fault_;
};

} // namespace

base::Result<VerifyingKey::Points> read_gnark_key(base::ByteView bytes) {
    if (bytes.size() != kKeyBytes) {
        return base::fail("is no gnark verifying key for two public inputs: it has " +
                          std::to_string(bytes.size()) + " bytes, and one has " +
                          std::to_string(kKeyBytes));
    }
    PointReader reader(bytes);
    VerifyingKey::Points points;
    points.alpha = reader.g1("alpha");
    reader.g1("beta of the prover");
    points.beta = reader.g2("beta");
    points.gamma = reader.g2("gamma");
    reader.g1("delta of the prover");
    points.delta = reader.g2("delta");
    if (!std::ranges::equal(reader.bytes(kCountBytes), kThree)) {
        return base::fail("does not hold just 3 input points, for a circuit of two public inputs");
    }
    for (std::size_t i = 0; i < points.inputs.size(); ++i) {
        points.inputs[i] = reader.g1("input point " + std::to_string(i));
    }
    const auto commitments = reader.bytes(kCommitmentBytes);
    if (std::ranges::any_of(commitments, [](std::uint8_t byte) { return byte != 0; })) {
        return base::fail("holds commitments of gnark's, which this relay does not check");
    }
    if (!reader.fault().empty()) {
        return base::fail(reader.fault());
    }
    return points;
}

} // namespace relay::groth16
