#include "relay/base/strict_json.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace relay::base {
namespace {

std::string nested(std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
}

TEST(StrictJson, ReadsWhatTheLibraryReads) {
    for (const std::string_view text :
         {"null", "true", "0", "-1", "18446744073709551615", "1.5", "\"\"", "[]", "{}",
          R"({"a":[1,{"b":null},[]],"c":{"a":"x"},"d":[{"a":1},{"a":2}]})", " \t\r\n[1 , 2] \n",
          R"(["\u0000\ud83d\ude00", "é"])", R"({"":1,"a":{"":2}})"}) {
        const auto parsed = parse_strict_json(text);
        ASSERT_TRUE(parsed.has_value()) << text;
        EXPECT_EQ(*parsed, nlohmann::json::parse(text)) << text;
    }
}

TEST(StrictJson, KeepsIntegersApartFromFloats) {
    EXPECT_TRUE(parse_strict_json("7").value().is_number_unsigned());
    EXPECT_FALSE(parse_strict_json("-7").value().is_number_unsigned());
    EXPECT_TRUE(parse_strict_json("7.0").value().is_number_float());
    EXPECT_TRUE(parse_strict_json("7e0").value().is_number_float());
    EXPECT_TRUE(parse_strict_json("18446744073709551616").value().is_number_float());
}

TEST(StrictJson, Refuses) {
    using std::string_view_literals::operator""sv;
    for (const std::string_view text : {""sv,
                                        " "sv,
                                        "{"sv,
                                        "}"sv,
                                        "[1,]"sv,
                                        "[1 2]"sv,
                                        "{\"a\":1,}"sv,
                                        "{\"a\"}"sv,
                                        "{a:1}"sv,
                                        "{'a':1}"sv,
                                        "nul"sv,
                                        "True"sv,
                                        "NaN"sv,
                                        "Infinity"sv,
                                        "-Infinity"sv,
                                        "01"sv,
                                        "+1"sv,
                                        ".5"sv,
                                        "1."sv,
                                        "0x10"sv,
                                        "1e400"sv,
                                        "\"a"sv,
                                        "\"\t\""sv,
                                        "\"\\x\""sv,
                                        "\"\\ud800\""sv,
                                        "[] []"sv,
                                        "{}x"sv,
                                        "{}\0"sv,
                                        "{}\0{}"sv,
                                        "\0"sv,
                                        "\"a\0\""sv,
                                        "// c\n1"sv,
                                        "/* c */ 1"sv,
                                        "\xef\xbb\xbf{}"sv,
                                        "\xff"sv,
                                        "\"\xff\""sv,
                                        "\"\xc0\xaf\""sv,
                                        "\"\xed\xa0\x80\""sv,
                                        "\"\xc3\""sv,
                                        R"({"a":1,"a":1})"sv,
                                        R"({"a":1,"\u0061":2})"sv,
                                        R"([{"b":{"c":1,"d":2,"c":3}}])"sv}) {
        const auto parsed = parse_strict_json(text);
        ASSERT_FALSE(parsed.has_value()) << text;
        EXPECT_FALSE(parsed.error().message.empty()) << text;
    }
}

TEST(StrictJson, BoundsTheDepth) {
    EXPECT_TRUE(parse_strict_json(nested(kMaxJsonDepth)).has_value());
    EXPECT_FALSE(parse_strict_json(nested(kMaxJsonDepth + 1)).has_value());
    EXPECT_FALSE(parse_strict_json(std::string(1'000'000, '[')).has_value());
    std::string objects;
    for (int i = 0; i < 10'000; ++i) {
        objects += R"({"a":)";
    }
    EXPECT_FALSE(parse_strict_json(objects).has_value());
}

TEST(StrictJson, NeverQuotesTheText) {
    const auto parsed = parse_strict_json(R"({"proof": hunter2})");
    ASSERT_FALSE(parsed.has_value());
    EXPECT_EQ(parsed.error().message, "not valid JSON at byte 11");
}

} // namespace
} // namespace relay::base
