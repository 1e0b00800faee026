#include "arrays.hpp"

#include "relay/base/encoding.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace relay::postgres {
namespace {

using std::string_view_literals::operator""sv;

std::string hex(const BinaryArray& array) {
    const auto bytes = array.parameter();
    return base::encode_hex({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

/// One dimension from 1 on, of `count` elements of the type.
std::string header(bool has_null, std::string_view type, std::string_view count) {
    return std::string("00000001") + (has_null ? "00000001" : "00000000") + std::string(type) +
           std::string(count) + "00000001";
}

TEST(BinaryArray, WithoutElementsIsItsHeader) {
    EXPECT_EQ(hex(UuidArray()), header(false, "00000b86", "00000000"));
}

TEST(BinaryArray, WritesEachElementAfterItsLength) {
    UuidArray uuids;
    std::array<std::uint8_t, 16> uuid{};
    uuid.back() = 0xab;
    uuids.add(uuid);
    EXPECT_EQ(hex(uuids), header(false, "00000b86", "00000001") +
                              "00000010"
                              "000000000000000000000000000000ab");
    ByteaArray bytes;
    bytes.add({});
    bytes.add(base::Bytes{0x00, 0xff});
    EXPECT_EQ(hex(bytes), header(false, "00000011", "00000002") +
                              "00000000"
                              "00000002"
                              "00ff");
    BigintArray numbers;
    numbers.add(258);
    numbers.add(-1);
    EXPECT_EQ(hex(numbers), header(false, "00000014", "00000002") +
                                "00000008"
                                "0000000000000102"
                                "00000008"
                                "ffffffffffffffff");
    BooleanArray flags;
    flags.add(true);
    flags.add(false);
    EXPECT_EQ(hex(flags), header(false, "00000010", "00000002") +
                              "0000000101"
                              "0000000100");
}

TEST(BinaryArray, TellsANullFromAnEmptyText) {
    TextArray texts;
    texts.add("a");
    texts.add_null();
    texts.add("");
    EXPECT_EQ(hex(texts), header(true, "00000019", "00000003") +
                              "0000000161"
                              "ffffffff"
                              "00000000");
}

TEST(TextArray, HoldsOnlyWhatATextColumnCan) {
    struct Case {
        std::string_view text;
        std::string_view kept;
    };
    for (const Case& known :
         {Case{"a\0b"sv, "ab"sv}, Case{"naïve ✓ 😀"sv, "naïve ✓ 😀"sv}, Case{"\xff"sv, "?"sv},
          Case{"a\xc3"sv, "a?"sv}, Case{"\xc3(b"sv, "?(b"sv}, Case{"\xe2\x9c"sv, "??"sv},
          Case{"\xc0\xaf"sv, "??"sv},           // overlong
          Case{"\xe0\x80\xaf"sv, "???"sv},      // overlong
          Case{"\xed\xa0\x80"sv, "???"sv},      // a surrogate
          Case{"\xf4\x90\x80\x80"sv, "????"sv}, // beyond Unicode
          Case{"\xf0\x9f\x98\x80"sv, "\xf0\x9f\x98\x80"sv}}) {
        TextArray array;
        array.add(known.text);
        const auto bytes = array.parameter();
        const std::string_view whole(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        EXPECT_EQ(whole.substr(24), known.kept); // after the header and the length
    }
}

} // namespace
} // namespace relay::postgres
