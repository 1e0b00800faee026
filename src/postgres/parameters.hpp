#pragma once
// What libpq is told of a database: the operator's URL, read by libpq itself, with the relay's own
// limits where it sets none, and with the addresses of the hosts it names. libpq looks names up
// without a time limit, so that a name service that hangs would hang each call.
//
// Host names stay: certificates are verified against them. Left to libpq are unix sockets, URLs
// with a hostaddr, and hosts that a `service` in the URL names.

#include "relay/base/error.hpp"
#include "relay/postgres/settings.hpp"

#include <functional>
#include <string>
#include <vector>

namespace relay::postgres {

/// The numeric addresses of a host, in the order to try them.
using FindAddresses =
    std::function<base::Result<std::vector<std::string>>(const std::string& host)>;

enum class Server {
    /// The first that takes writes. So it is also where the URL would have any, or a standby.
    Writable,
    Any,
};

/// As keywords and values, in UTF-8 whatever the database is in. Throws base::Outage where no
/// host's address is found or, without a word of the URL, where libpq cannot read it.
std::string connection_parameters(const Settings& settings, const FindAddresses& find_addresses,
                                  Server server);

} // namespace relay::postgres
