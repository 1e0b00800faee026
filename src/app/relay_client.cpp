#include "relay_client.hpp"

#include "relay/app/command_line.hpp"
#include "relay/app/settings.hpp"
#include "relay/base/error.hpp"
#include "relay/base/strict_json.hpp"
#include "relay/http/server.hpp"
#include "relay/rpc/http_client.hpp"
#include "relay/rpc/url.hpp"
#include "request_target.hpp"
#include "run_alone.hpp"
#include "terminal.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <expected>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

namespace relay::app {

using nlohmann::json;

namespace {

/// A page of 500 jobs takes some 600 KiB.
constexpr rpc::HttpClient::Limits kLimits{.connections = 1};

/// How the listener's settings begin: "RELAY_ADMIN".
std::string variable_of(RelayClient::Listener listener) {
    return listener == RelayClient::Listener::Admin ? "RELAY_ADMIN" : "RELAY_HTTP";
}

rpc::Url url_of(RelayClient::Listener listener, const CommandWords& words,
                const Settings& settings) {
    if (const auto given = words.flags.find("url"); given != words.flags.end()) {
        auto url = rpc::Url::parse(given->second);
        if (!url) {
            throw BadUsage("--url: must be the address of a relay's listener: http://HOST:PORT");
        }
        if (!url->credentials.empty()) {
            throw BadUsage(
                "--url: must hold no login, which a list of processes would show; the admin token "
                "is RELAY_ADMIN_TOKEN's or RELAY_ADMIN_TOKEN_FILE's");
        }
        return *url;
    }
    const bool is_admin = listener == RelayClient::Listener::Admin;
    const http::Server::Settings& server = is_admin ? settings.admin : settings.http;
    if (server.port == 0) {
        throw BadUsage(variable_of(listener) +
                       "_PORT: is 0, any free port: name the relay's by --url http://HOST:PORT");
    }
    rpc::Url url;
    url.host = server.host;
    if (url.host == "0.0.0.0") {
        url.host = "127.0.0.1";
    } else if (url.host == "::") {
        url.host = "::1";
    }
    url.port = std::to_string(server.port);
    url.target = "/";
    return url;
}

rpc::HttpClient::Limits limits_of(std::chrono::milliseconds timeout) {
    auto limits = kLimits;
    limits.timeout = timeout;
    return limits;
}

std::string without_slash(std::string path) {
    path.resize(path.find_last_not_of('/') + 1);
    return path;
}

std::string member(const json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? printable(found->get<std::string>()) : "";
}

} // namespace

Complaint complaint_of(unsigned status, const json& error) {
    Complaint complaint;
    complaint.status = status;
    complaint.code = member(error, "code");
    auto hint = member(error, "hint");
    if (complaint.code == "unauthorized") {
        hint = "Set RELAY_ADMIN_TOKEN, or RELAY_ADMIN_TOKEN_FILE to the file that holds it.";
    }
    complaint.line = member(error, "message") + " (" + complaint.code;
    for (const char* name : {"field", "request_id"}) {
        if (const auto value = member(error, name); !value.empty()) {
            complaint.line += std::string(", ") + name + " " + value;
        }
    }
    complaint.line += ")" + (hint.empty() ? "" : " " + hint);
    return complaint;
}

RelayClient::RelayClient(Listener listener, const CommandWords& words, const Settings& settings,
                         std::chrono::milliseconds timeout)
    : listener_(listener),
      url_(url_of(listener, words, settings)),
      prefix_(without_slash(url_.target)),
      token_(listener == Listener::Admin ? settings.admin_token : ""),
      http_(io_.get_executor(), url_, limits_of(timeout)) {
    if (std::ranges::any_of(token_, [](unsigned char letter) { return letter < ' '; })) {
        throw BadUsage("RELAY_ADMIN_TOKEN: must be one line without control characters");
    }
    secrets_.add(token_);
}

Answer RelayClient::get(const RequestTarget& target) {
    return ask("GET", target, "");
}

Answer RelayClient::post(const RequestTarget& target, std::string body) {
    return ask("POST", target, std::move(body));
}

Answer RelayClient::ask(const char* method, const RequestTarget& target, std::string body) {
    rpc::HttpRequest request{.method = method,
                             .target = prefix_ + target.text(),
                             .host = {},
                             .authorization = token_.empty() ? "" : "Bearer " + token_,
                             .body = std::move(body)};
    // The admin listener answers to no name but loopback's. A proxy, which speaks TLS, goes by it.
    if (listener_ == Listener::Admin && !url_.tls) {
        request.host = "localhost";
    }
    const auto reply = run_alone(io_, http_.send(std::move(request)));
    if (!reply) {
        return std::unexpected(unanswered(reply.error().message));
    }
    auto envelope = base::parse_bounded_json(reply->body);
    if (!envelope || !envelope->is_object() || !envelope->contains("data") ||
        !envelope->contains("error")) {
        return std::unexpected(unanswered(url_.display() + ": HTTP " +
                                          std::to_string(reply->status) +
                                          " and no answer of a relay's"));
    }
    if (const auto& error = envelope->at("error"); error.is_object()) {
        auto complaint = complaint_of(reply->status, error);
        complaint.line = secrets_.hide_in(std::move(complaint.line));
        return std::unexpected(std::move(complaint));
    }
    return Reply{reply->status, std::move(envelope->at("data"))};
}

/// `reason` names the address.
Complaint RelayClient::unanswered(const std::string& reason) const {
    const auto variable = variable_of(listener_);
    return {0, "",
            reason + ": is relayd running there? " + variable + "_HOST and " + variable +
                "_PORT, or --url, say where to ask"};
}

} // namespace relay::app
