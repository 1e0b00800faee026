#include "relay/app/settings.hpp"

#include "proof_settings.hpp"
#include "relay/base/error.hpp"
#include "relay/observability/logging.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/compute_budget.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/solana/units.hpp"
#include "setting_rules.hpp"
#include "setting_values.hpp"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace relay::app {

using std::chrono::milliseconds;

namespace {

constexpr std::uint64_t kMostLamports = std::numeric_limits<std::int64_t>::max();
constexpr std::uint64_t kMostUnitPrice = 1'000'000'000'000;

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
        {{"solana-send-urls", "",
          "endpoints that take transactions and answer nothing else, comma-separated; none if "
          "empty",
          true},
         list(assign_send_urls)},
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
        {{"solana-compute-unit-limit", "auto",
          "compute units a transaction asks for; auto: what a simulation takes, and a quarter "
          "more"},
         number_or_auto<std::uint32_t>(
             1, solana::kMostComputeUnits,
             [](Draft& draft, auto units) { draft.settings.engine.sizes.fixed = units; })},
        {{"solana-compute-unit-price", "auto",
          "priority fee, micro-lamports a compute unit; auto: what the market asks for"},
         number_or_auto<std::uint64_t>(0, kMostUnitPrice,
                                       [](Draft& draft, auto price) {
                                           draft.settings.engine.prices.rules.fixed =
                                               price ? std::optional(solana::UnitPrice{*price})
                                                     : std::nullopt;
                                       })},
        {{"solana-compute-unit-price-floor", "10000", "the least that auto bids"},
         number<std::uint64_t>(
             0, kMostUnitPrice,
             [](Draft& draft) -> auto& { return draft.settings.engine.prices.rules.floor.value; })},
        {{"solana-compute-unit-price-cap", "2000000",
          "the most that auto bids; withdraws wait while the market asks for more"},
         number<std::uint64_t>(
             0, kMostUnitPrice,
             [](Draft& draft) -> auto& { return draft.settings.engine.prices.rules.cap.value; })},
        {{"solana-min-balance", "10000000", "lamports of the payer under which the worker pauses"},
         number<std::uint64_t>(
             0, kMostLamports,
             [](Draft& draft) -> auto& { return draft.settings.solana.min_balance.value; })},
        {{"solana-tip", "0", "lamports that each withdraw's transaction tips; 0 is none"},
         number<std::uint64_t>(
             0, kMostLamports,
             [](Draft& draft) -> auto& { return draft.settings.solana.tip.lamports.value; })},
        {{"solana-tip-accounts", "",
          "whom the tip goes to, one of them a withdraw; comma-separated"},
         list(assign_tip_accounts)},
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
        {{"root-patience", "10m",
          "how long a withdraw waits for its root, or for the pool's lamports, at no retry's cost"},
         duration(milliseconds(0),
                  [](Draft& draft) -> auto& { return draft.settings.engine.retry.pool_patience; })},
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
                      payment_settings(), proof_settings(), work_settings(), process_settings()}) {
        all.insert(all.end(), part.begin(), part.end());
    }
    return all;
}

/// What is derived from several settings.
Settings finish(Draft draft) {
    auto& settings = draft.settings;
    settings.redis.prefix = draft.redis_prefix;
    auto& accounts = settings.solana.plan.accounts;
    accounts = solana::PoolAccounts::derive(settings.solana.plan.program);
    accounts.pool = draft.pool.value_or(accounts.pool);
    accounts.treasury = draft.treasury.value_or(accounts.treasury);
    accounts.roots_ring = draft.roots_ring.value_or(accounts.roots_ring);
    accounts.nullifier_shard = draft.nullifier_shard.value_or(accounts.nullifier_shard);
    return std::move(draft.settings);
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
    bool all_needed = true;
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
        all_needed = all_needed && is_needed;
    }
    auto settings = finish(std::move(draft));
    if (const auto outcome = check_rules(settings); !outcome && all_needed) {
        return std::unexpected(outcome.error());
    }
    return settings;
}

} // namespace relay::app
