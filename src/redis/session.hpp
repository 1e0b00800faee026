#pragma once
// One connection to Redis for blocking commands, made when first needed and again after any fault:
// a cut, a time-out, and every error reply, since those (READONLY from a demoted master, LOADING,
// OOM, NOAUTH) speak of a server that a new connection may find changed. One that was closed while
// it stood idle is made anew before it is used. The look-up of the server's name, the connection
// and each command have the settings' time limit. Used by one thread at a time. Throws
// base::Outage, nothing else.

#include "relay/base/resolver.hpp"
#include "relay/base/secret.hpp"
#include "relay/redis/settings.hpp"

#include <memory>
#include <string>
#include <variant>
#include <vector>

struct redisContext;

namespace relay::redis {

class Session {
  public:
    /// The resolver outlives the session.
    Session(Settings settings, base::Resolver& resolver);
    ~Session();

    /// An integer, or an array of texts; any other reply is an Outage.
    using Reply = std::variant<long long, std::vector<std::string>>;
    Reply command(const std::vector<std::string>& arguments);

  private:
    struct CloseContext {
        void operator()(redisContext* context) const;
    };

    void connect();
    /// The first of the server's addresses that takes the connection, within the time limit.
    void connect_to_host();
    Reply send(const std::vector<std::string>& arguments);
    /// A server that does not know AUTH quotes what it was sent with it.
    [[noreturn]] void fail(const std::string& reason);

    Settings settings_;
    base::Secrets secrets_;
    base::Resolver& resolver_;
    std::unique_ptr<redisContext, CloseContext> context_;
};

} // namespace relay::redis
