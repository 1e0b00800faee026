#pragma once
// What a client is told of the withdraw that it posted. Pure. Private to http.
// Source: docs/protocol.md, "POST /withdraw".

#include "relay/http/message.hpp"
#include "relay/jobs/intake.hpp"

namespace relay::http {

/// What to do after a 429 or a 503.
inline constexpr const char* kPostAgain = "Post the same body again after Retry-After.";

Response answer_to(const jobs::Acceptance& acceptance);

} // namespace relay::http
