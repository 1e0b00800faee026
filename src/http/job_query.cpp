#include "job_query.hpp"

#include "relay/base/duration.hpp"
#include "relay/base/encoding.hpp"
#include "relay/base/error.hpp"
#include "relay/http/envelope.hpp"
#include "relay/http/message.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/operator_ledger.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/signature.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace relay::http {

namespace {

constexpr std::size_t kTimeBytes = 8;
constexpr std::size_t kIdBytes = 16;
constexpr std::size_t kLongestCode = 64;
constexpr std::size_t kLongestName = 64; // of what is repeated to the sender

/// Decimal digits of a number from 1 to `most`, and nothing else.
std::optional<std::int64_t> read_positive(std::string_view text, std::int64_t most) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size() || number < 1 || number > most) {
        return std::nullopt;
    }
    return number;
}

bool is_code(std::string_view text) {
    return !text.empty() && text.size() <= kLongestCode &&
           std::ranges::all_of(text, [](char letter) {
               return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') ||
                      letter == '_';
           });
}

std::optional<solana::Hash> parse_hash(std::string_view digits) {
    solana::Hash hash{};
    if (digits.starts_with("0x")) {
        digits.remove_prefix(2);
    }
    return base::decode_hex(digits, hash) ? std::optional(hash) : std::nullopt;
}

/// Takes a parameter's value, or says what would be right.
using Take = const char* (*)(JobQuery& query, const std::string& text);

struct Parameter {
    std::string_view name;
    Take take;
};

constexpr auto kParameters = std::to_array<Parameter>({
    {"status",
     [](JobQuery& query, const std::string& text) -> const char* {
         query.filter.status = jobs::parse_job_status(text);
         return query.filter.status ? nullptr : "must be queued, processing, completed or failed";
     }},
    {"code",
     [](JobQuery& query, const std::string& text) -> const char* {
         query.filter.code = text;
         return is_code(text) ? nullptr
                              : "must be an error code such as root_not_found: a-z, 0-9 and _";
     }},
    {"nullifier",
     [](JobQuery& query, const std::string& text) -> const char* {
         query.filter.nullifier = parse_hash(text);
         return query.filter.nullifier ? nullptr : "must be 64 hex digits, with or without 0x";
     }},
    {"signature",
     [](JobQuery& query, const std::string& text) -> const char* {
         query.filter.signature = solana::Signature::parse(text);
         return query.filter.signature ? nullptr
                                       : "must be a transaction's signature: base58 of 64 bytes";
     }},
    {"older_than",
     [](JobQuery& query, const std::string& text) -> const char* {
         query.filter.older_than = base::parse_duration(text);
         return query.filter.older_than
                    ? nullptr
                    : "must be a duration such as 30s, 10m or 1h, measured from the acceptance";
     }},
    {"limit",
     [](JobQuery& query, const std::string& text) -> const char* {
         const auto limit = read_positive(text, kMostJobsAPage);
         query.limit = static_cast<std::size_t>(limit.value_or(0));
         return limit ? nullptr : "must be a whole number from 1 to 500";
     }},
    {"cursor",
     [](JobQuery& query, const std::string& text) -> const char* {
         query.after = parse_cursor(text);
         return query.after ? nullptr : "must be the next_cursor of an earlier answer, unchanged";
     }},
});

Response unknown_parameter(std::string_view name, std::string_view known) {
    const auto told = std::string(name.substr(0, kLongestName));
    return failure(400, "invalid_field", told + " is no parameter of this call.", told,
                   "Leave it out; known are " + std::string(known) + ".");
}

} // namespace

Response bad_field(std::string_view field, std::string_view rule, std::string_view hint) {
    return failure(400, "invalid_field", std::string(field) + " " + std::string(rule) + ".", field,
                   hint);
}

base::Result<JobQuery, Response> read_job_query(const Parameters& parameters, JobList list) {
    JobQuery query;
    query.filter.dead_letters = list == JobList::DeadLetters;
    for (const auto& [name, text] : parameters) {
        const auto known = std::ranges::find(kParameters, name, &Parameter::name);
        if (known == kParameters.end() || (list == JobList::DeadLetters && name == "status")) {
            return std::unexpected(unknown_parameter(
                name, list == JobList::Jobs
                          ? "status, code, nullifier, signature, older_than, limit and cursor"
                          : "code, nullifier, signature, older_than, limit and cursor"));
        }
        if (const auto* rule = known->take(query, text)) {
            return std::unexpected(bad_field(name, rule));
        }
    }
    return query;
}

base::Result<NumberQuery, Response> read_number_query(const Parameters& parameters) {
    NumberQuery query;
    for (const auto& [name, text] : parameters) {
        if (name == "limit") {
            const auto limit = read_positive(text, kMostJobsAPage);
            if (!limit) {
                return std::unexpected(bad_field(name, "must be a whole number from 1 to 500"));
            }
            query.limit = static_cast<std::size_t>(*limit);
        } else if (name == "cursor") {
            query.before = read_positive(text, std::numeric_limits<std::int64_t>::max());
            if (!query.before) {
                return std::unexpected(
                    bad_field(name, "must be the next_cursor of an earlier answer, unchanged"));
            }
        } else {
            return std::unexpected(unknown_parameter(name, "limit and cursor"));
        }
    }
    return query;
}

std::string to_cursor(const jobs::ListPosition& position) {
    base::ByteWriter bytes(kTimeBytes + kIdBytes);
    bytes.u64(static_cast<std::uint64_t>(position.created_at.time_since_epoch().count()))
        .bytes(position.id.bytes);
    return base::encode_hex(bytes.take());
}

std::optional<jobs::ListPosition> parse_cursor(std::string_view text) {
    std::array<std::uint8_t, kTimeBytes + kIdBytes> bytes{};
    if (!base::decode_hex(text, bytes)) {
        return std::nullopt;
    }
    std::uint64_t time = 0;
    for (std::size_t index = kTimeBytes; index-- > 0;) {
        time = time << 8 | bytes[index];
    }
    constexpr std::uint64_t kYear9999 = 253'370'764'800'000'000; // in microseconds
    if (time > kYear9999) {
        return std::nullopt;
    }
    jobs::ListPosition position;
    position.created_at =
        jobs::Timestamp(std::chrono::microseconds(static_cast<std::int64_t>(time)));
    std::copy(bytes.begin() + kTimeBytes, bytes.end(), position.id.bytes.begin());
    return position;
}

} // namespace relay::http
