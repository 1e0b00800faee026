#include "relay/base/encoding.hpp"

#include "support/base/vectors.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>

namespace relay::base {
namespace {

Bytes bytes_of(std::string_view text) {
    return {text.begin(), text.end()};
}

/// Every length to 80, every number of leading zeros to 4: the shapes base58 cares about.
template <class Check>
void for_many_byte_strings(Check check) {
    std::mt19937 random(20240607); // the same strings each time
    for (std::size_t length = 0; length <= 80; ++length) {
        for (std::size_t zeros = 0; zeros <= 4 && zeros <= length; ++zeros) {
            Bytes bytes(length);
            for (std::size_t i = zeros; i < length; ++i) {
                bytes[i] = static_cast<std::uint8_t>(random());
            }
            check(bytes);
        }
    }
}

TEST(Hex, KnownTexts) {
    EXPECT_EQ(encode_hex({}), "");
    EXPECT_EQ(encode_hex(Bytes{0x00, 0x7f, 0x80, 0xab, 0xff}), "007f80abff");
    EXPECT_EQ(decode_hex(""), Bytes{});
    EXPECT_EQ(decode_hex("007f80abff"), (Bytes{0x00, 0x7f, 0x80, 0xab, 0xff}));
    EXPECT_EQ(decode_hex("ABCDEFabcdef"), (Bytes{0xab, 0xcd, 0xef, 0xab, 0xcd, 0xef}));
}

TEST(Hex, RefusesWhatIsNotHex) {
    using std::string_view_literals::operator""sv;
    for (const std::string_view text :
         {"0"sv, "abc"sv, "0g"sv, "G0"sv, "0x00"sv, " 00"sv, "00 "sv, "0 0"sv, "+1"sv, "-1"sv,
          "\0\0"sv, "\xc3\xa9"sv, "@@"sv, "``"sv, "::"sv, "//"sv}) {
        EXPECT_EQ(decode_hex(text), std::nullopt) << text;
    }
}

TEST(Hex, FillsAnArrayOfJustItsSize) {
    std::array<std::uint8_t, 2> bytes{};
    EXPECT_TRUE(decode_hex("00fF", bytes));
    EXPECT_EQ(bytes, (std::array<std::uint8_t, 2>{0x00, 0xff}));
    for (const auto* text : {"", "00f", "00ff0", "00ff00", "00fg"}) {
        EXPECT_FALSE(decode_hex(text, bytes)) << text;
    }
}

TEST(Hex, RoundTrips) {
    for_many_byte_strings(
        [](const Bytes& bytes) { EXPECT_EQ(decode_hex(encode_hex(bytes)), bytes); });
}

TEST(Base64, KnownTexts) { // RFC 4648, section 10
    struct Case {
        std::string_view plain;
        std::string_view text;
    };
    for (const Case& known :
         {Case{"", ""}, Case{"f", "Zg=="}, Case{"fo", "Zm8="}, Case{"foo", "Zm9v"},
          Case{"foob", "Zm9vYg=="}, Case{"fooba", "Zm9vYmE="}, Case{"foobar", "Zm9vYmFy"}}) {
        EXPECT_EQ(encode_base64(bytes_of(known.plain)), known.text);
        EXPECT_EQ(decode_base64(known.text), bytes_of(known.plain)) << known.text;
    }
    EXPECT_EQ(encode_base64(Bytes{0xfb, 0xff, 0xbf}), "+/+/");
}

TEST(Base64, RefusesWhatItsEncoderDoesNotMake) {
    for (const std::string_view text :
         {"Z",    "Zg",       "Zg=",  "Zm8",    "Zg===", "====",  "===",        "=",     "Z===",
          "=Zg=", "Zg==Zg==", "Z=g=", "Zm9v\n", "Zm9 v", " Zm9v", "Zm9v    ",   "Zm9v=", "Zm9v====",
          "-_-_", "Zm9*",     "Zh==", "Zm9=",   "Zn8",   "Zm+=",  "\xc3\xa9==", "A=AA"}) {
        EXPECT_EQ(decode_base64(text), std::nullopt) << text;
    }
}

TEST(Base64, RoundTrips) {
    for_many_byte_strings(
        [](const Bytes& bytes) { EXPECT_EQ(decode_base64(encode_base64(bytes)), bytes); });
}

TEST(Base64, EveryTextOfOneGroupThatDecodesEncodesBack) {
    std::mt19937 random(7); // the same texts each time
    constexpr std::string_view kSome = "AZaz09+/=QgwB";
    for (int i = 0; i < 20'000; ++i) {
        std::string text;
        for (int k = 0; k < 4; ++k) {
            text += kSome[random() % kSome.size()];
        }
        if (const auto bytes = decode_base64(text)) {
            EXPECT_EQ(encode_base64(*bytes), text);
        }
    }
}

TEST(Base58, KnownTexts) {
    EXPECT_EQ(encode_base58({}), "");
    EXPECT_EQ(decode_base58(""), Bytes{});
    EXPECT_EQ(encode_base58(Bytes{0}), "1");
    EXPECT_EQ(encode_base58(Bytes{0, 0, 57}), "11z");
    EXPECT_EQ(encode_base58(Bytes{58}), "21");
    EXPECT_EQ(encode_base58(bytes_of("Hello World!")), "2NEpo7TZRRrLZSi2U");
    EXPECT_EQ(encode_base58(Bytes{0, 0, 0x28, 0x7f, 0xb4, 0xcd}), "11233QC4");
}

TEST(Base58, Vectors) {
    const nlohmann::json& vectors = test::load_vectors("base58.json");
    for (const nlohmann::json& known : vectors.at("pubkeys")) {
        const auto text = known.at("base58").get<std::string>();
        const Bytes bytes = test::bytes_of_hex(known.at("hex").get<std::string>());
        EXPECT_EQ(encode_base58(bytes), text);
        EXPECT_EQ(decode_base58(text), bytes) << text;
    }
}

TEST(Base58, RoundTrips) {
    for_many_byte_strings(
        [](const Bytes& bytes) { EXPECT_EQ(decode_base58(encode_base58(bytes)), bytes); });
}

TEST(Base58, RefusesOtherCharacters) {
    using std::string_view_literals::operator""sv;
    for (const std::string_view text : {"0"sv, "O"sv, "I"sv, "l"sv, " "sv, "11 "sv, " 11"sv,
                                        "2g\n"sv, "+"sv, "2\0"sv, "\xc3\xa9"sv, "2_g"sv}) {
        EXPECT_EQ(decode_base58(text), std::nullopt) << text;
    }
}

TEST(Base58, TakesTheLongestTextAndNoLonger) {
    const std::string greatest(kMaxBase58Text, 'z');
    const auto bytes = decode_base58(greatest);
    ASSERT_TRUE(bytes.has_value());
    EXPECT_EQ(encode_base58(*bytes), greatest);
    EXPECT_EQ(decode_base58(std::string(kMaxBase58Text, '1')), Bytes(kMaxBase58Text));
    EXPECT_EQ(decode_base58(std::string(kMaxBase58Text + 1, 'z')), std::nullopt);
    EXPECT_EQ(decode_base58(std::string(1'000'000, '1')), std::nullopt);
}

TEST(ByteWriter, WritesLittleEndian) {
    ByteWriter writer;
    writer.u8(0x01).u32(0x02030405).u64(0x060708090a0b0c0d).bytes(Bytes{0xee, 0xff});
    EXPECT_EQ(writer.size(), 15U);
    EXPECT_EQ(encode_hex(writer.take()), "01050403020d0c0b0a09080706eeff");
}

TEST(ByteWriter, CompactU16) { // the examples of Solana's short_vec
    struct Case {
        std::uint16_t value;
        std::string_view hex;
    };
    for (const Case& known :
         {Case{0x0000, "00"}, Case{0x0005, "05"}, Case{0x007f, "7f"}, Case{0x0080, "8001"},
          Case{0x00ff, "ff01"}, Case{0x0100, "8002"}, Case{0x3fff, "ff7f"}, Case{0x4000, "808001"},
          Case{0x7fff, "ffff01"}, Case{0xffff, "ffff03"}}) {
        EXPECT_EQ(encode_hex(ByteWriter().compact_u16(known.value).take()), known.hex);
    }
}

} // namespace
} // namespace relay::base
