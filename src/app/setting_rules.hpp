#pragma once
// Settings that contradict each other, each valid by itself: a relay does not start with them.
// Pure. Private to app.

#include "relay/app/settings.hpp"
#include "relay/base/error.hpp"

namespace relay::app {

/// The error is one line that names the settings at odds, and what would be right.
base::Result<void> check_rules(const Settings& settings);

} // namespace relay::app
