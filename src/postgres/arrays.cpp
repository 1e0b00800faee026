#include "arrays.hpp"

#include "relay/base/encoding.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <pqxx/pqxx>
#include <string>
#include <string_view>

namespace relay::postgres {

namespace {

constexpr std::size_t kHeaderWords = 5;
constexpr std::size_t kWordBytes = 4;
constexpr std::uint32_t kNullLength = 0xffffffff;

/// Network order, as all of the protocol.
std::array<std::uint8_t, kWordBytes> word(std::uint32_t value) {
    return {static_cast<std::uint8_t>(value >> 24), static_cast<std::uint8_t>(value >> 16),
            static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
}

/// How many bytes the character at the text's front takes; 0 where they are not UTF-8.
std::size_t character_size(std::string_view text) {
    const auto byte = [&](std::size_t index) { return static_cast<unsigned char>(text[index]); };
    const unsigned char lead = byte(0);
    const std::size_t size = lead < 0x80   ? 1
                             : lead < 0xc2 ? 0
                             : lead < 0xe0 ? 2
                             : lead < 0xf0 ? 3
                                           : 4;
    if (size == 0 || lead > 0xf4 || text.size() < size) {
        return 0;
    }
    for (std::size_t index = 1; index < size; ++index) {
        if ((byte(index) & 0xc0) != 0x80) {
            return 0;
        }
    }
    const bool overlong = (lead == 0xe0 && byte(1) < 0xa0) || (lead == 0xf0 && byte(1) < 0x90);
    const bool no_character = (lead == 0xed && byte(1) > 0x9f) || (lead == 0xf4 && byte(1) > 0x8f);
    return overlong || no_character ? 0 : size;
}

std::string storable(std::string_view text) {
    std::string kept;
    kept.reserve(text.size());
    while (!text.empty()) {
        const auto size = character_size(text);
        if (size == 0) {
            kept += '?';
        } else if (text.front() != '\0') {
            kept += text.substr(0, size);
        }
        text.remove_prefix(std::max<std::size_t>(size, 1));
    }
    return kept;
}

} // namespace

BinaryArray::BinaryArray(ElementOid element) : bytes_(kHeaderWords * kWordBytes) {
    set_header_word(Header::Dimensions, 1);
    set_header_word(Header::Element, static_cast<std::uint32_t>(element));
    set_header_word(Header::FirstNumber, 1);
}

void BinaryArray::append(base::ByteView element) {
    begin_element(static_cast<std::uint32_t>(element.size()));
    bytes_.insert(bytes_.end(), element.begin(), element.end());
}

void BinaryArray::append_null() {
    begin_element(kNullLength);
    set_header_word(Header::HasNull, 1);
}

void BinaryArray::begin_element(std::uint32_t length) {
    const auto bytes = word(length);
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    set_header_word(Header::Count, ++count_);
}

void BinaryArray::set_header_word(Header place, std::uint32_t value) {
    std::ranges::copy(word(value), bytes_.begin() + static_cast<std::ptrdiff_t>(place) *
                                                        static_cast<std::ptrdiff_t>(kWordBytes));
}

pqxx::binarystring BinaryArray::parameter() const {
    return {bytes_.data(), bytes_.size()};
}

void TextArray::add(std::string_view text) {
    const auto kept = storable(text);
    append({reinterpret_cast<const std::uint8_t*>(kept.data()), kept.size()});
}

void BigintArray::add(std::int64_t number) {
    std::array<std::uint8_t, 8> bytes{};
    auto rest = static_cast<std::uint64_t>(number);
    for (std::size_t index = bytes.size(); index-- > 0; rest >>= 8) {
        bytes[index] = static_cast<std::uint8_t>(rest);
    }
    append(bytes);
}

void BooleanArray::add(bool value) {
    append(std::array<std::uint8_t, 1>{static_cast<std::uint8_t>(value ? 1 : 0)});
}

} // namespace relay::postgres
