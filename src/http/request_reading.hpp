#pragma once
// From a message's bytes, as HttpReader reads them, to a Request, or to the answer that refuses it.
// Pure. Source: RFC 9110, RFC 9112, docs/protocol.md.

#include "relay/base/http_reader.hpp"
#include "relay/http/message.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace relay::http {

/// The answer to a message that could not be read; none where there is nobody to answer.
std::optional<Response> answer_to(const base::HttpFault& fault, const base::HttpLimits& limits);

/// Fills in all of a request but its body, once its head was read; the refusal where that cannot be
/// served: no Host or several, an unknown expectation, a target that is none.
std::optional<Response> read_head(base::HttpReader& reader, Request& request);

/// What of the head an answer depends on, whatever has come of it.
void read_origin_and_id(base::HttpReader& reader, Request& request);

/// Whether the client waits to be told that its body is wanted.
bool expects_continue(base::HttpReader& reader);

} // namespace relay::http
