#include "relay/http/health.hpp"

#include "job_json.hpp"
#include "plain_words.hpp"
#include "relay/http/envelope.hpp"
#include "relay/http/message.hpp"
#include "relay/jobs/engine.hpp"
#include "relay/jobs/fleet_state.hpp"
#include "relay/rpc/rpc.hpp"

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

namespace relay::http {

using nlohmann::json;

namespace {

std::string told(const std::string& reason, Health::Audience audience) {
    return audience == Health::Audience::Operator ? reason : plain_words(reason);
}

json part(const std::optional<std::string>& trouble, const char* state_in_trouble,
          Health::Audience audience) {
    if (!trouble) {
        return {{"state", "ok"}, {"reason", nullptr}};
    }
    return {{"state", state_in_trouble}, {"reason", told(*trouble, audience)}};
}

} // namespace

json Health::solana(Audience audience) const {
    const auto& chain = engine_.chain();
    auto solana = part(chain.rpc_trouble(), "unavailable", audience);
    if (const auto balance = chain.balance()) {
        solana["payer_lamports"] = balance->value;
    }
    json nodes = json::array();
    for (const auto& trouble : rpc_.troubles()) {
        json node = {{"reason", told(trouble.reason, audience)}};
        if (audience == Audience::Operator) {
            node["node"] = trouble.node;
        }
        nodes.push_back(std::move(node));
    }
    const auto degrade = [&solana](const std::string& reason) {
        if (solana["state"] == "ok") {
            solana["state"] = "degraded";
            solana["reason"] = reason;
        }
    };
    if (chain.payer_low()) {
        degrade("the payer's balance is below the minimum: fund it");
    }
    if (chain.limited()) {
        degrade("every RPC node limits the relay's rate");
    }
    if (const auto unproven = engine_.stores().unproven(); unproven > 0) {
        degrade(std::to_string(unproven) +
                " withdraws wait for the proof that their transactions did not land");
    }
    if (const auto& late = engine_.landings().trouble()) {
        degrade("withdraws do not land: " + *late);
    }
    solana["nodes_in_trouble"] = std::move(nodes);
    return solana;
}

/// With what the operator has told it to do, and, for the operator, why and until when.
json Health::worker(Audience audience) const {
    json worker = {{"state", "disabled"}, {"reason", "this instance only accepts withdraws"}};
    if (const auto* running = engine_.worker()) {
        worker = part(running->trouble(), "paused", Audience::Operator); // our own words
        worker["in_flight"] = running->in_flight();
    }
    const auto& told = fleet_.state();
    if (told.mode == jobs::FleetMode::Running || shutting_down()) {
        return worker;
    }
    worker["state"] = to_string(told.mode);
    worker["reason"] = std::string(to_string(told.mode)) + " by the operator";
    if (audience == Audience::Operator) {
        worker["operator_reason"] = told.reason.empty() ? json(nullptr) : json(told.reason);
        worker["until"] = time_or_null(told.until);
    }
    return worker;
}

Response Health::report(Audience audience) const {
    auto chain = solana(audience);
    auto worker_part = worker(audience);
    const bool draining = engine_.intake().is_draining();
    const bool degraded = engine_.schedule().trouble() || chain["state"] != "ok" ||
                          (worker_part["state"] != "ok" && worker_part["state"] != "disabled");
    const bool ends = leaving_ || shutting_down();
    auto postgres = not_yet_();
    if (!postgres) {
        postgres = engine_.probe().trouble();
    }
    const bool accepts = !ends && !draining && !postgres;
    const char* status = "unavailable";
    if (accepts) {
        status = degraded ? "degraded" : "ok";
    }
    json data = {{"status", status},
                 {"postgres", part(postgres, "unavailable", audience)},
                 {"redis", part(engine_.schedule().trouble(), "unavailable", audience)},
                 {"solana", std::move(chain)},
                 {"worker", std::move(worker_part)}};
    if (ends) {
        data["reason"] = "shutting down";
    } else if (draining) {
        data["reason"] = "draining";
    }
    return success(accepts ? 200 : 503, data);
}

} // namespace relay::http
