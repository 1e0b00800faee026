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
    EXPECT_TRUE(parse_strict_json(nested(kPostedJson.depth)).has_value());
    EXPECT_FALSE(parse_strict_json(nested(kPostedJson.depth + 1)).has_value());
    EXPECT_TRUE(parse_bounded_json(nested(kAnsweredJson.depth)).has_value());
    EXPECT_FALSE(parse_bounded_json(nested(kAnsweredJson.depth + 1)).has_value());
    EXPECT_FALSE(parse_bounded_json(std::string(4'194'304, '[')).has_value());
    EXPECT_FALSE(parse_bounded_json(R"({"error":{"message":)" + nested(60'000) + "}}").has_value());
    std::string objects;
    for (int i = 0; i < 10'000; ++i) {
        objects += R"({"a":)";
    }
    EXPECT_FALSE(parse_strict_json(objects).has_value());
    EXPECT_FALSE(parse_bounded_json(objects).has_value());
    EXPECT_TRUE(parse_strict_json("\"" + std::string(10'000, '[') + "\"").has_value());
}

TEST(StrictJson, BoundsTheNumberOfValues) {
    const auto filled = [](std::size_t count, const std::string& value) {
        std::string text = "[" + value;
        for (std::size_t i = 1; i < count; ++i) {
            text += "," + value;
        }
        return text + "]";
    };
    const JsonLimits limits{.depth = 3, .values = 7};
    EXPECT_TRUE(parse_bounded_json(filled(6, "0"), limits).has_value());
    EXPECT_FALSE(parse_bounded_json(filled(7, "0"), limits).has_value());
    EXPECT_TRUE(parse_bounded_json(filled(3, R"({"a":null})"), limits).has_value());
    EXPECT_FALSE(parse_bounded_json(filled(3, R"({"a":null,"b":0})"), limits).has_value());
    EXPECT_FALSE(parse_bounded_json(filled(7, "[]"), limits).has_value());
    for (const auto* value : {"0", "{}", "[]", "\"\"", R"({"a":0})", "null", "1.5"}) {
        EXPECT_FALSE(parse_bounded_json(filled(300'000, value)).has_value());
    }
    const std::string status = R"({"slot":1,"confirmations":null,"confirmationStatus":"finalized",)"
                               R"("err":{"InstructionError":[2,{"Custom":4112}]},)"
                               R"("status":{"Err":{"InstructionError":[2,{"Custom":4112}]}}})";
    const auto answer = R"({"jsonrpc":"2.0","id":1,"result":{"context":{"slot":1},"value":)" +
                        filled(256 * 8, status) + "}}";
    EXPECT_TRUE(parse_bounded_json(answer).has_value());
}

TEST(StrictJson, NeverQuotesTheText) {
    const auto parsed = parse_strict_json(R"({"proof": hunter2})");
    ASSERT_FALSE(parsed.has_value());
    EXPECT_EQ(parsed.error().message, "not valid JSON at byte 11");
}

} // namespace
} // namespace relay::base
