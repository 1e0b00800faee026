#include "setting_values.hpp"

#include "relay/app/settings.hpp"
#include "relay/base/error.hpp"
#include "relay/base/url.hpp"
#include "relay/http/client_address.hpp"
#include "relay/postgres/settings.hpp"
#include "relay/redis/settings.hpp"
#include "relay/rpc/url.hpp"
#include "relay/solana/pubkey.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace relay::app {

namespace {

std::vector<std::string> split_list(std::string_view text) {
    std::vector<std::string> elements;
    while (!text.empty()) {
        const auto comma = std::min(text.find(','), text.size());
        auto element = text.substr(0, comma);
        text.remove_prefix(std::min(comma + 1, text.size()));
        while (element.starts_with(' ')) {
            element.remove_prefix(1);
        }
        while (element.ends_with(' ')) {
            element.remove_suffix(1);
        }
        if (!element.empty()) {
            elements.emplace_back(element);
        }
    }
    return elements;
}

/// As a browser writes it: in lower case, without a path and without the scheme's own port.
bool is_origin(std::string_view text) {
    const auto end = text.find("://");
    if (end == 0 || end == std::string_view::npos) {
        return false;
    }
    const auto scheme = text.substr(0, end);
    const auto authority = text.substr(end + 3);
    const auto is_plain = [](char letter) {
        return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') ||
               std::string_view(".-:[]+_").contains(letter);
    };
    const bool has_own_port = (scheme == "https" && authority.ends_with(":443")) ||
                              (scheme == "http" && authority.ends_with(":80"));
    const auto parts = base::split_url_authority(authority);
    return std::ranges::all_of(scheme, is_plain) && std::ranges::all_of(authority, is_plain) &&
           parts && (parts->port.empty() || base::parse_port(parts->port)) && !has_own_port;
}

base::Result<void> read_urls(std::vector<rpc::Url>& urls, const std::string& text) {
    urls.clear();
    for (const auto& element : split_list(text)) {
        auto url = rpc::Url::parse(element);
        if (!url) {
            return std::unexpected(url.error());
        }
        urls.push_back(std::move(*url));
    }
    return {};
}

} // namespace

base::Result<void> assign_rpc_urls(Draft& draft, const std::string& text) {
    const auto read = read_urls(draft.settings.solana.rpc_urls, text);
    if (read && draft.settings.solana.rpc_urls.empty()) {
        return base::fail("must name at least one URL");
    }
    return read;
}

base::Result<void> assign_send_urls(Draft& draft, const std::string& text) {
    return read_urls(draft.settings.solana.send_urls, text);
}

base::Result<void> assign_tip_accounts(Draft& draft, const std::string& text) {
    auto& accounts = draft.settings.solana.tip.accounts;
    accounts.clear();
    for (const auto& element : split_list(text)) {
        const auto account = solana::Pubkey::parse(element);
        if (!account) {
            return base::fail(element + " is not the base58 text of a 32-byte address");
        }
        accounts.push_back(*account);
    }
    return {};
}

base::Result<void> assign_database_url(Draft& draft, const std::string& text) {
    if (text.empty()) {
        return base::fail("must not be empty");
    }
    draft.settings.database.url = text;
    return postgres::check_database_url(text);
}

base::Result<void> assign_redis_url(Draft& draft, const std::string& text) {
    auto redis = redis::Settings::parse(text);
    if (!redis) {
        return std::unexpected(redis.error());
    }
    draft.settings.redis = std::move(*redis);
    return {};
}

base::Result<void> assign_program(Draft& draft, const std::string& text) {
    const auto program = solana::Pubkey::parse(text);
    if (!program) {
        return base::fail("must be the base58 text of a 32-byte address");
    }
    draft.settings.solana.plan.program = *program;
    return {};
}

base::Result<void> assign_genesis_hash(Draft& draft, const std::string& text) {
    if (!text.empty() && !solana::Pubkey::parse(text)) {
        return base::fail("must be the base58 text of the cluster's genesis hash, or empty");
    }
    if (!text.empty()) {
        draft.settings.solana.genesis_hash = text;
    }
    return {};
}

base::Result<void> assign_keypair(Draft& draft, const std::string& text) {
    if (text.empty()) {
        return base::fail("is required: the path of the relay's 64-byte JSON keypair file");
    }
    draft.settings.solana.keypair = text;
    return {};
}

base::Result<void> assign_cors(Draft& draft, const std::string& text) {
    draft.settings.cors_origins = split_list(text);
    for (const auto& origin : draft.settings.cors_origins) {
        if (origin != "*" && !is_origin(origin)) {
            return base::fail(
                "must be origins as browsers send them, such as https://wallet.example: lower "
                "case, no path, no slash at the end, no :443");
        }
    }
    const bool has_any =
        std::ranges::find(draft.settings.cors_origins, "*") != draft.settings.cors_origins.end();
    if (has_any && draft.settings.cors_origins.size() > 1) {
        return base::fail("must be origins such as https://wallet.example, or * alone");
    }
    return {};
}

base::Result<void> assign_trusted_proxies(Draft& draft, const std::string& text) {
    draft.settings.trusted_proxies.clear();
    for (const auto& element : split_list(text)) {
        const auto network = http::Network::parse(element);
        if (!network) {
            return base::fail(element + " is no network such as 10.0.0.0/8 or fd00::/8");
        }
        draft.settings.trusted_proxies.push_back(*network);
    }
    return {};
}

base::Result<void> assign_rate_limit(Draft& draft, const std::string& text) {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) {
        return base::fail("must be a whole number of requests a second; 0 is off");
    }
    draft.settings.rate_limit = value;
    return {};
}

} // namespace relay::app
