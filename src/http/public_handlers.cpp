#include "relay/http/public_handlers.hpp"

#include "acceptance_answer.hpp"
#include "job_json.hpp"
#include "relay/base/clock.hpp"
#include "relay/base/task.hpp"
#include "relay/http/envelope.hpp"
#include "relay/http/health.hpp"
#include "relay/http/message.hpp"
#include "relay/http/operator_handlers.hpp"
#include "relay/http/router.hpp"
#include "relay/http/waiters.hpp"
#include "relay/jobs/fleet_state.hpp"
#include "relay/jobs/intake.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/proof_gate.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/solana/transaction.hpp"
#include "relay/solana/units.hpp"
#include "relay/withdraw/fault.hpp"
#include "relay/withdraw/request.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace relay::http {

using nlohmann::json;

namespace {

constexpr std::chrono::seconds kLongestWait{30};

/// An unsigned decimal number up to `most`, or nothing.
std::optional<std::uint64_t> read_number(std::string_view text, std::uint64_t most) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size() || number > most) {
        return std::nullopt;
    }
    return number;
}

/// "application/json", with or without parameters; a client that says nothing is believed.
bool is_json(std::string_view content_type) {
    auto type = std::string(content_type.substr(0, content_type.find(';')));
    // NOLINTNEXTLINE(misc-include-cleaner): declared in <string>
    std::erase_if(type, [](char letter) { return letter == ' ' || letter == '\t'; });
    std::ranges::transform(type, type.begin(),
                           [](unsigned char character) { return std::tolower(character); });
    return type.empty() || type == "application/json" ||
           (type.starts_with("application/") && type.ends_with("+json"));
}

} // namespace

PublicHandlers::PublicHandlers(Tools tools, Settings settings)
    : tools_(tools),
      settings_(std::move(settings)),
      clients_(settings_.trusted_proxies),
      rate_limiter_(settings_.rate_limit, settings_.rate_limit) {}

void PublicHandlers::add_routes(Router& router) {
    router.add({"POST", "/withdraw",
                [this](Request request) { return post_withdraw(std::move(request)); }});
    router.add({"GET", "/status/{request_id}",
                [this](Request request) { return get_status(std::move(request)); }});
    router.add({"GET", "/fee", [this](Request request) { return get_fee(std::move(request)); }});
    router.add(
        {"GET", "/health", [this](Request request) { return get_health(std::move(request)); }});
    router.add({"GET", "/", [this](Request request) { return get_root(std::move(request)); }});
}

base::Task<Response> PublicHandlers::post_withdraw(Request request) {
    const auto client = client_keys_.of(clients_.key(request.peer, request.forwarded_for));
    if (!rate_limiter_.allows(client, tools_.clock.now())) {
        co_return try_later(429, "rate_limited", "Too many withdraws come from this address.",
                            std::chrono::seconds(1), kPostAgain);
    }
    if (!is_json(request.content_type)) {
        co_return failure(415, "unsupported_media_type", "The body must be JSON.", {},
                          "Send Content-Type: application/json.");
    }
    auto withdraw = withdraw::parse_request(request.body, settings_.rules);
    if (!withdraw) {
        const auto& fault = withdraw.error();
        co_return failure(400, to_string(fault.code), fault.message, fault.field,
                          hint_on(fault.code));
    }
    co_return answer_to(co_await tools_.intake.accept(std::move(*withdraw), client));
}

base::Task<Response> PublicHandlers::get_status(Request request) {
    const auto id = jobs::JobId::parse(request.parameter);
    if (!id) {
        co_return failure(400, "invalid_field", "A request id is a UUID of 36 characters.",
                          "request_id", "Ask with the request_id that POST /withdraw answered.");
    }
    std::chrono::seconds wait{0};
    if (const auto text = request.query.find("wait"); text != request.query.end()) {
        const auto seconds =
            read_number(text->second, static_cast<std::uint64_t>(kLongestWait.count()));
        if (!seconds) {
            co_return failure(400, "invalid_field",
                              "wait must be a whole number of seconds from 0 to 30.", "wait");
        }
        wait = std::chrono::seconds(*seconds);
    }
    const auto deadline = tools_.clock.after(wait);
    // Before the look, so that no outcome falls between. Who finds no place hears what there is.
    const auto waiter = wait.count() > 0 ? tools_.waiters.admit(*id, request.connection) : nullptr;
    for (;;) {
        const auto job = co_await tools_.ledger.find(*id);
        if (!job) {
            co_return failure(404, "not_found", "No withdraw has this request id.");
        }
        const bool is_final =
            job->status == jobs::JobStatus::Completed || job->status == jobs::JobStatus::Failed;
        const auto left = deadline - tools_.clock.now();
        if (is_final || !waiter || left <= std::chrono::seconds(0) || waiter->client_is_gone() ||
            tools_.health.shutting_down()) {
            co_return success(200, to_json(*job, hindrance_of(tools_.chain, tools_.fleet)));
        }
        co_await waiter->wait(left);
    }
}

base::Task<Response> PublicHandlers::get_fee(Request request) {
    const auto text = request.query.find("amount");
    if (text == request.query.end()) {
        co_return failure(400, "missing_field", "amount is required.", "amount",
                          "Say it in lamports: /fee?amount=1000000000.");
    }
    const auto amount =
        read_number(text->second, std::numeric_limits<std::int64_t>::max()).value_or(0);
    if (amount == 0) {
        co_return failure(400, "invalid_field",
                          "amount must be a whole number of lamports from 1 to 2^63-1.", "amount");
    }
    const auto fee = settings_.rules.fees.fee(solana::Lamports{amount});
    if (!fee || fee->value >= amount) {
        co_return failure(400, "invalid_field", "The amount does not cover the fee.", "amount",
                          "Withdraw more.");
    }
    co_return success(200, {{"amount", amount},
                            {"fee", fee->value},
                            {"fee_bps", solana::fee_basis_points(*fee, solana::Lamports{amount})},
                            {"net", amount - fee->value}});
}

base::Task<Response> PublicHandlers::get_health(Request) {
    co_return tools_.health.report(Health::Audience::Stranger);
}

base::Task<Response> PublicHandlers::get_root(Request) {
    const auto& rules = settings_.rules;
    const auto& fleet = tools_.fleet.state();
    co_return success(
        200,
        {{"name", "shield-relay"},
         {"version", settings_.version},
         {"program_id", rules.plan.program.to_string()},
         {"relay", rules.payer.to_string()},
         {"fee", {{"flat", rules.fees.flat.value}, {"per_mille", rules.fees.per_mille}}},
         {"limits",
          {{"body_bytes", settings_.body_bytes},
           {"outputs", solana::kMaxOutputs},
           {"transaction_bytes", solana::kMaxTransactionBytes},
           {"status_wait_seconds", kLongestWait.count()},
           {"posts_per_second", settings_.rate_limit}}},
         {"endpoints",
          {"POST /withdraw", "GET /status/{request_id}", "GET /fee?amount=LAMPORTS", "GET /health",
           "GET /"}},
         {"proof_check", to_string(tools_.proofs.mode())},
         {"worker", {{"state", to_string(fleet.mode)}, {"until", time_or_null(fleet.until)}}}});
}

} // namespace relay::http
