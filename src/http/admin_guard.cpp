#include "relay/http/admin_guard.hpp"

#include "relay/base/secret.hpp"
#include "relay/base/url.hpp"
#include "relay/http/envelope.hpp"
#include "relay/http/message.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/system/error_code.hpp>
#include <cctype>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace relay::http {

namespace {

std::string lower(std::string_view text) {
    std::string lowered(text);
    std::ranges::transform(lowered, lowered.begin(), [](unsigned char letter) {
        return static_cast<char>(std::tolower(letter));
    });
    return lowered;
}

std::optional<boost::asio::ip::address> parse_address(const std::string& text) {
    boost::system::error_code error;
    auto address = boost::asio::ip::make_address(text, error);
    return error ? std::nullopt : std::optional(address);
}

} // namespace

AdminGuard::AdminGuard(std::string host, std::string token)
    : host_(lower(host)), token_(std::move(token)) {
    const auto address = parse_address(host_);
    listens_on_all_ = address && address->is_unspecified();
}

std::optional<Response> AdminGuard::refusal(const Request& request) const {
    if (!request.host.empty() && !is_own(request.host)) {
        return failure(403, "foreign_host", "The request's Host is not this listener's.", {},
                       "Ask by the listener's own address or a loopback name, or send a Host "
                       "header that is one, such as localhost.");
    }
    if (!request.origin.empty() && !is_own_origin(request)) {
        return failure(403, "foreign_origin",
                       "The request comes from a web page of another origin, which may not ask.");
    }
    if (!has_token(request.authorization)) {
        auto response = failure(401, "unauthorized", "This call needs the admin token.", {},
                                "Send Authorization: Bearer TOKEN.");
        response.headers.emplace_back("WWW-Authenticate", "Bearer");
        return response;
    }
    return std::nullopt;
}

/// "host" or "host:port", whatever the port: who forwards a port chooses its number.
bool AdminGuard::is_own(std::string_view authority) const {
    const auto parts = base::split_url_authority(authority);
    if (!parts || !parts->login.empty()) {
        return false;
    }
    const auto name = lower(parts->host);
    if (name == host_ || name == "localhost" || name.ends_with(".localhost")) {
        return true;
    }
    const auto address = parse_address(name);
    return address && (address->is_loopback() || listens_on_all_);
}

/// The page was served by this listener: its host is ours, and its port the one that was asked.
bool AdminGuard::is_own_origin(const Request& request) const {
    std::string_view origin = request.origin;
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (origin.starts_with(scheme)) {
            origin.remove_prefix(scheme.size());
            const auto page = base::split_url_authority(origin);
            const auto asked = base::split_url_authority(request.host);
            return page && asked && page->port == asked->port && is_own(origin);
        }
    }
    return false; // "null" is a page that hides where it is from
}

bool AdminGuard::has_token(std::string_view authorization) const {
    if (token_.empty()) {
        return true;
    }
    const auto space = std::min(authorization.find(' '), authorization.size());
    if (lower(authorization.substr(0, space)) != "bearer") {
        return false;
    }
    authorization.remove_prefix(space);
    authorization.remove_prefix(
        std::min(authorization.find_first_not_of(' '), authorization.size()));
    return base::equal_secrets(authorization, token_);
}

} // namespace relay::http
