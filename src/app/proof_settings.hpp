#pragma once
// The settings of the check of proofs, rows of the one table. Private to app.

#include "setting_values.hpp"

#include <vector>

namespace relay::app {

std::vector<Setting> proof_settings();

} // namespace relay::app
