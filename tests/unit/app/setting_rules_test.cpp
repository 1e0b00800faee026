#include "setting_rules.hpp"

#include "relay/app/settings.hpp"
#include "relay/solana/pubkey.hpp"

#include <gtest/gtest.h>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace relay::app {
namespace {

using Values = std::map<std::string, std::string>;

/// Why a relay would not start; empty: it would.
std::string fault_of(Values values) {
    values.emplace("solana-keypair", "/key.json");
    const NamedSource source{[](const SettingInfo& info) { return info.environment(); },
                             [values](const SettingInfo& info) {
                                 const auto found = values.find(info.name);
                                 return found == values.end() ? std::nullopt
                                                              : std::optional(found->second);
                             }};
    const auto settings = read_settings({source});
    return settings ? "" : settings.error().message;
}

struct Row {
    Values values;
    /// Each stands in the fault; none: there is no fault.
    std::vector<std::string> words;
};

void expect_faults(const std::vector<Row>& rows) {
    for (const auto& row : rows) {
        const auto fault = fault_of(row.values);
        const auto name = row.values.empty() ? "defaults" : row.values.begin()->first;
        EXPECT_EQ(fault.empty(), row.words.empty()) << name << ": " << fault;
        for (const auto& word : row.words) {
            EXPECT_NE(fault.find(word), std::string::npos) << name << ": " << fault;
        }
    }
}

const std::string kPool = "8qfoLv3ymyn4D9TUXBoECMEAaRZrGNqv7vXvhxJV9eo1";

TEST(SettingRules, WhatContradictsIsNamed) {
    const std::vector<Row> rows = {
        {{}, {}},
        {{{"admin-host", "0.0.0.0"}}, {"RELAY_ADMIN_HOST", "RELAY_ADMIN_TOKEN"}},
        {{{"admin-port", "3002"}}, {"RELAY_HTTP_PORT", "RELAY_ADMIN_PORT", "3002"}},
        {{{"admin-port", "3002"}, {"http-host", "::"}}, {"RELAY_HTTP_PORT", "RELAY_ADMIN_PORT"}},
        {{{"admin-port", "3002"}, {"http-host", "10.0.0.1"}}, {}},
        {{{"admin-port", "0"}, {"http-port", "0"}}, {}},
        {{{"retry-base-delay", "11m"}}, {"RELAY_RETRY_BASE_DELAY", "RELAY_RETRY_MAX_DELAY"}},
        {{{"retry-base-delay", "10m"}}, {}},
        {{{"worker-poll-interval", "2m"}}, {"RELAY_WORKER_LEASE", "RELAY_WORKER_POLL_INTERVAL"}},
        {{{"worker-lease", "1s"}}, {}},
        {{{"solana-min-balance", "804999"}}, {"RELAY_SOLANA_MIN_BALANCE", "_PRICE", "805000"}},
        {{{"solana-min-balance", "805000"}}, {}},
        {{{"solana-min-balance", "8999"}, {"solana-compute-unit-price", "10000"}},
         {"RELAY_SOLANA_MIN_BALANCE", "_PRICE", "9000"}},
        {{{"solana-min-balance", "9000"}, {"solana-compute-unit-price", "10000"}}, {}},
        {{{"solana-compute-unit-price", "dear"}}, {"RELAY_SOLANA_COMPUTE_UNIT_PRICE", "auto"}},
        {{{"solana-compute-unit-limit", "1400001"}}, {"_COMPUTE_UNIT_LIMIT", "auto", "1400000"}},
        {{{"solana-compute-unit-price-cap", "9999"}}, {"_PRICE_CAP", "_FLOOR"}},
        {{{"solana-compute-unit-price-cap", "10000"}}, {}},
        {{{"solana-min-balance", "0"}}, {}},
        {{{"solana-treasury", kPool}}, {"RELAY_SOLANA_POOL", "RELAY_SOLANA_TREASURY"}},
        {{{"proof-check", "enforce"}}, {"RELAY_PROOF_CHECK", "_PROOF_KEY", "_PROGRAM_VKEY"}},
        {{{"proof-check", "observe"}, {"proof-program-vkey", std::string(64, '1')}},
         {"RELAY_PROOF_CHECK: to observe", "RELAY_PROOF_KEY"}},
        {{{"proof-program-vkey", std::string(64, '1')}}, {}},
        {{{"proof-program-vkey", "0x" + std::string(64, '1')}}, {}},
        {{{"proof-program-vkey", std::string(64, 'f')}}, {"RELAY_PROOF_PROGRAM_VKEY"}},
        {{{"proof-program-vkey", std::string(63, '1')}}, {"RELAY_PROOF_PROGRAM_VKEY"}},
        {{{"proof-key", "/dev/zero"}}, {"RELAY_PROOF_KEY"}},
        {{{"proof-key", "/no/such/file"}}, {"RELAY_PROOF_KEY"}},
        {{{"http-cors-origins", "https://a.example, http://[::1]:8080, http://a-b:1"}}, {}},
        {{{"http-cors-origins", "https://a.example/"}}, {"RELAY_HTTP_CORS_ORIGINS"}},
        {{{"http-cors-origins", "https://a.example:443"}}, {"RELAY_HTTP_CORS_ORIGINS"}},
        {{{"http-cors-origins", "https://A.example"}}, {"RELAY_HTTP_CORS_ORIGINS"}},
        {{{"http-cors-origins", "a.example"}}, {"RELAY_HTTP_CORS_ORIGINS"}},
        {{{"http-cors-origins", "https://a:b@c"}}, {"RELAY_HTTP_CORS_ORIGINS"}},
    };
    expect_faults(rows);
}

TEST(SettingRules, ATipHasAnAmountAndThoseWhoCanBePaid) {
    const std::string tipped = "96gYZGLnJYVFmbjzopPSU6QiEV5fGqZNyN9nmNhvrZU5";
    const std::string other = "HFqU5x63VTqvQss8hp11i4wVV8bD44PvwucfZ2bU7gRe";
    const std::vector<Row> rows = {
        {{{"solana-min-balance", "9999"},
          {"solana-compute-unit-price", "10000"},
          {"solana-tip", "1000"},
          {"solana-tip-accounts", tipped}},
         {"RELAY_SOLANA_MIN_BALANCE", "RELAY_SOLANA_TIP", "10000"}},
        {{{"solana-tip", "1000"}, {"solana-tip-accounts", tipped + ", " + other}}, {}},
        {{{"solana-tip", "1000"}}, {"RELAY_SOLANA_TIP", "RELAY_SOLANA_TIP_ACCOUNTS"}},
        {{{"solana-tip", "1000"}, {"solana-send-urls", "https://send.example"}},
         {"RELAY_SOLANA_TIP", "RELAY_SOLANA_TIP_ACCOUNTS"}},
        {{{"solana-tip-accounts", tipped}}, {"RELAY_SOLANA_TIP_ACCOUNTS", "RELAY_SOLANA_TIP"}},
        {{{"solana-tip", "1000"}, {"solana-tip-accounts", kPool}},
         {"RELAY_SOLANA_TIP_ACCOUNTS", "shield pool"}},
        {{{"solana-tip", "1000"}, {"solana-tip-accounts", std::string(32, '1')}},
         {"RELAY_SOLANA_TIP_ACCOUNTS", "network"}},
        {{{"solana-tip", "1000"}, {"solana-tip-accounts", "me"}}, {"me is not the base58"}},
        {{{"solana-send-urls", "https://a.example, http://b.example:81/key"}}, {}},
        {{{"solana-send-urls", "ftp://x"}}, {"RELAY_SOLANA_SEND_URLS", "http"}},
    };
    expect_faults(rows);
}

TEST(SettingRules, ThePayerIsNotTipped) {
    const auto payer = solana::Pubkey{{1, 2, 3}};
    Settings settings;
    EXPECT_EQ(fault_of_payer(settings, payer), std::nullopt);
    settings.solana.tip.accounts = {solana::Pubkey{{9}}, payer};
    EXPECT_NE(fault_of_payer(settings, payer).value_or("").find(payer.to_string()),
              std::string::npos);
}

} // namespace
} // namespace relay::app
