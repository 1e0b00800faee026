#include "relay/app/app.hpp"

#include "relay/app/settings.hpp"
#include "relay/app/version.hpp"
#include "relay/base/clock.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/http/admin_guard.hpp"
#include "relay/http/admin_handlers.hpp"
#include "relay/http/health.hpp"
#include "relay/http/operator_handlers.hpp"
#include "relay/http/public_handlers.hpp"
#include "relay/http/router.hpp"
#include "relay/http/server.hpp"
#include "relay/http/waiters.hpp"
#include "relay/jobs/engine.hpp"
#include "relay/jobs/fleet.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/jobs/operator_ledger.hpp"
#include "relay/jobs/outcome_wire.hpp"
#include "relay/jobs/proof_gate.hpp"
#include "relay/jobs/retention.hpp"
#include "relay/jobs/retention_ledger.hpp"
#include "relay/jobs/schedule.hpp"
#include "relay/observability/logging.hpp"
#include "relay/observability/metrics.hpp"
#include "relay/observability/process_metrics.hpp"
#include "relay/postgres/ledger.hpp"
#include "relay/postgres/operator_ledger.hpp"
#include "relay/postgres/outcome_wire.hpp"
#include "relay/postgres/retention_ledger.hpp"
#include "relay/redis/schedule.hpp"
#include "relay/rpc/failover.hpp"
#include "relay/rpc/http_rpc.hpp"
#include "relay/rpc/send_path.hpp"
#include "relay/rpc/url.hpp"
#include "relay/solana/keypair.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/withdraw/rules.hpp"
#include "schema.hpp"
#include "service_manager.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay::app {

namespace asio = boost::asio;
using observability::log_error;
using observability::log_info;
using observability::log_warn;

namespace {

void log_escaped(std::string_view task, const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const std::exception& error) {
        log_error("task_failed", "a background task failed",
                  {{"task", task}, {"reason", error.what()}});
    }
}

const char* name_of(int signal) {
    if (signal == SIGTERM) {
        return "SIGTERM";
    }
    return signal == SIGHUP ? "SIGHUP" : "SIGINT";
}

solana::WithdrawPlan plan_of(const SolanaSettings& settings, const solana::Keypair& payer) {
    auto plan = settings.plan;
    if (settings.tip.lamports.value > 0) {
        plan.tip = settings.tip;
        plan.tip->payer = payer.address();
    }
    return plan;
}

withdraw::Rules rules_of(const Settings& settings, const solana::Keypair& payer) {
    return {plan_of(settings.solana, payer), payer.address(), settings.solana.fees};
}

jobs::Engine::Settings engine_settings(const Settings& settings, const solana::Keypair& payer) {
    auto engine = settings.engine;
    engine.plan = plan_of(settings.solana, payer);
    engine.chain.payer = payer.address();
    engine.chain.min_balance = settings.solana.min_balance;
    if (settings.proof_key && settings.program_vkey) {
        engine.verify_proof = jobs::verifier_of({*settings.proof_key, *settings.program_vkey});
    }
    return engine;
}

std::unique_ptr<rpc::FailoverRpc> make_rpc(base::TaskGroup& tasks, const SolanaSettings& settings,
                                           observability::MetricsRegistry& metrics) {
    std::vector<rpc::RpcNode> nodes;
    for (const auto& url : settings.rpc_urls) {
        const rpc::HttpRpcSettings node{url, settings.commitment, settings.rpc_limits};
        nodes.push_back({url.display(), rpc::make_http_rpc(tasks.executor(), node, metrics)});
    }
    std::vector<rpc::SendPath> paths;
    for (const auto& url : settings.send_urls) {
        paths.push_back({url.display(),
                         rpc::make_http_send_endpoint(tasks.executor(), url, settings.rpc_limits)});
    }
    rpc::FailoverRpc::Policy policy;
    policy.send_to = settings.send_nodes;
    policy.genesis_hash = settings.genesis_hash;
    return rpc::make_failover_rpc(tasks, std::move(nodes), std::move(policy), metrics,
                                  std::move(paths));
}

std::string display_urls(const std::vector<rpc::Url>& urls) {
    std::string text;
    for (const auto& url : urls) {
        text += (text.empty() ? "" : ",") + url.display();
    }
    return text;
}

http::PublicHandlers::Settings handler_settings(const Settings& settings,
                                                const solana::Keypair& payer) {
    return {rules_of(settings, payer), settings.rate_limit, settings.trusted_proxies,
            settings.http.body_bytes, kVersion};
}

} // namespace

/// Members are made from top to bottom and end from bottom to top; each refers only to those above.
struct App::Parts {
    Settings settings;
    solana::Keypair payer;
    asio::io_context io{1};
    base::SteadyClock clock{io.get_executor()};
    observability::MetricsRegistry metrics;

    // Groups outlive what runs in them.
    base::TaskGroup nodes{clock, log_escaped};
    jobs::Engine::Groups engine_groups{clock, log_escaped};
    base::TaskGroup connections{clock, log_escaped};
    base::TaskGroup admin_connections{clock, log_escaped};
    base::TaskGroup life{clock, log_escaped};

    std::unique_ptr<jobs::Ledger> ledger = postgres::make_ledger(settings.database);
    std::unique_ptr<jobs::OperatorLedger> operator_ledger =
        postgres::make_operator_ledger(settings.database);
    std::unique_ptr<jobs::OutcomeWire> outcome_wire =
        postgres::make_outcome_wire(settings.database);
    std::unique_ptr<jobs::Schedule> schedule = redis::make_schedule(settings.redis);
    std::unique_ptr<rpc::FailoverRpc> rpc = make_rpc(nodes, settings.solana, metrics);
    jobs::Engine engine{
        engine_groups, engine_settings(settings, payer),
        jobs::Engine::World{clock, *ledger, *schedule, *rpc, payer, metrics, outcome_wire.get()}};

    std::unique_ptr<jobs::RetentionLedger> retention_ledger =
        postgres::make_retention_ledger(settings.database);
    jobs::Retention retention{clock, settings.retention, *retention_ledger, engine.schedule(),
                              metrics};
    jobs::Fleet fleet{{clock, *operator_ledger, engine.intake(), engine.worker(), metrics}};

    Schema schema{clock, settings.database};
    http::Health health{engine, fleet, *rpc, [this] { return schema.trouble(); }};
    // The other half of the connections is for those who do not wait.
    http::Waiters waiters{clock, engine.outcomes(), settings.http.max_connections / 2, metrics};
    http::PublicHandlers public_handlers{{clock, engine.intake(), engine.ledger(), health,
                                          engine.chain(), fleet, engine.proofs(), waiters},
                                         handler_settings(settings, payer)};
    http::AdminGuard admin_guard{settings.admin.host, settings.admin_token};
    http::AdminHandlers admin_handlers{
        {admin_guard, metrics, health, *operator_ledger, fleet, engine.worker()}};
    http::OperatorHandlers operator_handlers{
        {admin_guard, *operator_ledger, engine.schedule(), engine.chain(), fleet}};
    http::Router public_router{clock, metrics, "public", settings.cors_origins};
    http::Router admin_router{clock, metrics, "admin"};
    http::Server public_server{connections, settings.http, public_router};
    http::Server admin_server{admin_connections, settings.admin, admin_router};
    asio::signal_set signals{io, SIGTERM, SIGINT, SIGHUP};

    Parts(Settings chosen, solana::Keypair key)
        : settings(std::move(chosen)), payer(std::move(key)) {
        public_handlers.add_routes(public_router);
        admin_handlers.add_routes(admin_router);
        operator_handlers.add_routes(admin_router);
        metrics.gauge("relay_build_info", "The running release", {{"version", kVersion}}).set(1);
        observability::add_process_metrics(metrics);
        add_log_metrics();
        tell_limits();
        add_connection_metrics("public", public_server, settings.http.max_connections);
        add_connection_metrics("admin", admin_server, settings.admin.max_connections);
    }

    void add_log_metrics();
    void tell_limits();
    void add_connection_metrics(const char* listener, const http::Server& server, std::size_t most);
    void start();
    /// The exit code.
    base::Task<int> live();
    base::Task<void> work_once_there_is_a_schema();
    base::Task<void> shut_down();
    base::Task<void> tell_that_it_lives(std::chrono::microseconds interval);
    base::Task<void> exit_at_second_signal();
    base::Task<void> end_connections(std::chrono::milliseconds patience);
};

void App::Parts::add_log_metrics() {
    auto dropped = metrics.counter("relay_log_lines_dropped_total",
                                   "Lines that the log's reader did not take");
    metrics.before_text([dropped, told = std::uint64_t{0}]() mutable {
        const auto now = observability::dropped_log_lines();
        dropped.add(static_cast<double>(now - told));
        told = now;
    });
}

/// What the calls in flight are to be compared with.
void App::Parts::tell_limits() {
    metrics.gauge("relay_postgres_connections_max", "Ledger calls that may run at once")
        .set(static_cast<double>(settings.database.connections));
    metrics.gauge("relay_rpc_connections_max", "RPC calls that may run at once, to each node")
        .set(static_cast<double>(settings.solana.rpc_limits.connections));
}

void App::Parts::add_connection_metrics(const char* listener, const http::Server& server,
                                        std::size_t most) {
    metrics
        .gauge("relay_http_connections_max", "Connections that may be open at once",
               {{"listener", listener}})
        .set(static_cast<double>(most));
    auto open = metrics.gauge("relay_http_connections", "Connections that are open",
                              {{"listener", listener}});
    metrics.before_text(
        [open, &server]() mutable { open.set(static_cast<double>(server.connections())); });
}

void App::Parts::start() {
    rpc->start();
    life.spawn_loop("public listener", [this] { return public_server.run(); });
    life.spawn_loop("admin listener", [this] { return admin_server.run(); });
    log_info("serving", "relayd serving",
             {{"version", kVersion},
              {"http", settings.http.host + ":" + std::to_string(public_server.port())},
              {"admin", settings.admin.host + ":" + std::to_string(admin_server.port())},
              {"relay", payer.address()},
              {"program", settings.solana.plan.program},
              {"rpc", display_urls(settings.solana.rpc_urls)},
              {"send", display_urls(settings.solana.send_urls)},
              {"jobs", settings.engine.claims.places}});
    notify_service_manager("READY=1");
    if (const auto interval = watchdog_interval()) {
        life.spawn("watchdog", tell_that_it_lives(*interval));
    }
}

base::Task<int> App::Parts::live() {
    start();
    life.spawn("schema", work_once_there_is_a_schema());
    boost::system::error_code failed;
    const int signal =
        co_await signals.async_wait(asio::redirect_error(asio::use_awaitable, failed));
    if (failed) { // by work_once_there_is_a_schema(), which has said why
        co_await shut_down();
        co_return 1;
    }
    log_info("shutting_down", "shutting down",
             {{"signal", name_of(signal)}, {"in_flight", engine_groups.jobs.size()}});
    notify_service_manager("STOPPING=1");
    if (schema.trouble()) {
        // Nothing was accepted, and a step of the schema may take an hour: it is rolled back.
        std::_Exit(0);
    }
    life.spawn("second signal", exit_at_second_signal());
    health.leave();
    co_await clock.sleep_for(settings.shutdown_delay);
    co_await shut_down();
    co_return 0;
}

base::Task<void> App::Parts::work_once_there_is_a_schema() {
    std::string failure;
    try {
        co_await schema.prepare();
    } catch (const std::runtime_error& error) {
        failure = error.what();
    }
    if (!failure.empty()) {
        log_error("schema_unusable", "relayd cannot work on this database", {{"reason", failure}});
        signals.cancel();
        co_return;
    }
    co_await fleet.look(); // before the first claim
    engine.start();
    life.spawn_loop("fleet", [this] { return fleet.run(); });
    engine_groups.services.spawn_loop("retention", [this] { return retention.run(); });
    log_info("working", "withdraws are accepted");
}

/// From the io thread, which everything hangs on.
base::Task<void> App::Parts::tell_that_it_lives(std::chrono::microseconds interval) {
    for (;;) {
        notify_service_manager("WATCHDOG=1");
        co_await clock.sleep_for(interval);
    }
}

base::Task<void> App::Parts::exit_at_second_signal() {
    co_await signals.async_wait(asio::use_awaitable);
    log_warn("exiting_at_once",
             "second signal: exiting at once; jobs in flight go on when their leases end");
    std::_Exit(1);
}

base::Task<void> App::Parts::shut_down() {
    public_server.stop();
    const auto started = clock.now();
    co_await engine.end_jobs(settings.shutdown_timeout);
    const auto taken = std::chrono::duration_cast<std::chrono::milliseconds>(clock.now() - started);
    co_await end_connections(
        std::max(settings.shutdown_timeout - taken, std::chrono::milliseconds(500)));
    co_await engine.end_services();
    nodes.cancel();
    co_await nodes.join();
    life.cancel();
    co_await life.join();
    log_info("stopped", "relayd stopped");
}

/// Those who ask the relay have so long to be answered; the admin's are cut off after them.
base::Task<void> App::Parts::end_connections(std::chrono::milliseconds patience) {
    co_await connections.join_within(patience);
    connections.cancel();
    co_await connections.join();
    admin_server.stop();
    admin_connections.cancel();
    co_await admin_connections.join();
}

App::App(Settings settings, solana::Keypair payer)
    : parts_(std::make_unique<Parts>(std::move(settings), std::move(payer))) {}

App::~App() = default;

int App::run() {
    int exit_code = 0;
    asio::co_spawn(parts_->io, parts_->live(), [&](const std::exception_ptr& failure, int code) {
        exit_code = code;
        if (failure) {
            log_escaped("relayd", failure);
            exit_code = 1;
        }
    });
    parts_->io.run();
    return exit_code;
}

} // namespace relay::app
