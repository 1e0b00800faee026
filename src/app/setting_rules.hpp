#pragma once
// Settings that contradict each other, each valid by itself: a relay does not start with them.
// Pure. Private to app.

#include "relay/app/settings.hpp"
#include "relay/base/error.hpp"
#include "relay/solana/pubkey.hpp"

#include <optional>
#include <string>

namespace relay::app {

/// The error is one line that names the settings at odds, and what would be right.
base::Result<void> check_rules(const Settings& settings);

/// As check_rules, once the keypair is read; none where nothing is wrong.
std::optional<std::string> fault_of_payer(const Settings& settings, const solana::Pubkey& payer);

} // namespace relay::app
