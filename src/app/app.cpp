#include "relay/app/app.hpp"

#include "relay/app/settings.hpp"
#include "relay/app/version.hpp"
#include "relay/base/signal.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/http/admin_handlers.hpp"
#include "relay/http/health.hpp"
#include "relay/http/public_handlers.hpp"
#include "relay/http/router.hpp"
#include "relay/http/server.hpp"
#include "relay/jobs/chain_monitor.hpp"
#include "relay/jobs/finality_watch.hpp"
#include "relay/jobs/intake.hpp"
#include "relay/jobs/job_metrics.hpp"
#include "relay/jobs/job_runner.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/jobs/ledger_monitor.hpp"
#include "relay/jobs/migrations.hpp"
#include "relay/jobs/postgres_store.hpp"
#include "relay/jobs/queue.hpp"
#include "relay/jobs/reconciler.hpp"
#include "relay/jobs/redis_queue.hpp"
#include "relay/jobs/scheduler.hpp"
#include "relay/jobs/store.hpp"
#include "relay/jobs/withdraw_request.hpp"
#include "relay/jobs/worker.hpp"
#include "relay/observability/logging.hpp"
#include "relay/observability/metrics.hpp"
#include "relay/rpc/blockhash_cache.hpp"
#include "relay/rpc/confirmation.hpp"
#include "relay/rpc/failover.hpp"
#include "relay/rpc/http_rpc.hpp"
#include "relay/rpc/url.hpp"
#include "relay/solana/keypair.hpp"

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
        log_error("a background task failed", {{"task", task}, {"reason", error.what()}});
    }
}

jobs::AdmissionRules admission_rules(const Settings& settings, const solana::Keypair& payer) {
    jobs::AdmissionRules rules;
    rules.program = settings.solana.program;
    rules.accounts = settings.solana.accounts;
    rules.payer = payer.address();
    rules.fees = settings.solana.fees;
    rules.compute_unit_limit = settings.solana.compute_unit_limit;
    rules.compute_unit_price = settings.solana.compute_unit_price;
    return rules;
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
    return {admission_rules(settings, payer), settings.rate_limit, settings.http.body_bytes,
            kVersion};
}

} // namespace

/// Members are made from top to bottom and end from bottom to top; each refers only to those above.
struct App::Parts {
    Settings settings;
    solana::Keypair payer;
    asio::io_context io{1};
    observability::MetricsRegistry metrics;

    // Groups outlive what runs in them. `writes` is joined and never cancelled: see Batcher.
    base::TaskGroup writes{io.get_executor(), log_escaped};
    base::TaskGroup nodes{io.get_executor(), log_escaped};
    base::TaskGroup claiming{io.get_executor(), log_escaped};
    base::TaskGroup jobs{io.get_executor(), log_escaped};
    base::TaskGroup services{io.get_executor(), log_escaped};
    base::TaskGroup connections{io.get_executor(), log_escaped};
    base::TaskGroup admin_connections{io.get_executor(), log_escaped};
    base::TaskGroup life{io.get_executor(), log_escaped};

    base::Signal due{io.get_executor()};
    std::unique_ptr<jobs::JobStore> store = jobs::make_postgres_store(settings.database);
    std::unique_ptr<jobs::JobQueue> queue = jobs::make_redis_queue(settings.redis);
    std::unique_ptr<rpc::FailoverRpc> rpc = make_rpc(nodes, settings.solana, metrics);

    jobs::Ledger ledger{writes, *store};
    jobs::Scheduler scheduler{writes, *queue, due};
    rpc::BlockhashCache blockhashes{io.get_executor(), *rpc};
    rpc::ConfirmationTracker tracker{writes, *rpc, {}};
    jobs::JobMetrics job_metrics{metrics};
    jobs::ChainMonitor chain{io.get_executor(),
                             {payer.address(), settings.solana.min_balance},
                             *rpc,
                             blockhashes,
                             metrics,
                             due};
    jobs::LedgerMonitor ledger_monitor{settings.ledger, *store, scheduler, metrics};
    jobs::JobRunner runner{
        {ledger, scheduler, *rpc, blockhashes, tracker, payer, chain, job_metrics},
        admission_rules(settings, payer),
        settings.retry};
    jobs::Worker worker{settings.worker, jobs,   *store,      ledger, scheduler,
                        chain,           runner, job_metrics, due};
    jobs::Intake intake{ledger, scheduler, has_worker() ? &worker : nullptr};
    jobs::FinalityWatch finality{{}, *store, *rpc, scheduler, metrics};
    jobs::Reconciler reconciler{settings.reconciler, *store, scheduler, metrics, due};

    http::Health health{{ledger_monitor, scheduler, chain, *rpc, has_worker() ? &worker : nullptr}};
    http::PublicHandlers public_handlers{{intake, ledger, ledger_monitor, job_metrics, health},
                                         handler_settings(settings, payer)};
    http::AdminHandlers admin_handlers{{metrics, health, *store, has_worker() ? &worker : nullptr},
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

    bool has_worker() const { return settings.worker.max_concurrent_jobs > 0; }
    void start();
    base::Task<void> live();
    base::Task<void> shut_down();
    base::Task<void> exit_at_second_signal();
    base::Task<bool> joined(base::TaskGroup& group, std::chrono::milliseconds limit);
};

void App::Parts::start() {
    rpc->start();
    services.spawn_loop("ledger monitor", [this] { return ledger_monitor.run(); });
    services.spawn_loop("chain monitor", [this] { return chain.run(); });
    services.spawn_loop("confirmations", [this] { return tracker.run(); });
    services.spawn_loop("blockhashes", [this] { return blockhashes.run(); });
    services.spawn_loop("reconciler", [this] { return reconciler.run(); });
    services.spawn_loop("finality", [this] { return finality.run(); });
    if (has_worker()) {
        services.spawn_loop("leases", [this] { return worker.keep_leases(); });
        claiming.spawn_loop("worker", [this] { return worker.run(); });
    }
    life.spawn_loop("public listener", [this] { return public_server.run(); });
    life.spawn_loop("admin listener", [this] { return admin_server.run(); });
    log_info("relayd serving",
             {{"version", kVersion},
              {"http", settings.http.host + ":" + std::to_string(public_server.port())},
              {"admin", settings.admin.host + ":" + std::to_string(admin_server.port())},
              {"relay", payer.address()},
              {"program", settings.solana.program},
              {"rpc", display_urls(settings.solana.rpc_urls)},
              {"jobs", settings.worker.max_concurrent_jobs}});
}

base::Task<void> App::Parts::live() {
    start();
    const int signal = co_await signals.async_wait(asio::use_awaitable);
    log_info("shutting down", {{"signal", signal == SIGTERM ? "SIGTERM" : "SIGINT"},
                               {"in_flight", worker.in_flight()}});
    life.spawn("second signal", exit_at_second_signal());
    co_await shut_down();
}

base::Task<void> App::Parts::exit_at_second_signal() {
    co_await signals.async_wait(asio::use_awaitable);
    log_warn("second signal: exiting at once; jobs in flight go on when their leases end");
    std::_Exit(1);
}

// The groups are members, and the call is awaited at once.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-reference-coroutine-parameters)
base::Task<bool> App::Parts::joined(base::TaskGroup& group, std::chrono::milliseconds limit) {
    // Joined by polling, since a join that is cut off would have to be told so.
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (group.size() > 0 && std::chrono::steady_clock::now() < deadline) {
        co_await base::sleep_for(std::chrono::milliseconds(5));
    }
    co_return group.size() == 0;
}

base::Task<void> App::Parts::shut_down() {
    health.begin_shutdown();
    public_server.stop();
    worker.stop_claiming();
    const auto started = std::chrono::steady_clock::now();
    // A claim under way ends by the database's time limit; only then is the list of jobs whole.
    co_await claiming.join();
    const bool all_ended = co_await joined(jobs, settings.shutdown_timeout);
    if (!all_ended) {
        log_warn("jobs did not end in time", {{"jobs", worker.in_flight()}});
    }
    jobs.cancel();
    co_await jobs.join();
    co_await worker.release_claims();

    const auto left =
        settings.shutdown_timeout - std::chrono::duration_cast<std::chrono::milliseconds>(
                                        std::chrono::steady_clock::now() - started);
    co_await joined(connections, std::max(left, std::chrono::milliseconds(500)));
    connections.cancel();
    co_await connections.join();
    admin_server.stop();
    admin_connections.cancel();
    co_await admin_connections.join();
    services.cancel();
    co_await services.join();
    co_await writes.join();
    nodes.cancel();
    co_await nodes.join();
    life.cancel();
    co_await life.join();
    log_info("relayd stopped");
}

App::App(Settings settings, solana::Keypair payer) {
    for (const auto& name : jobs::migrate(settings.database)) {
        log_info("schema migrated", {{"step", name}});
    }
    if (const auto lacking = jobs::lacks_durability(settings.database); !lacking.empty()) {
        log_error(
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
