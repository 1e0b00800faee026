#pragma once
// The state machine's words as short texts, for tables and messages.

#include "relay/jobs/state_machine.hpp"

#include <string>

namespace relay::test {

/// "sign", "retry root_not_found 30000 keep_refused", "fail proof_invalid", ...
std::string describe(const jobs::Step& step);
const char* describe(jobs::Phase phase);

} // namespace relay::test
