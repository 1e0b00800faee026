#include "parameters.hpp"

#include "relay/base/error.hpp"
#include "relay/postgres/settings.hpp"
#include "url.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace relay::postgres {
namespace {

/// So many of a host's addresses are tried, each for the time that a connection may take.
constexpr std::size_t kMostAddresses = 4;
/// libpq counts connect_timeout in whole seconds and takes less than two for two.
constexpr long kLeastConnectSeconds = 2;
/// A server that acknowledges nothing for so long is gone; a slow one acknowledges.
constexpr std::chrono::milliseconds kUnacknowledged{3'000};

std::vector<std::string> split(const std::string& text) {
    std::vector<std::string> items;
    for (std::size_t begin = 0; begin <= text.size();) {
        const auto end = std::min(text.find(',', begin), text.size());
        items.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return items;
}

bool is_name(const std::string& host) {
    return !host.empty() && !host.starts_with('/') && !host.starts_with('@');
}

/// Lists of equal length, as libpq takes them.
struct Endpoints {
    std::string hosts;
    std::string addresses;
    std::string ports;
    std::size_t count = 0;

    void add(const std::string& host, const std::string& address, const std::string& port) {
        const std::string comma = count++ == 0 ? "" : ",";
        hosts += comma + host;
        addresses += comma + address;
        ports += comma + port;
    }
};

/// Nothing where libpq needs no address, or has its own way to one.
std::optional<Endpoints> find_endpoints(const Parameters& given,
                                        const FindAddresses& find_addresses) {
    const auto defaults = given.contains("service") ? Parameters{} : default_parameters();
    const auto value = [&](const std::string& keyword) {
        const auto own = given.find(keyword);
        const auto other = defaults.find(keyword);
        return own != given.end() ? own->second : other != defaults.end() ? other->second : "";
    };
    const auto hosts = split(value("host"));
    const auto ports = split(value("port"));
    if (!value("hostaddr").empty() || std::ranges::none_of(hosts, is_name) ||
        (ports.size() > 1 && ports.size() != hosts.size())) { // libpq says what is wrong with those
        return std::nullopt;
    }
    Endpoints endpoints;
    std::string fault;
    for (std::size_t index = 0; index < hosts.size(); ++index) {
        const auto& port = ports[ports.size() > 1 ? index : 0];
        if (!is_name(hosts[index])) {
            endpoints.add(hosts[index], "", port);
            continue;
        }
        const auto found = find_addresses(hosts[index]);
        if (!found) {
            fault = found.error().message;
            continue;
        }
        for (std::size_t one = 0; one < std::min(found->size(), kMostAddresses); ++one) {
            endpoints.add(hosts[index], (*found)[one], port);
        }
    }
    if (endpoints.count == 0) {
        throw base::Outage("postgres: " + fault);
    }
    return endpoints;
}

std::string to_text(const Parameters& parameters) {
    std::string text;
    for (const auto& [keyword, value] : parameters) {
        text.append(text.empty() ? "" : " ").append(keyword).append("='");
        for (const char letter : value) {
            if (letter == '\'' || letter == '\\') {
                text.push_back('\\');
            }
            text.push_back(letter);
        }
        text.push_back('\'');
    }
    return text;
}

} // namespace

base::Result<void> check_database_url(const std::string& url) {
    const auto parsed = DatabaseUrl::parse(url);
    return parsed ? base::Result<void>() : std::unexpected(parsed.error());
}

std::string connection_parameters(const Settings& settings, const FindAddresses& find_addresses,
                                  Server server) {
    const auto url = DatabaseUrl::parse(settings.url);
    if (!url) {
        throw base::Outage("postgres: the database URL " + url.error().message);
    }
    auto parameters = url->parameters;
    const auto endpoints = find_endpoints(parameters, find_addresses);
    if (endpoints) {
        parameters["host"] = endpoints->hosts;
        parameters["hostaddr"] = endpoints->addresses;
        if (endpoints->ports.find_first_not_of(',') != std::string::npos) {
            parameters["port"] = endpoints->ports;
        }
    }
    // The limit is libpq's for each address.
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(settings.connect_timeout).count();
    const auto each = endpoints && endpoints->count > 1 ? kLeastConnectSeconds : seconds;
    parameters.emplace("connect_timeout", std::to_string(std::max(each, kLeastConnectSeconds)));
    parameters.emplace(
        "tcp_user_timeout",
        std::to_string(std::min(settings.statement_timeout, kUnacknowledged).count()));
    // Probes tell of a server that is gone, and keep what lies between from forgetting the
    // connection.
    parameters.emplace("keepalives_idle", "5");
    parameters.emplace("keepalives_interval", "1");
    parameters.emplace("keepalives_count", "2");
    parameters.emplace("application_name", "shield-relay");
    parameters["client_encoding"] = "UTF8";
    auto& wanted = parameters["target_session_attrs"];
    if (server == Server::Any) {
        wanted = "any";
    } else if (wanted != "primary") {
        wanted = "read-write";
    }
    return to_text(parameters);
}

} // namespace relay::postgres
