#include "relay/http/client_address.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>
#include <boost/system/error_code.hpp>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace relay::http {

namespace {

namespace ip = boost::asio::ip;

constexpr unsigned kMappedBits = 96;
constexpr unsigned kClientBits = 64;

std::string_view trim(std::string_view text) {
    const auto begin = std::min(text.find_first_not_of(" \t"), text.size());
    const auto end = text.find_last_not_of(" \t") + 1;
    return text.substr(begin, end > begin ? end - begin : 0);
}

std::string to_text(const Address& address) {
    const ip::address_v6 v6(address.bytes);
    return v6.is_v4_mapped() ? ip::make_address_v4(ip::v4_mapped, v6).to_string() : v6.to_string();
}

Address cut_to(Address address, unsigned bits) {
    for (std::size_t index = 0; index < address.bytes.size(); ++index) {
        const auto kept =
            std::clamp<int>(static_cast<int>(bits) - static_cast<int>(index) * 8, 0, 8);
        address.bytes.at(index) &= static_cast<std::uint8_t>(0xff00 >> kept);
    }
    return address;
}

/// An element of X-Forwarded-For: an address, with a port perhaps, and then in brackets if it is
/// IPv6.
std::optional<Address> read_element(std::string_view text) {
    text = trim(text);
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        const auto rest = end == std::string_view::npos ? "" : text.substr(end + 1);
        return end == std::string_view::npos || (!rest.empty() && !rest.starts_with(':'))
                   ? std::nullopt
                   : Address::parse(text.substr(1, end - 1));
    }
    if (std::ranges::count(text, ':') == 1) {
        text = text.substr(0, text.find(':'));
    }
    return Address::parse(text);
}

} // namespace

std::optional<Address> Address::parse(std::string_view text) {
    boost::system::error_code error;
    const auto parsed = ip::make_address(text, error);
    if (error ||
        text.find('%') != std::string_view::npos) { // a link's name means nothing elsewhere
        return std::nullopt;
    }
    const auto v6 =
        parsed.is_v4() ? ip::make_address_v6(ip::v4_mapped, parsed.to_v4()) : parsed.to_v6();
    return Address{v6.to_bytes()};
}

bool Address::is_ipv4() const {
    return ip::address_v6(bytes).is_v4_mapped();
}

std::optional<Network> Network::parse(std::string_view text) {
    const auto slash = std::min(text.find('/'), text.size());
    const auto address = Address::parse(text.substr(0, slash));
    if (!address) {
        return std::nullopt;
    }
    const bool is_written_as_ipv4 = text.find(':') == std::string_view::npos;
    const unsigned most = is_written_as_ipv4 ? 128 - kMappedBits : 128;
    unsigned bits = most;
    if (slash < text.size()) {
        const auto digits = text.substr(slash + 1);
        const auto* const last = digits.data() + digits.size();
        const auto [end, error] = std::from_chars(digits.data(), last, bits);
        if (error != std::errc{} || end != last || bits > most) {
            return std::nullopt;
        }
    }
    bits += is_written_as_ipv4 ? kMappedBits : 0;
    return Network{cut_to(*address, bits), bits};
}

bool Network::contains(const Address& address) const {
    return cut_to(address, bits) == first;
}

Address ClientAddresses::find(Address peer, std::string_view forwarded_for) const {
    const auto is_trusted = [this](const Address& address) {
        return std::ranges::any_of(
            trusted_, [&](const Network& network) { return network.contains(address); });
    };
    while (!forwarded_for.empty() && is_trusted(peer)) {
        const auto comma = forwarded_for.rfind(',');
        const auto begin = comma == std::string_view::npos ? 0 : comma + 1;
        const auto next = read_element(forwarded_for.substr(begin));
        if (!next) {
            break;
        }
        peer = *next;
        forwarded_for = forwarded_for.substr(0, begin == 0 ? 0 : comma);
    }
    return peer;
}

std::string ClientAddresses::key(std::string_view peer, std::string_view forwarded_for) const {
    const auto connected = Address::parse(peer);
    if (!connected) {
        return std::string(peer);
    }
    const auto client = find(*connected, forwarded_for);
    return to_text(client.is_ipv4() ? client : cut_to(client, kClientBits));
}

} // namespace relay::http
