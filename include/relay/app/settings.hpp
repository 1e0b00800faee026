#pragma once
// Everything that can be set, checked. Each setting has a flag (--worker-lease), an environment
// variable (RELAY_WORKER_LEASE) and a key in the configuration file ([worker] lease); flags beat
// the environment, which beats the file, which beats the default. The table in settings.cpp is the
// one place where a setting is declared. Source: docs/protocol.md, "Settings".
//
// Secrets may come from a file named by RELAY_..._FILE. They are never printed, also not in errors.

#include "relay/base/error.hpp"
#include "relay/groth16/verifying_key.hpp"
#include "relay/http/client_address.hpp"
#include "relay/http/server.hpp"
#include "relay/jobs/engine.hpp"
#include "relay/jobs/retention.hpp"
#include "relay/observability/logging.hpp"
#include "relay/postgres/settings.hpp"
#include "relay/redis/settings.hpp"
#include "relay/rpc/http_client.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/rpc/url.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/solana/units.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relay::app {

struct SolanaSettings {
    std::vector<rpc::Url> rpc_urls;
    rpc::HttpClient::Limits rpc_limits;
    /// Endpoints that take transactions and answer nothing else.
    std::vector<rpc::Url> send_urls;
    /// How many nodes a transaction is first sent to.
    std::size_t send_nodes = 1;
    std::optional<std::string> genesis_hash;
    std::filesystem::path keypair;
    rpc::Commitment commitment = rpc::Commitment::Finalized;
    solana::Lamports min_balance;
    solana::FeeSchedule fees;
    /// No lamports: none. Its payer is that of the keypair.
    solana::Tip tip;
    /// Its accounts are the program-derived ones, where not overridden. Without the tip.
    solana::WithdrawPlan plan;
};

struct Settings {
    http::Server::Settings http;
    http::Server::Settings admin;
    std::string admin_token;
    std::vector<std::string> cors_origins;
    std::vector<http::Network> trusted_proxies;
    double rate_limit = 0;
    postgres::Settings database;
    redis::Settings redis;
    SolanaSettings solana;
    /// Without its plan, its chain and what verifies proofs, which are made of other settings and
    /// of the payer's key.
    jobs::Engine::Settings engine;
    std::optional<groth16::VerifyingKey> proof_key;
    std::optional<std::array<std::uint8_t, 32>> program_vkey;
    jobs::Retention::Settings retention;
    std::chrono::milliseconds shutdown_timeout{0};
    /// From SIGTERM until no more is accepted: health says meanwhile that the relay is leaving.
    std::chrono::milliseconds shutdown_delay{0};
    observability::LogLevel log_level = observability::LogLevel::Info;
    observability::LogFormat log_format = observability::LogFormat::Text;
};

/// How a value stands in the configuration file.
enum class SettingForm { Text, Number, NumberOrWord, List };

/// One line of the table, for the help text, the configuration file and the documentation's test.
struct SettingInfo {
    /// "worker-lease"
    std::string name;
    std::string default_text;
    std::string help;
    bool secret = false;
    SettingForm form = SettingForm::Text;

    /// "RELAY_WORKER_LEASE"
    std::string environment() const;
};

std::vector<SettingInfo> setting_infos();

/// A setting's value by its name where the source has one.
using SettingSource = std::function<std::optional<std::string>(const SettingInfo&)>;

/// `sources` in order of precedence, each with the words that name it in an error. The error is one
/// line that names the setting, where it was set and what would be right.
struct NamedSource {
    std::function<std::string(const SettingInfo&)> name;
    SettingSource value;
};
/// What is not `needed` keeps its default, whatever the sources say of it; the rules between
/// settings are for those who need them all.
base::Result<Settings> read_settings(
    const std::vector<NamedSource>& sources, const std::function<bool(const SettingInfo&)>& needed =
                                                 [](const SettingInfo&) { return true; });

} // namespace relay::app
