#pragma once
// JSON from strangers, by RFC 8259 to the letter: one value and nothing after it, UTF-8 without a
// byte order mark, no key twice in an object. Depth and number of values are bounded while it is
// read, so that no text, however made, takes more than it is worth to build, print or free. The
// message of a refusal says what and where, and never quotes the text.

#include "relay/base/error.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <string_view>

namespace relay::base {

struct JsonLimits {
    std::size_t depth = 64;
    /// Objects, arrays, texts, numbers and the rest: each takes some hundred bytes at most beside
    /// its text. The largest answer that is asked for, 256 statuses with errors, has 6,000.
    std::size_t values = 65'536;
};

/// Limits for what a relay's client posts.
inline constexpr JsonLimits kPostedJson{.depth = 32, .values = 1'024};
/// Limits for what a node answers.
inline constexpr JsonLimits kAnsweredJson{};

Result<nlohmann::json> parse_bounded_json(std::string_view text, JsonLimits limits = kAnsweredJson);

/// Within kPostedJson.
Result<nlohmann::json> parse_strict_json(std::string_view text);

} // namespace relay::base
