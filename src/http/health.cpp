#include "relay/http/health.hpp"

#include "relay/http/envelope.hpp"
#include "relay/http/message.hpp"
#include "relay/jobs/chain_monitor.hpp"
#include "relay/jobs/ledger_monitor.hpp"
#include "relay/jobs/scheduler.hpp"
#include "relay/jobs/worker.hpp"

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

namespace relay::http {

using nlohmann::json;

namespace {

json part(const std::optional<std::string>& trouble, const char* state_in_trouble) {
    if (trouble) {
        return {{"state", state_in_trouble}, {"reason", *trouble}};
    }
    return {{"state", "ok"}, {"reason", nullptr}};
}

} // namespace

Health::Health(const jobs::LedgerMonitor& ledger, const jobs::Scheduler& scheduler,
               const jobs::ChainMonitor& chain, const jobs::Worker* worker)
    : ledger_(ledger), scheduler_(scheduler), chain_(chain), worker_(worker) {}

bool Health::accepts_withdraws() const {
    return !shutting_down_ && !ledger_.trouble();
}

Response Health::report() const {
    auto solana = part(chain_.rpc_trouble(), "unavailable");
    if (const auto balance = chain_.balance()) {
        solana["payer_lamports"] = balance->value;
    }
    if (!chain_.rpc_trouble() && chain_.payer_low()) {
        solana["state"] = "degraded";
        solana["reason"] = "the payer's balance is below the minimum: fund it";
    }
    json worker = {{"state", "disabled"}, {"reason", "this instance only accepts withdraws"}};
    std::optional<std::string> worker_trouble;
    if (worker_ != nullptr) {
        worker_trouble = worker_->trouble();
        worker = part(worker_trouble, "paused");
        worker["in_flight"] = worker_->in_flight();
    }
    const bool degraded = scheduler_.trouble() || chain_.rpc_trouble() || chain_.payer_low() ||
                          worker_trouble.has_value();
    const char* status = "unavailable";
    if (accepts_withdraws()) {
        status = degraded ? "degraded" : "ok";
    }
    json data = {{"status", status},
                 {"postgres", part(ledger_.trouble(), "unavailable")},
                 {"redis", part(scheduler_.trouble(), "unavailable")},
                 {"solana", std::move(solana)},
                 {"worker", std::move(worker)}};
    if (shutting_down_) {
        data["reason"] = "shutting down";
    }
    return success(accepts_withdraws() ? 200 : 503, data);
}

} // namespace relay::http
