#include "relay/base/encoding.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay::base {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kBase64Digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase58Digits =
    "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// The value of each character, or kNoDigit.
using DigitTable = std::array<std::uint8_t, 256>;
constexpr std::uint8_t kNoDigit = 0xff;

constexpr DigitTable make_digit_table(std::string_view digits) {
    DigitTable table{};
    table.fill(kNoDigit);
    for (std::size_t value = 0; value < digits.size(); ++value) {
        table[static_cast<unsigned char>(digits[value])] = static_cast<std::uint8_t>(value);
    }
    return table;
}

constexpr DigitTable make_hex_table() {
    DigitTable table = make_digit_table(kHexDigits);
    for (unsigned char offset = 0; offset < 6; ++offset) {
        table['A' + offset] = static_cast<std::uint8_t>(10 + offset);
    }
    return table;
}

constexpr DigitTable kHexValues = make_hex_table();
constexpr DigitTable kBase64Values = make_digit_table(kBase64Digits);
constexpr DigitTable kBase58Values = make_digit_table(kBase58Digits);

std::uint8_t digit_value(const DigitTable& table, char digit) {
    return table[static_cast<unsigned char>(digit)];
}

// Base58 goes by groups: five digits are the most whose value fits a 32-bit limb.
constexpr std::size_t kGroupDigits = 5;
constexpr std::uint32_t kGroupValue = 58U * 58U * 58U * 58U * 58U;

/// limbs = limbs / divisor, least significant limb first; returns the remainder.
std::uint32_t divide(std::span<std::uint32_t> limbs, std::uint32_t divisor) {
    std::uint64_t remainder = 0;
    for (std::size_t i = limbs.size(); i-- > 0;) {
        const std::uint64_t value = remainder << 32 | limbs[i];
        limbs[i] = static_cast<std::uint32_t>(value / divisor);
        remainder = value % divisor;
    }
    return static_cast<std::uint32_t>(remainder);
}

/// limbs = limbs * factor + addend; returns what is carried out at the top.
std::uint32_t multiply_add(std::span<std::uint32_t> limbs, std::uint32_t factor,
                           std::uint32_t addend) {
    std::uint64_t carry = addend;
    for (std::uint32_t& limb : limbs) {
        carry += std::uint64_t{limb} * factor;
        limb = static_cast<std::uint32_t>(carry);
        carry >>= 32;
    }
    return static_cast<std::uint32_t>(carry);
}

} // namespace

std::string encode_hex(ByteView bytes) {
    std::string text(bytes.size() * 2, '\0');
    auto out = text.begin();
    for (const std::uint8_t byte : bytes) {
        *out++ = kHexDigits[byte >> 4];
        *out++ = kHexDigits[byte & 0x0f];
    }
    return text;
}

bool decode_hex(std::string_view text, std::span<std::uint8_t> out) {
    if (text.size() != out.size() * 2) {
        return false;
    }
    for (std::uint8_t& byte : out) {
        const std::uint8_t high = digit_value(kHexValues, text[0]);
        const std::uint8_t low = digit_value(kHexValues, text[1]);
        if (high == kNoDigit || low == kNoDigit) {
            return false;
        }
        byte = static_cast<std::uint8_t>(high << 4 | low);
        text.remove_prefix(2);
    }
    return true;
}

std::optional<Bytes> decode_hex(std::string_view text) {
    Bytes bytes(text.size() / 2);
    return decode_hex(text, bytes) ? std::optional(std::move(bytes)) : std::nullopt;
}

std::string encode_base64(ByteView bytes) {
    std::string text((bytes.size() + 2) / 3 * 4, '=');
    auto out = text.begin();
    const auto put_digits = [&out](std::uint32_t group, int digits) {
        for (int place = 0; place < digits; ++place) {
            *out++ = kBase64Digits[group >> (18 - 6 * place) & 0x3f];
        }
    };
    for (; bytes.size() >= 3; bytes = bytes.subspan(3)) {
        put_digits(std::uint32_t{bytes[0]} << 16 | std::uint32_t{bytes[1]} << 8 | bytes[2], 4);
    }
    if (bytes.size() == 2) {
        put_digits(std::uint32_t{bytes[0]} << 16 | std::uint32_t{bytes[1]} << 8, 3);
    } else if (bytes.size() == 1) {
        put_digits(std::uint32_t{bytes[0]} << 16, 2);
    }
    return text;
}

std::optional<Bytes> decode_base64(std::string_view text) {
    if (text.size() % 4 != 0) {
        return std::nullopt;
    }
    std::size_t padding = 0;
    while (padding < 2 && text.ends_with('=')) {
        text.remove_suffix(1);
        ++padding;
    }
    Bytes bytes;
    bytes.reserve((text.size() + padding) / 4 * 3);
    std::uint32_t pending = 0;
    int pending_bits = 0;
    for (const char digit : text) {
        const std::uint8_t value = digit_value(kBase64Values, digit);
        if (value == kNoDigit) {
            return std::nullopt;
        }
        pending = pending << 6 | value;
        pending_bits += 6;
        if (pending_bits >= 8) {
            pending_bits -= 8;
            bytes.push_back(static_cast<std::uint8_t>(pending >> pending_bits));
            pending &= (1U << pending_bits) - 1;
        }
    }
    if (pending != 0) {
        return std::nullopt; // trailing bits: a second text for the same bytes
    }
    return bytes;
}

std::string encode_base58(ByteView bytes) {
    const auto first_nonzero =
        std::ranges::find_if(bytes, [](std::uint8_t byte) { return byte != 0; });
    const auto zeros = static_cast<std::size_t>(first_nonzero - bytes.begin());
    const ByteView number = bytes.subspan(zeros);

    std::vector<std::uint32_t> limbs((number.size() + 3) / 4);
    for (std::size_t i = 0; i < number.size(); ++i) {
        const std::size_t place = number.size() - 1 - i;
        limbs[place / 4] |= std::uint32_t{number[i]} << (8 * (place % 4));
    }

    std::string text; // built from its end
    text.reserve(zeros + number.size() * 138 / 100 + kGroupDigits);
    while (!limbs.empty()) {
        std::uint32_t group = divide(limbs, kGroupValue);
        while (!limbs.empty() && limbs.back() == 0) {
            limbs.pop_back();
        }
        for (std::size_t i = 0; i < kGroupDigits && (group != 0 || !limbs.empty()); ++i) {
            text += kBase58Digits[group % 58];
            group /= 58;
        }
    }
    text.append(zeros, '1');
    std::ranges::reverse(text);
    return text;
}

std::optional<Bytes> decode_base58(std::string_view text) {
    if (text.size() > kMaxBase58Text) {
        return std::nullopt;
    }
    const std::size_t zeros = std::min(text.find_first_not_of('1'), text.size());

    std::array<std::uint32_t, kMaxBase58Text * 3 / 4 / 4> limbs{}; // a digit is under 6 bits
    std::size_t used = 0;
    for (std::size_t i = zeros; i < text.size();) {
        const std::size_t end = std::min(i + kGroupDigits, text.size());
        std::uint32_t group = 0;
        std::uint32_t factor = 1;
        for (; i < end; ++i) {
            const std::uint8_t value = digit_value(kBase58Values, text[i]);
            if (value == kNoDigit) {
                return std::nullopt;
            }
            group = group * 58 + value;
            factor *= 58;
        }
        const std::uint32_t carry = multiply_add(std::span(limbs).first(used), factor, group);
        if (carry != 0) {
            limbs[used++] = carry;
        }
    }

    Bytes bytes(zeros);
    bytes.reserve(zeros + used * 4);
    for (std::size_t place = used * 4; place-- > 0;) {
        const auto byte = static_cast<std::uint8_t>(limbs[place / 4] >> (8 * (place % 4)));
        if (byte != 0 || bytes.size() > zeros) {
            bytes.push_back(byte);
        }
    }
    return bytes;
}

ByteWriter& ByteWriter::u8(std::uint8_t value) {
    buffer_.push_back(value);
    return *this;
}

ByteWriter& ByteWriter::u32(std::uint32_t value) {
    for (int shift = 0; shift < 32; shift += 8) {
        buffer_.push_back(static_cast<std::uint8_t>(value >> shift));
    }
    return *this;
}

ByteWriter& ByteWriter::u64(std::uint64_t value) {
    for (int shift = 0; shift < 64; shift += 8) {
        buffer_.push_back(static_cast<std::uint8_t>(value >> shift));
    }
    return *this;
}

ByteWriter& ByteWriter::bytes(ByteView value) {
    buffer_.insert(buffer_.end(), value.begin(), value.end());
    return *this;
}

ByteWriter& ByteWriter::compact_u16(std::uint16_t value) {
    unsigned rest = value;
    while (rest >= 0x80) {
        buffer_.push_back(static_cast<std::uint8_t>(rest | 0x80));
        rest >>= 7;
    }
    buffer_.push_back(static_cast<std::uint8_t>(rest));
    return *this;
}

} // namespace relay::base
