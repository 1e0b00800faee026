#pragma once
// By what one client's requests are told from another's where no address may be kept: a hash of its
// address under a key that is made at start and never leaves the process. Equal for equal
// addresses; nobody can choose addresses whose keys collide, or find one from its key.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace relay::base {

enum class ClientKey : std::uint64_t {};

class ClientKeys {
  public:
    /// Throws std::runtime_error where the system gives no random bytes.
    ClientKeys();

    /// REQUIRES: at most kMaxAddressText characters, as every address has.
    ClientKey of(std::string_view address) const;
    static constexpr std::size_t kMaxAddressText = 512;

  private:
    std::array<std::uint8_t, 32> secret_{};
};

} // namespace relay::base
