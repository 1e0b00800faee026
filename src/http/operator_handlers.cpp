#include "relay/http/operator_handlers.hpp"

#include "job_query.hpp"
#include "operator_json.hpp"
#include "relay/base/error.hpp"
#include "relay/base/strict_json.hpp"
#include "relay/base/task.hpp"
#include "relay/http/admin_guard.hpp"
#include "relay/http/envelope.hpp"
#include "relay/http/message.hpp"
#include "relay/http/router.hpp"
#include "relay/jobs/advice.hpp"
#include "relay/jobs/chain_monitor.hpp"
#include "relay/jobs/fleet.hpp"
#include "relay/jobs/fleet_state.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/operator_ledger.hpp"
#include "relay/observability/logging.hpp"
#include "relay/solana/pubkey.hpp"

#include <chrono>
#include <cstdint>
#include <expected>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

namespace relay::http {

using nlohmann::json;

namespace {

constexpr const char* kDeadLetters = "/admin/dead-letters";
constexpr const char* kIdRule = "must be a UUID of 36 characters";

Response no_such_job() {
    return failure(404, "not_found", "No job has this request id.");
}

/// Why a job was left as it was, in a word and a sentence.
struct Refusal {
    unsigned status;
    const char* code;
    const char* message;
};

Refusal refusal_of(jobs::Intervention::Kind kind) {
    using Kind = jobs::Intervention::Kind;
    switch (kind) {
        case Kind::Done:
            break;
        case Kind::NotFound:
            return {404, "not_found", "No job has this request id."};
        case Kind::NotFailed:
            return {409, "not_failed", "The job is live or completed: it is no dead letter."};
        case Kind::Discarded:
            return {409, "discarded", "The job was discarded before: it is no dead letter."};
        case Kind::NullifierTaken:
            return {409, "nullifier_conflict",
                    "Another job has this job's nullifier: it is live, or has spent it."};
        case Kind::PayloadGone:
            return {409, "payload_gone",
                    "The job's proof and recipients are no longer kept: it must be posted anew."};
    }
    std::unreachable();
}

Response refused(const jobs::Intervention& found) {
    const auto refusal = refusal_of(found.kind);
    json error = {{"code", refusal.code}, {"message", refusal.message}};
    if (found.kind == jobs::Intervention::Kind::NullifierTaken) {
        error["request_id"] = found.other.to_string();
        error["hint"] = "Look at that job: GET /admin/jobs/" + found.other.to_string();
    }
    return failure(refusal.status, error);
}

struct BulkRetry {
    JobQuery query;
    bool dry_run = false;
};

/// {"code":...,"older_than":...,"limit":...,"cursor":...,"dry_run":...}, each of them optional.
base::Result<BulkRetry, Response> read_bulk_retry(const std::string& body) {
    const auto document = base::parse_strict_json(body.empty() ? "{}" : body);
    if (!document || !document->is_object()) {
        return std::unexpected(failure(400, "invalid_json",
                                       "The body must be a JSON object, or empty.", {},
                                       R"(Send {"code":"root_not_found","dry_run":true}.)"));
    }
    BulkRetry bulk;
    Parameters parameters;
    for (const auto& [name, value] : document->items()) {
        if (value.is_null()) {
            continue;
        }
        if (name == "dry_run") {
            if (!value.is_boolean()) {
                return std::unexpected(bad_field(name, "must be true or false"));
            }
            bulk.dry_run = value.get<bool>();
        } else if (name == "limit" && value.is_number_unsigned()) {
            parameters[name] = std::to_string(value.get<std::uint64_t>());
        } else if (name != "limit" && value.is_string()) {
            parameters[name] = value.get<std::string>();
        } else {
            return std::unexpected(bad_field(
                name, name == "limit" ? "must be a whole number from 1 to 500" : "must be text"));
        }
    }
    auto query = read_job_query(parameters, JobList::DeadLetters);
    if (!query) {
        return std::unexpected(std::move(query.error()));
    }
    bulk.query = std::move(*query);
    return bulk;
}

/// None where the id is none.
std::optional<jobs::JobId> read_id(const Request& request) {
    return jobs::JobId::parse(request.parameter);
}

} // namespace

jobs::Hindrance hindrance_of(const jobs::ChainMonitor& chain, const jobs::Fleet& fleet) {
    return {fleet.state().mode == jobs::FleetMode::Paused, chain.payer_low(),
            chain.rpc_trouble().has_value()};
}

void OperatorHandlers::add_routes(Router& router) {
    const auto add = [&](const char* method, const char* path, Handling handling) {
        router.add({method, path, [this, handling](Request request) {
                        return guarded(handling, std::move(request));
                    }});
    };
    add("GET", "/admin/jobs", &OperatorHandlers::get_jobs);
    add("GET", "/admin/jobs/{request_id}", &OperatorHandlers::get_job);
    add("GET", kDeadLetters, &OperatorHandlers::get_jobs);
    add("POST", "/admin/dead-letters/retry", &OperatorHandlers::retry_many);
    add("POST", "/admin/dead-letters/{request_id}/retry", &OperatorHandlers::retry);
    add("POST", "/admin/dead-letters/{request_id}/discard", &OperatorHandlers::discard);
}

base::Task<Response> OperatorHandlers::guarded(Handling handling, Request request) {
    if (auto refused = tools_.guard.refusal(request)) {
        co_return std::move(*refused);
    }
    co_return co_await (this->*handling)(std::move(request));
}

/// Serves both paths: dead letters are a list of jobs too.
base::Task<Response> OperatorHandlers::get_jobs(Request request) {
    auto query = read_job_query(
        request.query, request.path == kDeadLetters ? JobList::DeadLetters : JobList::Jobs);
    if (!query) {
        co_return std::move(query.error());
    }
    const auto page =
        co_await tools_.ledger.list(std::move(query->filter), query->after, query->limit);
    co_return success(200, to_json(page, hindrance_of(tools_.chain, tools_.fleet)));
}

base::Task<Response> OperatorHandlers::get_job(Request request) {
    const auto id = read_id(request);
    if (!id) {
        co_return bad_field("request_id", kIdRule);
    }
    bool with_payload = false;
    for (const auto& [name, value] : request.query) {
        if (name != "payload" || (value != "true" && value != "false")) {
            co_return bad_field(name, "is not known here; payload=true is");
        }
        with_payload = value == "true";
    }
    const auto record = co_await tools_.ledger.read(*id, with_payload);
    if (!record) {
        co_return no_such_job();
    }
    auto told = to_json(*record, hindrance_of(tools_.chain, tools_.fleet));
    if (with_payload && !record->withdraw) {
        told["payload"] = nullptr; // no longer kept
    }
    co_return success(200, told);
}

base::Task<Response> OperatorHandlers::retry(Request request) {
    const auto id = read_id(request);
    if (!id) {
        co_return bad_field("request_id", kIdRule);
    }
    const auto found = co_await retry_one(*id, /*dry_run=*/false);
    if (found.kind != jobs::Intervention::Kind::Done) {
        co_return refused(found);
    }
    co_return success(200, {{"request_id", id->to_string()}, {"status", "queued"}});
}

base::Task<jobs::Intervention> OperatorHandlers::retry_one(jobs::JobId id, bool dry_run) {
    auto found = co_await tools_.ledger.retry(id, std::string(tools_.guard.who()), dry_run);
    if (found.kind == jobs::Intervention::Kind::Done && !dry_run) {
        tools_.schedule.forget_failed(id);
        tools_.schedule.note({id, std::chrono::milliseconds(0)});
        observability::log_info("job_retried_by_operator", "failed job queued again",
                                {{"job", id}, {"code", found.code}});
    }
    co_return found;
}

base::Task<Response> OperatorHandlers::discard(Request request) {
    const auto id = read_id(request);
    if (!id) {
        co_return bad_field("request_id", kIdRule);
    }
    const auto found = co_await tools_.ledger.discard(*id, std::string(tools_.guard.who()));
    if (found.kind != jobs::Intervention::Kind::Done) {
        co_return refused(found);
    }
    tools_.schedule.forget_failed(*id);
    observability::log_info("job_discarded", "dead letter discarded",
                            {{"job", *id}, {"code", found.code}});
    co_return success(200, {{"request_id", id->to_string()}, {"status", "failed"}});
}

/// One after the other, each in a commit of its own: who hears no answer asks for the rest anew.
base::Task<Response> OperatorHandlers::retry_many(Request request) {
    auto bulk = read_bulk_retry(request.body);
    if (!bulk) {
        co_return std::move(bulk.error());
    }
    const auto page = co_await tools_.ledger.list(std::move(bulk->query.filter), bulk->query.after,
                                                  bulk->query.limit);
    json taken = json::array();
    json skipped = json::array();
    std::map<solana::Hash, jobs::JobId> holders; // so that a dry run says what would come of all
    for (const auto& job : page.jobs) {
        auto found = co_await retry_one(job.view.id, bulk->dry_run);
        const auto holder = holders.find(job.nullifier);
        if (bulk->dry_run && holder != holders.end()) {
            found.kind = jobs::Intervention::Kind::NullifierTaken;
            found.other = holder->second;
        }
        json told = {{"request_id", found.id.to_string()}, {"error_code", found.code}};
        if (found.kind == jobs::Intervention::Kind::Done) {
            holders.emplace(job.nullifier, found.id);
            taken.push_back(std::move(told));
            continue;
        }
        told["reason"] = refusal_of(found.kind).code;
        if (found.kind == jobs::Intervention::Kind::NullifierTaken) {
            told["other_request_id"] = found.other.to_string();
        }
        skipped.push_back(std::move(told));
    }
    const auto count = taken.size();
    co_return success(200, {{"dry_run", bulk->dry_run},
                            {"count", count},
                            {"jobs", std::move(taken)},
                            {"skipped", std::move(skipped)},
                            {"next_cursor", page.next ? json(to_cursor(*page.next)) : json()}});
}

} // namespace relay::http
