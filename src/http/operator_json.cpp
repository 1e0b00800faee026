#include "operator_json.hpp"

#include "iso8601.hpp"
#include "job_json.hpp"
#include "job_query.hpp"
#include "relay/base/encoding.hpp"
#include "relay/jobs/advice.hpp"
#include "relay/jobs/fleet_state.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/operator_ledger.hpp"
#include "relay/solana/shield_pool.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace relay::http {

using nlohmann::json;

namespace {

json text_or_null(const std::string& text) {
    return text.empty() ? json(nullptr) : json(text);
}

json to_json(const jobs::PastError& past) {
    return {{"at", to_iso8601(past.at)},
            {"attempt", past.attempt},
            {"code", past.error.code},
            {"message", past.error.message},
            {"signature", text_or_null(past.signature)}};
}

json to_json(const jobs::SignedTransaction& transaction, const jobs::JobView& job) {
    const auto& height = transaction.last_valid_block_height;
    const auto& slot = transaction.blockhash_slot;
    return {{"signature", transaction.signature.to_string()},
            {"signed_at", to_iso8601(transaction.signed_at)},
            {"last_valid_block_height", height ? json(height->value) : json(nullptr)},
            {"blockhash_slot", slot ? json(slot->value) : json(nullptr)},
            {"kept", transaction.kept},
            {"landed", job.tx_id == transaction.signature}};
}

/// As it was posted, but for the fee rates, which follow from the amounts.
json to_json(const solana::Withdraw& withdraw) {
    json outputs = json::array();
    for (const auto& output : withdraw.outputs) {
        outputs.push_back(
            {{"recipient", output.recipient.to_string()}, {"amount", output.amount.value}});
    }
    return {{"outputs", std::move(outputs)},
            {"public_inputs",
             {{"root", base::encode_hex(withdraw.root)},
              {"nf", base::encode_hex(withdraw.nullifier)},
              {"amount", withdraw.amount.value},
              {"outputs_hash", base::encode_hex(withdraw.outputs_hash)}}},
            {"proof_bytes", base::encode_base64(withdraw.proof)}};
}

/// What happened to a job, in the order of the ledger's clock.
class Timeline {
  public:
    explicit Timeline(const jobs::JobRecord& record) {
        const auto& job = record.job.view;
        add(job.created_at, "accepted", json::object());
        if (job.started_at) {
            add(*job.started_at, "claimed", json::object());
        }
        for (const auto& transaction : record.transactions) {
            add(transaction.signed_at, "signed",
                {{"signature", transaction.signature.to_string()}});
        }
        for (const auto& past : record.errors) {
            add(past.at, "attempt_failed",
                {{"attempt", past.attempt},
                 {"code", past.error.code},
                 {"message", past.error.message}});
        }
        for (const auto& change : record.changes) {
            add(change.at, change.action == "retry" ? "retried" : "discarded",
                {{"who", change.who}});
        }
        if (job.completed_at) {
            add(*job.completed_at, "completed", json::object());
        } else if (job.status == jobs::JobStatus::Failed) {
            add(job.updated_at, "failed", json::object());
        }
    }

    json take() {
        std::ranges::stable_sort(moments_, {}, &Moment::at);
        json list = json::array();
        for (auto& moment : moments_) {
            list.push_back(std::move(moment.told));
        }
        return list;
    }

  private:
    struct Moment {
        jobs::Timestamp at;
        json told;
    };

    void add(jobs::Timestamp at, const char* event, json told) {
        told["at"] = to_iso8601(at);
        told["event"] = event;
        moments_.push_back({at, std::move(told)});
    }

    std::vector<Moment> moments_;
};

} // namespace

json to_json(const jobs::ListedJob& job, const jobs::Hindrance& hindrance) {
    auto told = to_json(job.view, hindrance);
    told["nullifier"] = base::encode_hex(job.nullifier);
    told["retried_at"] = time_or_null(job.retried_at);
    told["discarded_at"] = time_or_null(job.discarded_at);
    told["last_error"] = nullptr;
    if (const auto& error = job.view.error) {
        told["last_error"] = {{"code", error->code}, {"message", error->message}};
    }
    return told;
}

json to_json(const jobs::JobPage& page, const jobs::Hindrance& hindrance) {
    json list = json::array();
    for (const auto& job : page.jobs) {
        list.push_back(to_json(job, hindrance));
    }
    return {{"jobs", std::move(list)},
            {"next_cursor", page.next ? json(to_cursor(*page.next)) : json(nullptr)}};
}

json to_json(const jobs::JobRecord& record, const jobs::Hindrance& hindrance) {
    auto told = to_json(record.job, hindrance);
    json history = json::array();
    for (const auto& past : record.errors) {
        history.push_back(to_json(past));
    }
    json transactions = json::array();
    for (const auto& transaction : record.transactions) {
        transactions.push_back(to_json(transaction, record.job.view));
    }
    told["history"] = std::move(history);
    told["transactions"] = std::move(transactions);
    told["timeline"] = Timeline(record).take();
    if (record.withdraw) {
        told["payload"] = to_json(*record.withdraw);
    }
    return told;
}

json to_json(const jobs::Change& change) {
    return {{"number", change.number},
            {"at", to_iso8601(change.at)},
            {"who", change.who},
            {"action", change.action},
            {"request_id", change.job ? json(change.job->to_string()) : json(nullptr)},
            {"reason", text_or_null(change.reason)},
            {"until", time_or_null(change.until)}};
}

json fleet_json(const jobs::FleetState& state) {
    return {{"state", to_string(state.mode)},
            {"reason", text_or_null(state.reason)},
            {"until", time_or_null(state.until)}};
}

} // namespace relay::http
