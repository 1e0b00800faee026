#include "relay/solana/transaction_reader.hpp"

#include "relay/base/encoding.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/signature.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace relay::solana {

namespace {

constexpr std::size_t kHeaderBytes = 3;
constexpr std::uint8_t kVersionZero = 0x80;

/// Once it was asked for more than there is, it has nothing more.
class Reader {
  public:
    explicit Reader(base::ByteView bytes) : left_(bytes) {}

    base::ByteView take(std::size_t size) {
        if (size > left_.size()) {
            failed_ = true;
            left_ = {};
            return {};
        }
        const auto taken = left_.first(size);
        left_ = left_.subspan(size);
        return taken;
    }
    std::uint8_t byte() {
        const auto taken = take(1);
        return taken.empty() ? std::uint8_t{0} : taken.front();
    }
    std::size_t count() {
        std::size_t value = 0;
        for (unsigned shift = 0; shift < 21; shift += 7) {
            const auto part = byte();
            value |= static_cast<std::size_t>(part & 0x7fU) << shift;
            if ((part & 0x80U) == 0) {
                return value;
            }
        }
        failed_ = true;
        return 0;
    }
    bool skip_if(std::uint8_t value) {
        const bool is_there = !left_.empty() && left_.front() == value;
        if (is_there) {
            left_ = left_.subspan(1);
        }
        return is_there;
    }
    bool failed() const { return failed_; }

  private:
    base::ByteView left_;
    bool failed_ = false;
};

} // namespace

std::vector<base::Bytes> instruction_data(base::ByteView wire, const Pubkey& program) {
    Reader reader(wire);
    reader.take(reader.count() * sizeof(Signature::bytes));
    reader.skip_if(kVersionZero);
    reader.take(kHeaderBytes);
    const auto keys = reader.take(reader.count() * sizeof(Pubkey::bytes));
    reader.take(sizeof(Hash));
    std::vector<base::Bytes> found;
    for (auto left = reader.count(); left > 0 && !reader.failed(); --left) {
        const auto at = reader.byte() * sizeof(Pubkey::bytes);
        reader.take(reader.count());
        const auto data = reader.take(reader.count());
        const bool is_its =
            at + sizeof(Pubkey::bytes) <= keys.size() &&
            std::ranges::equal(keys.subspan(at, sizeof(Pubkey::bytes)), program.bytes);
        if (is_its) {
            found.emplace_back(data.begin(), data.end());
        }
    }
    return reader.failed() ? std::vector<base::Bytes>() : found;
}

} // namespace relay::solana
