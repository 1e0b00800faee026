#include "relay/app/app.hpp"

#include "relay/app/settings.hpp"
#include "relay/app/version.hpp"
#include "relay/base/clock.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/http/admin_handlers.hpp"
#include "relay/http/health.hpp"
#include "relay/http/public_handlers.hpp"
#include "relay/http/router.hpp"
#include "relay/http/server.hpp"
#include "relay/jobs/engine.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/jobs/schedule.hpp"
#include "relay/observability/logging.hpp"
#include "relay/observability/metrics.hpp"
#include "relay/postgres/ledger.hpp"
#include "relay/postgres/migrations.hpp"
#include "relay/postgres/pooler.hpp"
#include "relay/redis/schedule.hpp"
#include "relay/rpc/failover.hpp"
#include "relay/rpc/http_rpc.hpp"
#include "relay/rpc/url.hpp"
#include "relay/solana/keypair.hpp"
#include "relay/withdraw/rules.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <memory>
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

withdraw::Rules rules_of(const Settings& settings, const solana::Keypair& payer) {
    return {settings.solana.plan, payer.address(), settings.solana.fees};
}

jobs::Engine::Settings engine_settings(const Settings& settings, const solana::Keypair& payer) {
    auto engine = settings.engine;
    engine.plan = settings.solana.plan;
    engine.chain.payer = payer.address();
    engine.chain.min_balance = settings.solana.min_balance;
    return engine;
}

std::unique_ptr<rpc::FailoverRpc> make_rpc(base::TaskGroup& tasks, const SolanaSettings& settings,
                                           observability::MetricsRegistry& metrics) {
    std::vector<rpc::RpcNode> nodes;
    for (const auto& url : settings.rpc_urls) {
        const rpc::HttpRpcSettings node{url, settings.commitment, settings.rpc_limits};
        nodes.push_back({url.display(), rpc::make_http_rpc(tasks.executor(), node, metrics)});
    }
    rpc::FailoverRpc::Policy policy;
    policy.send_to = settings.send_nodes;
    policy.genesis_hash = settings.genesis_hash;
    return rpc::make_failover_rpc(tasks, std::move(nodes), std::move(policy), metrics);
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
    return {rules_of(settings, payer), settings.rate_limit, settings.http.body_bytes, kVersion};
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
    std::unique_ptr<jobs::Schedule> schedule = redis::make_schedule(settings.redis);
    std::unique_ptr<rpc::FailoverRpc> rpc = make_rpc(nodes, settings.solana, metrics);
    jobs::Engine engine{engine_groups, engine_settings(settings, payer),
                        jobs::Engine::World{clock, *ledger, *schedule, *rpc, payer, metrics}};

    http::Health health{engine, *rpc};
    http::PublicHandlers public_handlers{clock, engine.intake(), engine.ledger(), health,
                                         handler_settings(settings, payer)};
    http::AdminHandlers admin_handlers{{metrics, health, engine.ledger(), engine.worker()},
                                       settings.admin_token};
    http::Router public_router{settings.cors_origins};
    http::Router admin_router;
    http::Server public_server{connections, settings.http, public_router};
    http::Server admin_server{admin_connections, settings.admin, admin_router};
    asio::signal_set signals{io, SIGTERM, SIGINT};

    Parts(Settings chosen, solana::Keypair key)
        : settings(std::move(chosen)), payer(std::move(key)) {
        public_handlers.add_routes(public_router);
        admin_handlers.add_routes(admin_router);
    }

    void start();
    base::Task<void> live();
    base::Task<void> shut_down();
    base::Task<void> exit_at_second_signal();
    base::Task<void> end_connections(std::chrono::milliseconds patience);
};

void App::Parts::start() {
    rpc->start();
    engine.start();
    life.spawn_loop("public listener", [this] { return public_server.run(); });
    life.spawn_loop("admin listener", [this] { return admin_server.run(); });
    log_info("serving", "relayd serving",
             {{"version", kVersion},
              {"http", settings.http.host + ":" + std::to_string(public_server.port())},
              {"admin", settings.admin.host + ":" + std::to_string(admin_server.port())},
              {"relay", payer.address()},
              {"program", settings.solana.plan.program},
              {"rpc", display_urls(settings.solana.rpc_urls)},
              {"jobs", settings.engine.claims.places}});
}

base::Task<void> App::Parts::live() {
    start();
    const int signal = co_await signals.async_wait(asio::use_awaitable);
    log_info("shutting_down", "shutting down",
             {{"signal", signal == SIGTERM ? "SIGTERM" : "SIGINT"},
              {"in_flight", engine_groups.jobs.size()}});
    life.spawn("second signal", exit_at_second_signal());
    co_await shut_down();
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

App::App(Settings settings, solana::Keypair payer) {
    postgres::refuse_transaction_pooler(settings.database);
    for (const auto& name : postgres::migrate(settings.database)) {
        log_info("schema_migrated", "schema migrated", {{"step", name}});
    }
    if (const auto lacking = postgres::lacks_durability(settings.database); !lacking.empty()) {
        log_error(
            "ledger_not_durable",
            "postgres may lose what it has committed: a 202 is no promise until that is mended",
            {{"reason", lacking}});
    }
    parts_ = std::make_unique<Parts>(std::move(settings), std::move(payer));
}

App::~App() = default;

int App::run() {
    int exit_code = 0;
    asio::co_spawn(parts_->io, parts_->live(), [&](const std::exception_ptr& failure) {
        if (failure) {
            log_escaped("relayd", failure);
            exit_code = 1;
        }
    });
    parts_->io.run();
    return exit_code;
}

} // namespace relay::app
