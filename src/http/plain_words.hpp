#pragma once
// A reason as strangers may hear it: libraries' messages name hosts, users and paths. Pure.

#include <string>
#include <string_view>

namespace relay::http {

/// The text with all that may be a quoted name, an address, a host, a URL or a path replaced by
/// "...": rather one word too many than one too few.
std::string plain_words(std::string_view text);

} // namespace relay::http
