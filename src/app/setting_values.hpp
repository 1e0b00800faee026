#pragma once
// How the text of a setting becomes a value in the draft of all settings, or a complaint that says
// what would be right. Each function here makes one row's `assign` for the table in settings.cpp.

#include "relay/app/settings.hpp"
#include "relay/base/duration.hpp"
#include "relay/base/error.hpp"
#include "relay/solana/pubkey.hpp"

#include <charconv>
#include <chrono>
#include <concepts>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace relay::app {

/// What the table's rows are written into: settings, and what only makes sense once all are read.
struct Draft {
    Settings settings;
    std::optional<solana::Pubkey> pool;
    std::optional<solana::Pubkey> treasury;
    std::optional<solana::Pubkey> roots_ring;
    std::optional<solana::Pubkey> nullifier_shard;
    std::string redis_prefix;
};

/// Takes a value, or says what would be right.
using Assign = std::function<base::Result<void>(Draft&, const std::string&)>;

/// What takes a value, and how that stands in the configuration file.
struct SettingValue {
    Assign assign;
    SettingForm form = SettingForm::Text;

    // Implicit, so that a row of the table names what takes its value and no more.
    template <std::convertible_to<Assign> Taker>
    SettingValue(Taker taker, SettingForm written = SettingForm::Text)
        : assign(std::move(taker)), form(written) {}
};

struct Setting {
    SettingInfo info;
    SettingValue value;
};

// What takes one setting each.
base::Result<void> assign_rpc_urls(Draft& draft, const std::string& text);
base::Result<void> assign_send_urls(Draft& draft, const std::string& text);
base::Result<void> assign_tip_accounts(Draft& draft, const std::string& text);
base::Result<void> assign_database_url(Draft& draft, const std::string& text);
base::Result<void> assign_redis_url(Draft& draft, const std::string& text);
base::Result<void> assign_program(Draft& draft, const std::string& text);
base::Result<void> assign_genesis_hash(Draft& draft, const std::string& text);
base::Result<void> assign_keypair(Draft& draft, const std::string& text);
base::Result<void> assign_cors(Draft& draft, const std::string& text);
base::Result<void> assign_trusted_proxies(Draft& draft, const std::string& text);
base::Result<void> assign_rate_limit(Draft& draft, const std::string& text);

/// A list; in a flag and in the environment its elements are separated by commas.
inline SettingValue list(const Assign& assign) {
    return {assign, SettingForm::List};
}

/// The error says what would be right.
template <std::integral Number>
base::Result<Number> whole_number(const std::string& text, Number least, Number most) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < least || value > most) {
        return base::fail("a whole number from " + std::to_string(least) + " to " +
                          std::to_string(most));
    }
    return value;
}

template <std::integral Number>
SettingValue number(Number least, Number most, std::function<Number&(Draft&)> field) {
    const auto assign = [=](Draft& draft, const std::string& text) -> base::Result<void> {
        const auto value = whole_number(text, least, most);
        if (!value) {
            return base::fail("must be " + value.error().message);
        }
        field(draft) = *value;
        return {};
    };
    return {assign, SettingForm::Number};
}

/// "auto": the relay finds out, and the field is none.
template <std::integral Number>
SettingValue number_or_auto(Number least, Number most,
                            std::function<void(Draft&, std::optional<Number>)> set) {
    const auto assign = [=](Draft& draft, const std::string& text) -> base::Result<void> {
        if (text == "auto") {
            set(draft, std::nullopt);
            return {};
        }
        const auto value = whole_number(text, least, most);
        if (!value) {
            return base::fail("must be auto, or " + value.error().message);
        }
        set(draft, *value);
        return {};
    };
    return {assign, SettingForm::NumberOrWord};
}

inline Assign duration(std::chrono::milliseconds least,
                       std::function<std::chrono::milliseconds&(Draft&)> field) {
    return [=](Draft& draft, const std::string& text) -> base::Result<void> {
        const auto value = base::parse_duration(text);
        if (!value || *value < least) {
            return base::fail("must be a duration such as 500ms, 1s or 2m, and at least " +
                              std::to_string(least.count()) + "ms");
        }
        field(draft) = *value;
        return {};
    };
}

/// How long something is kept; 0, with or without a unit: for ever.
inline Assign kept_for(std::function<std::chrono::milliseconds&(Draft&)> field) {
    return [=](Draft& draft, const std::string& text) -> base::Result<void> {
        const auto value = text == "0" ? std::chrono::milliseconds(0) : base::parse_duration(text);
        if (!value) {
            return base::fail("must be a duration such as 30m or 720h, or 0 for ever");
        }
        field(draft) = *value;
        return {};
    };
}

inline Assign non_empty(std::function<std::string&(Draft&)> field) {
    return [=](Draft& draft, const std::string& text) -> base::Result<void> {
        if (text.empty()) {
            return base::fail("must not be empty");
        }
        field(draft) = text;
        return {};
    };
}

/// Empty: the program-derived address.
inline Assign account(std::function<std::optional<solana::Pubkey>&(Draft&)> field) {
    return [=](Draft& draft, const std::string& text) -> base::Result<void> {
        if (text.empty()) {
            return {};
        }
        field(draft) = solana::Pubkey::parse(text);
        if (!field(draft)) {
            return base::fail("must be the base58 text of a 32-byte address");
        }
        return {};
    };
}

template <class Choice>
Assign choice(std::vector<std::pair<std::string, Choice>> choices,
              std::function<Choice&(Draft&)> field) {
    return [=](Draft& draft, const std::string& text) -> base::Result<void> {
        std::string names;
        for (const auto& [name, value] : choices) {
            if (text == name) {
                field(draft) = value;
                return {};
            }
            names += (names.empty() ? "" : ", ") + name;
        }
        return base::fail("must be one of: " + names);
    };
}

} // namespace relay::app
