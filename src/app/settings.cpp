#include "relay/app/settings.hpp"

#include "relay/base/error.hpp"
#include "relay/http/client_address.hpp"
#include "relay/observability/logging.hpp"
#include "relay/postgres/settings.hpp"
#include "relay/redis/settings.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/rpc/url.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/solana/units.hpp"
#include "setting_values.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace relay::app {

using std::chrono::milliseconds;

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

base::Result<void> assign_rpc_urls(Draft& draft, const std::string& text) {
    draft.settings.solana.rpc_urls.clear();
    for (const auto& element : split_list(text)) {
        auto url = rpc::Url::parse(element);
        if (!url) {
            return std::unexpected(url.error());
        }
        draft.settings.solana.rpc_urls.push_back(std::move(*url));
    }
    if (draft.settings.solana.rpc_urls.empty()) {
        return base::fail("must name at least one URL");
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

constexpr std::uint64_t kMostLamports = std::numeric_limits<std::int64_t>::max();

/// The one declaration of every setting.
std::vector<Setting> listener_settings() {
    return {
        {{"http-host", "127.0.0.1", "public listener: a numeric address"},
         non_empty([](Draft& draft) -> auto& { return draft.settings.http.host; })},
        {{"http-port", "3002", "public listener: port; 0 is any free one"},
         number<std::uint16_t>(0, 65535,
                               [](Draft& draft) -> auto& { return draft.settings.http.port; })},
        {{"http-max-connections", "4096", "public listener: open connections at most"},
         number<std::size_t>(
             1, 1'000'000,
             [](Draft& draft) -> auto& { return draft.settings.http.max_connections; })},
        {{"http-cors-origins", "",
          "origins browsers may call from, comma-separated; none if empty"},
         list(assign_cors)},
        {{"http-trusted-proxies", "",
          "networks whose X-Forwarded-For is believed, such as 10.0.0.0/8, comma-separated"},
         list(assign_trusted_proxies)},
        {{"admin-host", "127.0.0.1", "admin listener: a numeric address"},
         non_empty([](Draft& draft) -> auto& { return draft.settings.admin.host; })},
        {{"admin-port", "9090", "admin listener: port; 0 is any free one"},
         number<std::uint16_t>(0, 65535,
                               [](Draft& draft) -> auto& { return draft.settings.admin.port; })},
        {{"admin-token", "", "bearer token of the admin calls; required off loopback", true},
         [](Draft& draft, const std::string& text) -> base::Result<void> {
             draft.settings.admin_token = text;
             return {};
         }},
        {{"rate-limit", "0", "POSTs a second a client address; 0 is off"},
         {assign_rate_limit, SettingForm::Number}},
    };
}

std::vector<Setting> storage_settings() {
    return {
        {{"database-url", "postgresql://127.0.0.1:5432/relay", "Postgres: any libpq URL", true},
         assign_database_url},
        {{"database-connections", "4", "Postgres: connections, one thread each"},
         number<std::size_t>(
             1, 256, [](Draft& draft) -> auto& { return draft.settings.database.connections; })},
        {{"redis-url", "redis://127.0.0.1:6379/0",
          "Redis: redis://user:password@host:port/db or unix:///path", true},
         assign_redis_url},
        {{"redis-prefix", "shield-relay", "Redis: the word all keys begin with"},
         non_empty([](Draft& draft) -> auto& { return draft.redis_prefix; })},
    };
}

std::vector<Setting> node_settings() {
    return {
        {{"solana-rpc-urls", "http://127.0.0.1:8899",
          "RPC nodes in order of preference, comma-separated", true},
         list(assign_rpc_urls)},
        {{"solana-rpc-timeout", "10s", "RPC: time limit of a call"},
         duration(milliseconds(100),
                  [](Draft& draft) -> auto& { return draft.settings.solana.rpc_limits.timeout; })},
        {{"solana-rpc-concurrency", "512", "RPC: connections to a node at most"},
         number<std::size_t>(
             1, 4096,
             [](Draft& draft) -> auto& { return draft.settings.solana.rpc_limits.connections; })},
        {{"solana-send-nodes", "1", "RPC: nodes a transaction is first sent to, at once"},
         number<std::size_t>(
             1, 16, [](Draft& draft) -> auto& { return draft.settings.solana.send_nodes; })},
        {{"solana-genesis-hash", "",
          "the cluster every RPC node must be of; empty: that of the first that answers"},
         assign_genesis_hash},
    };
}

std::vector<Setting> program_settings() {
    return {
        {{"solana-program-id", "c1oak6tetxYnNfvXKFkpn1d98FxtK7B68vBQLYQpWKp",
          "the shield-pool program"},
         assign_program},
        {{"solana-pool", "", "pool account, where it is not the derived one"},
         account([](Draft& draft) -> auto& { return draft.pool; })},
        {{"solana-treasury", "", "treasury account, where it is not the derived one"},
         account([](Draft& draft) -> auto& { return draft.treasury; })},
        {{"solana-roots-ring", "", "roots ring account, where it is not the derived one"},
         account([](Draft& draft) -> auto& { return draft.roots_ring; })},
        {{"solana-nullifier-shard", "", "nullifier shard account, where it is not the derived one"},
         account([](Draft& draft) -> auto& { return draft.nullifier_shard; })},
        {{"solana-fee-flat", "2500000", "the pool's flat fee in lamports"},
         number<std::uint64_t>(
             0, kMostLamports,
             [](Draft& draft) -> auto& { return draft.settings.solana.fees.flat.value; })},
        {{"solana-fee-per-mille", "5", "the pool's proportional fee, thousandths of the amount"},
         number<std::uint64_t>(
             0, 1000, [](Draft& draft) -> auto& { return draft.settings.solana.fees.per_mille; })},
    };
}

std::vector<Setting> payment_settings() {
    return {
        {{"solana-keypair", "", "path of the relay's keypair file; required"}, assign_keypair},
        {{"solana-commitment", "finalized", "when a payment counts: finalized or confirmed"},
         choice<rpc::Commitment>(
             {{"confirmed", rpc::Commitment::Confirmed}, {"finalized", rpc::Commitment::Finalized}},
             [](Draft& draft) -> auto& { return draft.settings.solana.commitment; })},
        {{"solana-compute-unit-limit", "400000", "compute units a transaction may use"},
         number<std::uint32_t>(
             1, 1'400'000,
             [](Draft& draft) -> auto& { return draft.settings.solana.plan.compute_unit_limit; })},
        {{"solana-compute-unit-price", "10000", "priority fee: micro-lamports a compute unit"},
         number<std::uint64_t>(
             0, 1'000'000'000'000,
             [](Draft& draft) -> auto& { return draft.settings.solana.plan.compute_unit_price; })},
        {{"solana-min-balance", "10000000", "lamports of the payer under which the worker pauses"},
         number<std::uint64_t>(
             0, kMostLamports,
             [](Draft& draft) -> auto& { return draft.settings.solana.min_balance.value; })},
    };
}

std::vector<Setting> work_settings() {
    return {
        {{"worker-poll-interval", "1s", "longest wait between looks at the queue"},
         duration(milliseconds(10),
                  [](Draft& draft) -> auto& { return draft.settings.engine.poll_interval; })},
        {{"worker-max-concurrent-jobs", "10",
          "jobs between claim and outcome; 0 makes an API-only instance"},
         number<std::size_t>(
             0, 100'000,
             [](Draft& draft) -> auto& { return draft.settings.engine.claims.places; })},
        {{"worker-lease", "60s", "how long a claimed job is this instance's without renewal"},
         duration(milliseconds(1'000),
                  [](Draft& draft) -> auto& { return draft.settings.engine.claims.lease; })},
        {{"retry-max", "3", "retries before a job fails"},
         number<int>(
             0, 100,
             [](Draft& draft) -> auto& { return draft.settings.engine.retry.max_retries; })},
        {{"retry-base-delay", "30s", "delay before the first retry; doubles each time"},
         duration(milliseconds(1),
                  [](Draft& draft) -> auto& { return draft.settings.engine.retry.base_delay; })},
        {{"retry-max-delay", "10m", "longest delay before a retry"},
         duration(milliseconds(1),
                  [](Draft& draft) -> auto& { return draft.settings.engine.retry.max_delay; })},
        {{"reconcile-interval", "10s", "how often Postgres is swept for jobs the queue forgot"},
         duration(milliseconds(100),
                  [](Draft& draft) -> auto& { return draft.settings.engine.reconciler.interval; })},
        {{"max-backlog", "100000", "live jobs beyond which POST answers 503"},
         number<std::uint64_t>(
             1, kMostLamports,
             [](Draft& draft) -> auto& { return draft.settings.engine.max_backlog; })},
        {{"landing-alarm", "10m", "age of a live job at which health says that jobs do not land"},
         duration(milliseconds(1'000),
                  [](Draft& draft) -> auto& { return draft.settings.engine.landings.alarm; })},
        {{"retention-completed", "0",
          "how long a completed job is kept whole, then its receipt alone; 0 is for ever"},
         kept_for([](Draft& draft) -> auto& { return draft.settings.retention.completed; })},
        {{"retention-failed", "720h", "how long a failed job is kept; 0 is for ever"},
         kept_for([](Draft& draft) -> auto& { return draft.settings.retention.failed; })},
    };
}

std::vector<Setting> process_settings() {
    return {
        {{"shutdown-timeout", "30s", "how long SIGTERM waits for jobs in flight"},
         duration(milliseconds(0),
                  [](Draft& draft) -> auto& { return draft.settings.shutdown_timeout; })},
        {{"shutdown-delay", "0s",
          "how long after SIGTERM the relay goes on accepting, its health a 503, for balancers"},
         duration(milliseconds(0),
                  [](Draft& draft) -> auto& { return draft.settings.shutdown_delay; })},
        {{"log-level", "info", "debug, info, warn or error"},
         choice<observability::LogLevel>(
             {{"debug", observability::LogLevel::Debug},
              {"info", observability::LogLevel::Info},
              {"warn", observability::LogLevel::Warn},
              {"error", observability::LogLevel::Error}},
             [](Draft& draft) -> auto& { return draft.settings.log_level; })},
        {{"log-format", "text", "text or json"},
         choice<observability::LogFormat>(
             {{"text", observability::LogFormat::Text}, {"json", observability::LogFormat::Json}},
             [](Draft& draft) -> auto& { return draft.settings.log_format; })},
    };
}

std::vector<Setting> all_settings() {
    std::vector<Setting> all;
    for (auto part : {listener_settings(), storage_settings(), node_settings(), program_settings(),
                      payment_settings(), work_settings(), process_settings()}) {
        all.insert(all.end(), part.begin(), part.end());
    }
    return all;
}

bool is_loopback(std::string_view host) {
    return host.starts_with("127.") || host == "::1";
}

/// The rules between settings, and what is derived from several.
base::Result<Settings> finish(Draft draft) {
    auto& settings = draft.settings;
    if (settings.admin_token.empty() && !is_loopback(settings.admin.host)) {
        return base::fail(
            "RELAY_ADMIN_HOST: an address other than loopback needs a token: set "
            "RELAY_ADMIN_TOKEN or RELAY_ADMIN_TOKEN_FILE");
    }
    settings.redis.prefix = draft.redis_prefix;
    auto& accounts = settings.solana.plan.accounts;
    accounts = solana::PoolAccounts::derive(settings.solana.plan.program);
    accounts.pool = draft.pool.value_or(accounts.pool);
    accounts.treasury = draft.treasury.value_or(accounts.treasury);
    accounts.roots_ring = draft.roots_ring.value_or(accounts.roots_ring);
    accounts.nullifier_shard = draft.nullifier_shard.value_or(accounts.nullifier_shard);
    return std::move(settings);
}

} // namespace

std::string SettingInfo::environment() const {
    std::string name_of = "RELAY_" + name;
    std::ranges::transform(name_of, name_of.begin(), [](unsigned char character) {
        return character == '-' ? '_' : static_cast<char>(std::toupper(character));
    });
    return name_of;
}

std::vector<SettingInfo> setting_infos() {
    std::vector<SettingInfo> infos;
    for (auto& setting : all_settings()) {
        infos.push_back(std::move(setting.info));
        infos.back().form = setting.value.form;
    }
    return infos;
}

base::Result<Settings> read_settings(const std::vector<NamedSource>& sources,
                                     const std::function<bool(const SettingInfo&)>& needed) {
    Draft draft;
    for (const auto& setting : all_settings()) {
        const bool is_needed = needed(setting.info);
        std::string value = setting.info.default_text;
        std::string where = setting.info.environment();
        for (const auto& source : is_needed ? sources : std::vector<NamedSource>()) {
            if (auto found = source.value(setting.info)) {
                value = std::move(*found);
                where = source.name(setting.info);
                break;
            }
        }
        if (const auto outcome = setting.value.assign(draft, value); !outcome && is_needed) {
            return base::fail(where + ": " + outcome.error().message);
        }
    }
    return finish(std::move(draft));
}

} // namespace relay::app
