#pragma once
// Bytes and their texts: hex, base64 (RFC 4648 section 4, padding required) and base58 (Bitcoin's
// alphabet). Decoders take exactly what their encoder makes, or nothing: no white space, no
// missing or surplus padding, no non-zero trailing bits. Hex may be of either case.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay::base {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

std::string encode_hex(ByteView bytes);
std::optional<Bytes> decode_hex(std::string_view text);
/// False, and `out` of no meaning, where the text is not hex of just so many bytes.
bool decode_hex(std::string_view text, std::span<std::uint8_t> out);

std::string encode_base64(ByteView bytes);
std::optional<Bytes> decode_base64(std::string_view text);

/// Quadratic in length: meant for keys and signatures. decode_base58 refuses texts longer than
/// kMaxBase58Text, so that no caller can be made to spend time on a long one.
inline constexpr std::size_t kMaxBase58Text = 128;
std::string encode_base58(ByteView bytes);
std::optional<Bytes> decode_base58(std::string_view text);

/// Appends little-endian fields to a buffer.
class ByteWriter {
  public:
    /// `capacity`: how many bytes are expected, to spare the buffer its growing.
    explicit ByteWriter(std::size_t capacity = 0) { buffer_.reserve(capacity); }

    ByteWriter& u8(std::uint8_t value);
    ByteWriter& u32(std::uint32_t value);
    ByteWriter& u64(std::uint64_t value);
    ByteWriter& bytes(ByteView value);
    /// Solana's "compact-u16" length prefix: 7 bits a byte, least significant first.
    ByteWriter& compact_u16(std::uint16_t value);

    std::size_t size() const { return buffer_.size(); }
    Bytes take() { return std::move(buffer_); }

  private:
    Bytes buffer_;
};

} // namespace relay::base
