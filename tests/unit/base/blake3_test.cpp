#include "relay/base/blake3.hpp"

#include "relay/base/encoding.hpp"
#include "support/base/vectors.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace relay::base {
namespace {

TEST(Blake3, OfficialVectors) {
    std::size_t checked = 0;
    for (const nlohmann::json& known : test::load_vectors("blake3_official.json").at("cases")) {
        const auto length = known.at("input_len").get<std::size_t>();
        if (length > kBlake3ChunkBytes) {
            continue;
        }
        Bytes input(length);
        for (std::size_t i = 0; i < length; ++i) {
            input[i] = static_cast<std::uint8_t>(i % 251); // as the vectors' comment has it
        }
        const auto extended = known.at("hash").get<std::string>();
        EXPECT_EQ(encode_hex(blake3(input)), extended.substr(0, 64)) << length << " bytes";
        ++checked;
    }
    EXPECT_EQ(checked, 17U);
}

} // namespace
} // namespace relay::base
