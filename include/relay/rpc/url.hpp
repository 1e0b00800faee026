#pragma once
// The address of a node's RPC: http or https, which may hold a login or an access key. Nothing of
// it but display() is ever logged.

#include "relay/base/error.hpp"

#include <string>
#include <string_view>

namespace relay::rpc {

struct Url {
    bool tls = false;
    std::string host;
    std::string port;
    /// Path and query, which may carry an access key: never logged.
    std::string target;
    /// "user:password" where the URL had it, its %XX escapes read: sent as Basic authorization,
    /// never logged.
    std::string credentials;

    /// The error never repeats the text, which may hold a secret.
    static base::Result<Url> parse(std::string_view text);
    /// "host:port", with the brackets of an IPv6 address.
    std::string authority() const;
    /// As a Host header has it: without the scheme's own port.
    std::string host_header() const;
    /// "https://host:port", safe to log.
    std::string display() const;
};

} // namespace relay::rpc
