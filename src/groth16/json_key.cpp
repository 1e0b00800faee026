#include "json_key.hpp"

#include "g2.hpp"
#include "points.hpp"
#include "relay/base/encoding.hpp"
#include "relay/base/error.hpp"
#include "relay/base/strict_json.hpp"
#include "relay/groth16/verifying_key.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace relay::groth16 {
namespace {

using Json = nlohmann::json;

std::string in_quotes(std::string_view name) {
    return "\"" + std::string(name) + "\"";
}

/// Reads members, and keeps what was wrong with the first bad one.
class MemberReader {
  public:
    explicit MemberReader(const Json& object) : object_(object) {}

    const Json& member(std::string_view name) {
        static const Json kNone;
        const auto found = object_.find(name);
        return found == object_.end() ? kNone : *found;
    }

    template <std::size_t kSize>
    std::array<std::uint8_t, kSize> bytes(const Json& value, const std::string& name) {
        std::array<std::uint8_t, kSize> read{};
        std::string_view text;
        if (value.is_string()) {
            text = value.get_ref<const std::string&>();
        }
        text.remove_prefix(text.starts_with("0x") ? 2 : 0);
        if (!base::decode_hex(text, read)) {
            refuse("needs " + name + " of " + std::to_string(kSize) + " bytes in hex");
        }
        return read;
    }

    G1Bytes g1(const Json& value, const std::string& name) {
        const auto read = bytes<kG1Bytes>(value, name);
        check(decode_g1(read), read, name);
        return read;
    }

    G2Bytes g2(const std::string& name) {
        const auto read = bytes<kG2Bytes>(member(name), in_quotes(name));
        const auto point = decode_g2(read);
        check(point, read, in_quotes(name));
        if (point && !is_in_subgroup(*point)) {
            refuse("has a " + in_quotes(name) + " that is on G2's curve but not in the group");
        }
        return read;
    }

    void refuse(std::string fault) {
        if (fault_.empty()) {
            fault_ = std::move(fault);
        }
    }

    const std::string& fault() const { return fault_; }

  private:
    /// Here only the plain spelling of a point will do.
    template <class Point, std::size_t kSize>
    void check(const std::optional<Point>& point, const std::array<std::uint8_t, kSize>& read,
               const std::string& name) {
        if (!point || point->is_infinity || encode(*point) != read) {
            refuse("has in " + name + " no point of its curve, or infinity");
        }
    }

    const Json& object_;
    std::string fault_;
};

} // namespace

base::Result<JsonKey> read_json_key(std::string_view text) {
    const auto json = base::parse_strict_json(text);
    if (!json) {
        return base::fail("is " + json.error().message);
    }
    if (!json->is_object()) {
        return base::fail("is no JSON object");
    }
    MemberReader reader(*json);
    JsonKey key;
    key.selector = reader.bytes<kSelectorBytes>(reader.member("selector"), in_quotes("selector"));
    key.points.alpha = reader.g1(reader.member("alpha"), in_quotes("alpha"));
    key.points.beta = reader.g2("beta");
    key.points.gamma = reader.g2("gamma");
    key.points.delta = reader.g2("delta");
    const Json& inputs = reader.member("ic");
    if (!inputs.is_array() || inputs.size() != key.points.inputs.size()) {
        reader.refuse("needs \"ic\" of just 3 points, for a circuit of two public inputs");
    }
    for (std::size_t i = 0; i < key.points.inputs.size() && reader.fault().empty(); ++i) {
        key.points.inputs[i] = reader.g1(inputs[i], "\"ic\"[" + std::to_string(i) + "]");
    }
    if (!reader.fault().empty()) {
        return base::fail(reader.fault());
    }
    return key;
}

} // namespace relay::groth16
