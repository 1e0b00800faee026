#pragma once
// Which jobs an operator asks for, as a query string or a body says it, and the answer that says
// what is wrong with it. Pure. Source: docs/protocol.md, "The admin listener".

#include "relay/base/error.hpp"
#include "relay/http/message.hpp"
#include "relay/jobs/operator_ledger.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace relay::http {

inline constexpr std::size_t kDefaultLimit = 50;
inline constexpr std::size_t kMostJobsAPage = 500;

/// Parameters by name.
using Parameters = std::map<std::string, std::string, std::less<>>;

struct JobQuery {
    jobs::JobFilter filter;
    std::optional<jobs::ListPosition> after;
    std::size_t limit = kDefaultLimit;
};

/// Which lists take `status`, and which speak of dead letters alone.
enum class JobList { Jobs, DeadLetters };
/// The error is a 400 that names the field and the fix; for a parameter that is not known, too.
base::Result<JobQuery, Response> read_job_query(const Parameters& parameters, JobList list);

/// Opaque to those who get it: the bytes of the position in hex.
std::string to_cursor(const jobs::ListPosition& position);
std::optional<jobs::ListPosition> parse_cursor(std::string_view text);

/// `limit` and `cursor` of a list that has nothing else; the cursor is a number.
struct NumberQuery {
    std::optional<std::int64_t> before;
    std::size_t limit = kDefaultLimit;
};
base::Result<NumberQuery, Response> read_number_query(const Parameters& parameters);

/// 400 `invalid_field`, the field's name being the message's first word.
Response bad_field(std::string_view field, std::string_view rule, std::string_view hint = {});

} // namespace relay::http
