#pragma once
// Who may ask the admin listener for what stands under /admin. Pure.
//
// A web page that the operator's browser shows must not reach it, with or without a token. Such a
// page says so itself: its Origin is foreign; or, where it had its own name resolve to this
// machine (DNS rebinding), the Host is, since that is a name of the page's. So the Host must be one
// that no stranger can have a page at: a loopback name or address, the address that the listener
// was told to listen on, or, where it listens on all, any address written in digits.
//
// /metrics and /health ask for neither: a scrape calls the relay by its service's name, an
// orchestrator's probe by whatever address it has, and what they tell is told to them alone: no
// answer of theirs is let across origins.

#include "relay/http/message.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace relay::http {

class AdminGuard {
  public:
    /// `host`: what the listener was told to listen on. `token`: what is asked for as a bearer
    /// token; empty: nothing.
    AdminGuard(std::string host, std::string token);

    /// 403 for a foreign Host or Origin, 401 without the token, or none.
    std::optional<Response> refusal(const Request& request) const;
    /// By whose right the request is made, for the record: "admin", or "anonymous" where there is
    /// no token.
    std::string_view who() const { return token_.empty() ? "anonymous" : "admin"; }

  private:
    bool is_own(std::string_view authority) const;
    bool is_own_origin(const Request& request) const;
    bool has_token(std::string_view authorization) const;

    std::string host_;
    std::string token_;
    bool listens_on_all_;
};

} // namespace relay::http
