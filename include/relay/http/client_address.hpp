#pragma once
// Whose a request is, where proxies stand between: the address nearest to the client that a trusted
// one tells of. Pure. Source: docs/protocol.md, "Behind proxies".
//
// An address is 16 bytes, those of IPv4 mapped into IPv6 (RFC 4291 2.5.5.2), so that 127.0.0.1 and
// ::ffff:127.0.0.1 are one.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay::http {

struct Address {
    std::array<std::uint8_t, 16> bytes{};

    static std::optional<Address> parse(std::string_view text);
    bool is_ipv4() const;
    bool operator==(const Address&) const = default;
};

struct Network {
    Address first;
    /// How many of 128 count; 96 more than are written of an IPv4 network.
    unsigned bits = 0;

    /// "10.0.0.0/8", "fd00::/8", or one address.
    static std::optional<Network> parse(std::string_view text);
    bool contains(const Address& address) const;
    bool operator==(const Network&) const = default;
};

/// Walks from the peer through `forwarded_for`, the X-Forwarded-For with all of its lines, from
/// right to left, for as long as the address reached is trusted. Ends where it is not, at the
/// list's end, or before what is no address. The peer's text where that is none itself.
class ClientAddresses {
  public:
    explicit ClientAddresses(std::vector<Network> trusted) : trusted_(std::move(trusted)) {}

    /// By what one client's requests are counted: an IPv4 address, the /64 of an IPv6 one.
    std::string key(std::string_view peer, std::string_view forwarded_for) const;

  private:
    Address find(Address peer, std::string_view forwarded_for) const;

    std::vector<Network> trusted_;
};

} // namespace relay::http
