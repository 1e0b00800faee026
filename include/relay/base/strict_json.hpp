#pragma once
// JSON from strangers, by RFC 8259 to the letter: one value and nothing after it, UTF-8 without a
// byte order mark, no key twice in an object, no nesting beyond kMaxJsonDepth. The message of a
// refusal says what and where, and never quotes the text.

#include "relay/base/error.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <string_view>

namespace relay::base {

inline constexpr std::size_t kMaxJsonDepth = 32;

Result<nlohmann::json> parse_strict_json(std::string_view text);

} // namespace relay::base
