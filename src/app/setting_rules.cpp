#include "setting_rules.hpp"

#include "relay/app/settings.hpp"
#include "relay/base/error.hpp"
#include "relay/http/server.hpp"
#include "relay/jobs/compute_sizes.hpp"
#include "relay/jobs/proof_gate.hpp"
#include "relay/solana/compute_budget.hpp"
#include "relay/solana/pubkey.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace relay::app {

namespace {

/// What is wrong, or nothing.
using Rule = std::optional<std::string> (*)(const Settings& settings);

bool is_loopback(std::string_view host) {
    return host.starts_with("127.") || host == "::1";
}

bool is_every_address(std::string_view host) {
    return host == "0.0.0.0" || host == "::";
}

std::optional<std::string> open_admin_without_token(const Settings& settings) {
    if (!settings.admin_token.empty() || is_loopback(settings.admin.host)) {
        return std::nullopt;
    }
    return "RELAY_ADMIN_HOST: an address other than loopback needs a token: set "
           "RELAY_ADMIN_TOKEN or RELAY_ADMIN_TOKEN_FILE";
}

std::optional<std::string> one_port_for_both(const Settings& settings) {
    const http::Server::Settings& open = settings.http;
    const http::Server::Settings& admin = settings.admin;
    const bool overlap =
        open.host == admin.host || is_every_address(open.host) || is_every_address(admin.host);
    if (open.port == 0 || open.port != admin.port || !overlap) {
        return std::nullopt;
    }
    return "RELAY_HTTP_PORT and RELAY_ADMIN_PORT: are both " + std::to_string(open.port) +
           ", and each listener needs a port of its own";
}

std::optional<std::string> first_retry_after_the_longest(const Settings& settings) {
    const auto& retry = settings.engine.retry;
    if (retry.base_delay <= retry.max_delay) {
        return std::nullopt;
    }
    return "RELAY_RETRY_BASE_DELAY and RELAY_RETRY_MAX_DELAY: the first retry would come after the "
           "longest delay there is: lower the one, or raise the other";
}

std::optional<std::string> lease_shorter_than_a_look(const Settings& settings) {
    if (settings.engine.claims.lease >= settings.engine.poll_interval) {
        return std::nullopt;
    }
    return "RELAY_WORKER_LEASE and RELAY_WORKER_POLL_INTERVAL: a lease must last from one look at "
           "the queue to the next: make it as long as the interval at least";
}

std::optional<std::string> price_cap_below_floor(const Settings& settings) {
    const auto& rules = settings.engine.prices.rules;
    if (rules.cap >= rules.floor) {
        return std::nullopt;
    }
    return "RELAY_SOLANA_COMPUTE_UNIT_PRICE_CAP and _FLOOR: the cap is below the floor: raise the "
           "one, or lower the other";
}

/// At the dearest.
std::optional<std::string> balance_below_one_payment(const Settings& settings) {
    constexpr std::uint64_t kSignatureLamports = 5'000;
    const auto& rules = settings.engine.prices.rules;
    const solana::ComputeBudget budget{
        settings.engine.sizes.fixed.value_or(jobs::ComputeSizes::kSafeUnits),
        rules.fixed.value_or(rules.cap), std::nullopt};
    const auto priority = solana::priority_fee(budget).value;
    const auto cost = kSignatureLamports + priority + settings.solana.tip.lamports.value;
    const auto least = settings.solana.min_balance.value;
    const bool is_off = least == 0;
    if (is_off || least >= cost) {
        return std::nullopt;
    }
    return "RELAY_SOLANA_MIN_BALANCE: is below what one transaction costs at "
           "RELAY_SOLANA_COMPUTE_UNIT_PRICE, or its _CAP, and _LIMIT" +
           std::string(settings.solana.tip.lamports.value > 0 ? ", with RELAY_SOLANA_TIP: "
                                                              : ": ") +
           std::to_string(cost) + " lamports";
}

std::optional<std::string> two_accounts_in_one(const Settings& settings) {
    const auto& accounts = settings.solana.plan.accounts;
    const std::array<std::pair<const char*, solana::Pubkey>, 4> named = {{
        {"RELAY_SOLANA_POOL", accounts.pool},
        {"RELAY_SOLANA_TREASURY", accounts.treasury},
        {"RELAY_SOLANA_ROOTS_RING", accounts.roots_ring},
        {"RELAY_SOLANA_NULLIFIER_SHARD", accounts.nullifier_shard},
    }};
    for (std::size_t one = 0; one < named.size(); ++one) {
        for (std::size_t other = one + 1; other < named.size(); ++other) {
            if (named[one].second == named[other].second) {
                return std::string(named[one].first) + " and " + named[other].first +
                       ": name one account, and are two";
            }
        }
    }
    return std::nullopt;
}

std::optional<std::string> tip_for_nobody(const Settings& settings) {
    const auto& tip = settings.solana.tip;
    const bool is_set = tip.lamports.value > 0;
    if (is_set != tip.accounts.empty()) {
        return std::nullopt;
    }
    return is_set ? "RELAY_SOLANA_TIP: goes to nobody: name the accounts that it is for in "
                    "RELAY_SOLANA_TIP_ACCOUNTS"
                  : "RELAY_SOLANA_TIP_ACCOUNTS: get nothing: set RELAY_SOLANA_TIP to what each "
                    "transaction is to tip, or name none";
}

std::optional<std::string> tip_for_one_who_cannot_be_paid(const Settings& settings) {
    const auto& plan = settings.solana.plan;
    const auto& own = plan.accounts;
    for (const auto& account : settings.solana.tip.accounts) {
        const bool is_pools = account == plan.program || account == own.pool ||
                              account == own.treasury || account == own.roots_ring ||
                              account == own.nullifier_shard;
        if (is_pools || solana::is_reserved_address(account)) {
            return "RELAY_SOLANA_TIP_ACCOUNTS: " + account.to_string() + " is an account of the " +
                   (is_pools ? "shield pool" : "network itself") +
                   ", and no one to tip: name those that your endpoints publish";
        }
    }
    return std::nullopt;
}

std::optional<std::string> proofs_of_no_circuit(const Settings& settings) {
    const auto mode = settings.engine.proofs.mode;
    if (mode == jobs::ProofGate::Mode::Off || (settings.proof_key && settings.program_vkey)) {
        return std::nullopt;
    }
    return "RELAY_PROOF_CHECK: to " + std::string(to_string(mode)) +
           (settings.proof_key ? "" : " needs the circuit's verifying key: set RELAY_PROOF_KEY") +
           (!settings.proof_key && !settings.program_vkey ? ", and" : "") +
           (settings.program_vkey
                ? ""
                : " needs SP1's vkey of its program: set RELAY_PROOF_PROGRAM_VKEY");
}

constexpr auto kRules = std::to_array<Rule>(
    {open_admin_without_token, one_port_for_both, first_retry_after_the_longest,
     lease_shorter_than_a_look, price_cap_below_floor, balance_below_one_payment,
     two_accounts_in_one, tip_for_nobody, tip_for_one_who_cannot_be_paid, proofs_of_no_circuit});

} // namespace

base::Result<void> check_rules(const Settings& settings) {
    for (const auto rule : kRules) {
        if (auto fault = rule(settings)) {
            return base::fail(std::move(*fault));
        }
    }
    return {};
}

std::optional<std::string> fault_of_payer(const Settings& settings, const solana::Pubkey& payer) {
    const auto& tipped = settings.solana.tip.accounts;
    if (std::ranges::find(tipped, payer) == tipped.end()) {
        return std::nullopt;
    }
    return "RELAY_SOLANA_TIP_ACCOUNTS: " + payer.to_string() +
           " is the relay's own account, of RELAY_SOLANA_KEYPAIR, and no one to tip";
}

} // namespace relay::app
