#include "check_host.hpp"

#include "check_list.hpp"
#include "relay/app/settings.hpp"
#include "relay/http/server.hpp"
#include "relay_client.hpp"
#include "request_target.hpp"

#include <sys/resource.h>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>
#include <chrono>
#include <cstdint>
#include <string>

namespace relay::app {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::chrono::seconds kAskLimit{2};
/// To Postgres, beside the ledger's: for operators, removals, and what other relays are told.
constexpr std::uint64_t kOtherConnections = 6;
/// Standard streams, epoll, timers, the log, Redis, name look-ups, the listeners.
constexpr std::uint64_t kOwnDescriptors = 64;

/// Why it cannot be bound, as the server binds it; none where it can.
error_code try_to_bind(const http::Server::Settings& server) {
    error_code error;
    const auto address = asio::ip::make_address(server.host, error);
    if (error) {
        return error;
    }
    asio::io_context io;
    tcp::acceptor acceptor(io);
    const tcp::endpoint endpoint(address, server.port);
    acceptor.open(endpoint.protocol(), error);
    if (!error) {
        acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    }
    if (!error) {
        acceptor.bind(endpoint, error);
    }
    if (!error) {
        acceptor.listen(1, error);
    }
    return error;
}

/// Whether what listens there answers as a relay does.
bool is_a_relay(RelayClient::Listener listener, const Settings& settings) {
    RelayClient client(listener, {}, settings, kAskLimit);
    const bool is_admin = listener == RelayClient::Listener::Admin;
    return client.get(RequestTarget(is_admin ? "/health/live" : "/")).has_value();
}

void check_listener(CheckList& list, RelayClient::Listener listener, const Settings& settings) {
    const bool is_admin = listener == RelayClient::Listener::Admin;
    const auto& server = is_admin ? settings.admin : settings.http;
    const std::string setting = is_admin ? "RELAY_ADMIN" : "RELAY_HTTP";
    const auto what = std::string(is_admin ? "admin" : "public") + " listener";
    const auto where = server.host + " port " + std::to_string(server.port);
    const auto error = try_to_bind(server);
    if (!error) {
        list.pass(what, server.port == 0 ? server.host + ", any free port" : where + " is free");
    } else if (error == asio::error::address_in_use && is_a_relay(listener, settings)) {
        list.warn(what, where + " is in use: a relay serves there now, and another one needs " +
                            setting + "_PORT of its own");
    } else if (error == asio::error::address_in_use) {
        list.fail(what,
                  where + " is in use by another program: end it, or set " + setting + "_PORT");
    } else {
        list.fail(what, where + " cannot be bound (" + error.message() + "): " + setting +
                            "_HOST must be an address of this machine in digits");
    }
}

} // namespace

std::uint64_t descriptors_needed(const Settings& settings) {
    return settings.http.max_connections + settings.admin.max_connections +
           (settings.solana.rpc_urls.size() + settings.solana.send_urls.size()) *
               settings.solana.rpc_limits.connections +
           settings.database.connections + kOtherConnections + kOwnDescriptors;
}

void check_host(CheckList& list, const Settings& settings) {
    check_listener(list, RelayClient::Listener::Public, settings);
    check_listener(list, RelayClient::Listener::Admin, settings);
    rlimit limit{};
    const auto needed = descriptors_needed(settings);
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_max < needed) {
        list.fail("file descriptors",
                  std::to_string(limit.rlim_max) + " are allowed, and " + std::to_string(needed) +
                      " may be needed: raise the hard limit (ulimit -Hn, LimitNOFILE=), or lower "
                      "RELAY_HTTP_MAX_CONNECTIONS");
    } else {
        list.pass("file descriptors", std::to_string(needed) + " may be needed, and are allowed");
    }
}

} // namespace relay::app
