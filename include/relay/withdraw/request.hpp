#pragma once
// A withdraw as a client posts it, checked by every rule that can be checked without the chain.
// Pure: text in, a Withdraw or one fault out. Source: docs/protocol.md, "POST /withdraw".

#include "relay/base/error.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/withdraw/fault.hpp"
#include "relay/withdraw/rules.hpp"

#include <string_view>

namespace relay::withdraw {

/// The body of POST /withdraw; its proof as the program takes it, or in an SP1 bundle. At the top
/// any other member than the four known ones ("swap", say) is refused, unless it is null: it might
/// change the meaning. Inside those four, unknown members are ignored.
base::Result<solana::Withdraw, Fault> parse_request(std::string_view body, const Rules& rules);

} // namespace relay::withdraw
