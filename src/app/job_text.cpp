#include "job_text.hpp"

#include "terminal.hpp"
#include "text_table.hpp"

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay::app {

using nlohmann::json;

namespace {

constexpr std::size_t kFactIndent = 17;

/// A list's member, which may be missing.
const json& list_of(const json& object, const char* member) {
    static const json kNone = json::array();
    const auto found = object.find(member);
    return found != object.end() && found->is_array() ? *found : kNone;
}

/// A cell is never empty: a column that is looks like a fault.
std::string cell(const json& object, const char* member) {
    auto text = text_of(object, member);
    return text.empty() ? "-" : text;
}

std::string fact(const std::string& name, const std::string& value) {
    return name + std::string(std::max(kFactIndent, name.size() + 2) - name.size(), ' ') + value +
           "\n";
}

/// Those members that are there, in this order.
std::string facts(const json& object, std::initializer_list<const char*> members) {
    std::string text;
    for (const char* member : members) {
        if (const auto value = text_of(object, member); !value.empty()) {
            text +=
                fact(member, std::string_view(member) == "status" ? coloured_status(value) : value);
        }
    }
    return text;
}

/// A column: its title, and the member that it shows.
using Column = std::pair<const char*, const char*>;

std::string table(const json& list, std::initializer_list<Column> columns) {
    std::vector<std::string> titles;
    for (const auto& [title, member] : columns) {
        titles.emplace_back(title);
    }
    TextTable rows(std::move(titles));
    for (const auto& each : list) {
        std::vector<std::string> cells;
        for (const auto& [title, member] : columns) {
            auto text = cell(each, member);
            cells.push_back(std::string_view(member) == "status" ? coloured_status(text)
                                                                 : std::move(text));
        }
        rows.add(std::move(cells));
    }
    return rows.text();
}

/// A list under its name; nothing where there is none.
std::string titled(const char* title, const json& list, std::initializer_list<Column> columns) {
    return list.empty() ? "" : std::string("\n") + title + "\n" + table(list, columns);
}

std::string more(const json& page) {
    const auto cursor = text_of(page, "next_cursor");
    return cursor.empty() ? "" : "\nmore: --cursor " + cursor + "\n";
}

std::string payload_text(const json& payload) {
    auto text = std::string("\npayload\n");
    if (const auto inputs = payload.find("public_inputs"); inputs != payload.end()) {
        text += facts(*inputs, {"root", "nf", "amount", "outputs_hash"});
    }
    return text + facts(payload, {"proof_bytes"}) +
           table(list_of(payload, "outputs"), {{"RECIPIENT", "recipient"}, {"AMOUNT", "amount"}});
}

} // namespace

std::string text_of(const json& object, const char* member) {
    const auto found = object.find(member);
    if (!object.is_object() || found == object.end() || found->is_null()) {
        return "";
    }
    return printable(found->is_string()
                         ? found->get<std::string>()
                         : found->dump(-1, ' ', false, json::error_handler_t::replace));
}

std::string jobs_text(const json& page) {
    const auto& jobs = list_of(page, "jobs");
    if (jobs.empty()) {
        return "no jobs\n";
    }
    return table(jobs, {{"REQUEST ID", "request_id"},
                        {"STATUS", "status"},
                        {"CREATED", "created_at"},
                        {"RETRIES", "retry_count"},
                        {"ERROR", "error_code"},
                        {"WAITS FOR", "waiting_for"},
                        {"SLOT", "slot"}}) +
           more(page);
}

std::string job_text(const json& job) {
    auto text = facts(job, {"request_id", "status", "tx_id", "slot", "error", "error_code",
                            "retryable", "hint", "waiting_for", "retry_count", "next_attempt_at",
                            "nullifier", "created_at", "started_at", "updated_at", "completed_at",
                            "finished_at", "retried_at", "discarded_at"});
    const auto last = job.find("last_error");
    if (last != job.end() && last->is_object() && text_of(job, "error").empty()) {
        text += fact("last_error", text_of(*last, "message"));
    }
    text += titled("transactions", list_of(job, "transactions"),
                   {{"SIGNED", "signed_at"},
                    {"SIGNATURE", "signature"},
                    {"LAST HEIGHT", "last_valid_block_height"},
                    {"KEPT", "kept"},
                    {"LANDED", "landed"}});
    text +=
        titled("history", list_of(job, "history"),
               {{"AT", "at"}, {"ATTEMPT", "attempt"}, {"ERROR", "code"}, {"MESSAGE", "message"}});
    text += titled("timeline", list_of(job, "timeline"),
                   {{"AT", "at"}, {"EVENT", "event"}, {"ERROR", "code"}, {"WHO", "who"}});
    if (const auto payload = job.find("payload"); payload != job.end()) {
        text += payload->is_object() ? payload_text(*payload) : "\npayload\nno longer kept\n";
    }
    return text;
}

std::string bulk_text(const json& bulk) {
    const bool is_dry = text_of(bulk, "dry_run") == "true";
    auto text = text_of(bulk, "count") + (is_dry ? " would be retried\n" : " retried\n");
    text += titled(is_dry ? "would be retried" : "retried", list_of(bulk, "jobs"),
                   {{"REQUEST ID", "request_id"}, {"ERROR", "error_code"}});
    text += titled("skipped", list_of(bulk, "skipped"),
                   {{"REQUEST ID", "request_id"},
                    {"ERROR", "error_code"},
                    {"WHY", "reason"},
                    {"OTHER JOB", "other_request_id"}});
    return text + more(bulk);
}

std::string fleet_text(const json& fleet) {
    return fact("fleet", coloured_status(text_of(fleet, "state"))) +
           facts(fleet, {"reason", "until", "in_flight"});
}

std::string changes_text(const json& page) {
    const auto& changes = list_of(page, "changes");
    if (changes.empty()) {
        return "no changes\n";
    }
    return table(changes, {{"AT", "at"},
                           {"WHO", "who"},
                           {"ACTION", "action"},
                           {"REQUEST ID", "request_id"},
                           {"UNTIL", "until"},
                           {"REASON", "reason"}}) +
           more(page);
}

std::string health_text(const json& health) {
    auto text =
        fact("status", coloured_status(text_of(health, "status"))) + facts(health, {"reason"});
    for (const char* name : {"postgres", "redis", "solana", "worker"}) {
        const auto part = health.find(name);
        if (part == health.end() || !part->is_object()) {
            continue;
        }
        auto words = coloured_status(text_of(*part, "state"));
        for (const char* member : {"reason", "operator_reason", "until"}) {
            if (const auto why = text_of(*part, member); !why.empty()) {
                words += ", " + why;
            }
        }
        text += fact(name, words);
        for (const auto& node : list_of(*part, "nodes_in_trouble")) {
            text += fact("  " + cell(node, "node"), text_of(node, "reason"));
        }
    }
    return text;
}

} // namespace relay::app
