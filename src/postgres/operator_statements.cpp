#include "operator_statements.hpp"

#include "relay/base/encoding.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/operator_ledger.hpp"
#include "statements.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <pqxx/pqxx>
#include <string>
#include <vector>

namespace relay::postgres::sql {

namespace {

/// What read_listed reads.
const std::string kListedColumns = kViewColumns + R"sql(, encode(nullifier, 'hex'),
           (extract(epoch FROM retried_at) * 1000000)::bigint,
           (extract(epoch FROM discarded_at) * 1000000)::bigint)sql";

constexpr const char* kLive = "status IN ('queued', 'processing')";

/// The jobs that are meant, in parts of which each has an index of its own. Live ones, which the
/// backlog bounds, are read by theirs and sorted.
std::vector<std::string> parts_of(const jobs::JobFilter& filter) {
    using jobs::JobStatus;
    if (filter.dead_letters) {
        return {"status = 'failed' AND discarded_at IS NULL"};
    }
    if (filter.status) {
        const auto is_it = "status = '" + std::string(to_string(*filter.status)) + "'";
        const bool is_live =
            *filter.status == JobStatus::Queued || *filter.status == JobStatus::Processing;
        return {is_live ? kLive + (" AND " + is_it) : is_it};
    }
    std::vector<std::string> parts = {kLive, "status = 'failed'"};
    if (filter.code.empty()) { // a completed job has none
        parts.emplace_back("status = 'completed'");
    }
    return parts;
}

/// Each parameter is named, so that the statement takes all of them whatever is asked.
std::string conditions_of(const jobs::JobFilter& filter, bool from_position) {
    std::string conditions;
    if (from_position) {
        conditions +=
            " AND (created_at, request_id) < "
            "('epoch'::timestamptz + $2::bigint * interval '1 microsecond', $3::uuid)";
    }
    if (filter.nullifier) {
        conditions += " AND nullifier = $4::bytea";
    }
    if (filter.signature) {
        conditions +=
            " AND request_id = ANY (ARRAY("
            "SELECT request_id FROM transactions WHERE signature = $5::text))";
    }
    if (!filter.code.empty()) {
        conditions += " AND error_code = $6::text";
    }
    if (filter.older_than) {
        conditions += " AND created_at <= now() - $7::bigint * interval '1 millisecond'";
    }
    return conditions;
}

std::array<std::optional<std::string>, 7> values_of(const jobs::JobFilter& filter,
                                                    const std::optional<jobs::ListPosition>& after,
                                                    std::size_t limit) {
    std::array<std::optional<std::string>, 7> values;
    values[0] = std::to_string(limit + 1);
    if (after) {
        values[1] = std::to_string(after->created_at.time_since_epoch().count());
        values[2] = after->id.to_string();
    }
    if (filter.nullifier) {
        values[3] = "\\x" + base::encode_hex(*filter.nullifier);
    }
    if (filter.signature) {
        values[4] = filter.signature->to_string();
    }
    if (!filter.code.empty()) {
        values[5] = filter.code;
    }
    if (filter.older_than) {
        values[6] = std::to_string(filter.older_than->count());
    }
    return values;
}

} // namespace

ListStatement list_jobs(const jobs::JobFilter& filter,
                        const std::optional<jobs::ListPosition>& after, std::size_t limit) {
    const std::string order = " ORDER BY created_at DESC, request_id DESC LIMIT $1::bigint";
    const auto conditions = conditions_of(filter, after.has_value());
    std::string parts;
    for (const auto& part : parts_of(filter)) {
        parts += (parts.empty() ? "" : " UNION ALL ") + ("(SELECT * FROM jobs WHERE " + part) +
                 conditions + order + ")";
    }
    // The types of what is not asked for must be known all the same.
    const std::string named =
        "WITH parameters AS (SELECT $2::bigint, $3::uuid, $4::bytea, $5::text, $6::text, "
        "$7::bigint) ";
    return {named + "SELECT " + kListedColumns + " FROM (" + parts + ") found" + order,
            values_of(filter, after, limit), !filter.nullifier && !filter.signature};
}

pqxx::result execute(pqxx::work& transaction, const ListStatement& statement) {
    if (statement.in_order) {
        transaction.exec("SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off");
    }
    const auto value = [&](std::size_t index) {
        return statement.values[index] ? statement.values[index]->c_str() : nullptr;
    };
    return transaction.exec_params(statement.sql, value(0), value(1), value(2), value(3), value(4),
                                   value(5), value(6));
}

const std::string kReadRemovedJob = "SELECT " + kRemovedViewColumns + R"sql(,
           encode(nullifier, 'hex'), NULL::bigint, NULL::bigint
    FROM nullifiers WHERE request_id = $1::uuid AND created_at IS NOT NULL
)sql";

const std::string kReadJob = "SELECT " + kListedColumns + " FROM jobs WHERE request_id = $1::uuid";

} // namespace relay::postgres::sql
