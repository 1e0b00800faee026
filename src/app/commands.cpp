#include "relay/app/commands.hpp"

#include "relay/app/app.hpp"
#include "relay/app/command_line.hpp"
#include "relay/app/settings.hpp"
#include "relay/base/error.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/jobs/migrations.hpp"
#include "relay/jobs/postgres_store.hpp"
#include "relay/jobs/queue.hpp"
#include "relay/jobs/redis_queue.hpp"
#include "relay/jobs/store.hpp"
#include "relay/observability/logging.hpp"
#include "relay/observability/metrics.hpp"
#include "relay/rpc/http_rpc.hpp"
#include "relay/rpc/node_rpc.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/keypair.hpp"

#include <sys/resource.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <exception>
#include <functional>
#include <iostream>
#include <string>
#include <string_view>
#include <utility>

namespace relay::app {

namespace asio = boost::asio;

namespace {

int complain(const std::string& what) {
    std::cerr << "relayd: " << what << '\n';
    return 1;
}

/// As many descriptors as the system grants: each client and each RPC call holds one.
void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int serve(Settings settings) {
    auto payer = solana::Keypair::load(settings.solana.keypair);
    if (!payer) {
        complain(payer.error().message);
        return 2;
    }
    raise_descriptor_limit();
    App app(std::move(settings), std::move(*payer));
    return app.run();
}

int migrate(const Settings& settings) {
    const auto applied = jobs::migrate(settings.database);
    for (const auto& name : applied) {
        std::cout << "applied: " << name << '\n';
    }
    if (applied.empty()) {
        std::cout << "the schema is up to date\n";
    }
    return 0;
}

int print_address(const Settings& settings) {
    const auto payer = solana::Keypair::load(settings.solana.keypair);
    if (!payer) {
        return complain(payer.error().message);
    }
    std::cout << payer->address().to_string() << '\n';
    return 0;
}

/// Runs the task on an io_context of its own.
template <class T>
T run_alone(asio::io_context& io, base::Task<T> task) {
    auto result = asio::co_spawn(io, std::move(task), asio::use_future);
    io.restart();
    io.run();
    return result.get();
}

/// One line a dependency: "ok    postgres: ..." or "FAIL  postgres: ...".
class CheckList {
  public:
    void run(const char* what, const std::function<std::string()>& check) {
        try {
            const auto finding = check();
            std::cout << "ok    " << what << ": " << finding << '\n';
        } catch (const std::exception& error) {
            // Database errors are of several lines; the first one says what is wrong.
            const std::string_view text(error.what());
            std::cout << "FAIL  " << what << ": " << text.substr(0, text.find('\n')) << '\n';
            all_good_ = false;
        }
    }
    int exit_code() const { return all_good_ ? 0 : 1; }

  private:
    bool all_good_ = true;
};

template <class T>
T value_of(rpc::RpcResult<T> answer) {
    if (!answer) {
        throw base::Outage(answer.error().message);
    }
    return std::move(*answer);
}

std::string check_rpc(asio::io_context& io, rpc::NodeRpc& rpc) {
    value_of(run_alone(io, rpc.latest_blockhash()));
    return "genesis " + value_of(run_alone(io, rpc.genesis_hash()));
}

std::string check_balance(asio::io_context& io, rpc::NodeRpc& rpc, const Settings& settings,
                          const solana::Pubkey& payer) {
    const auto balance = value_of(run_alone(io, rpc.balance(payer)));
    if (balance < settings.solana.min_balance) {
        throw base::Outage("holds " + std::to_string(balance.value) + " lamports, less than " +
                           std::to_string(settings.solana.min_balance.value) + ": fund it");
    }
    return std::to_string(balance.value) + " lamports";
}

int check(const Settings& settings) {
    CheckList list;
    asio::io_context io;
    observability::MetricsRegistry metrics;
    list.run("settings", [] { return std::string("every value is valid"); });
    list.run("postgres", [&] {
        const auto store = jobs::make_postgres_store(settings.database);
        const auto counts = run_alone(io, store->count());
        return std::to_string(counts.live()) + " live jobs";
    });
    list.run("redis", [&] {
        const auto queue = jobs::make_redis_queue(settings.redis);
        const auto depth = run_alone(io, queue->depth());
        return std::to_string(depth.scheduled) + " scheduled, " + std::to_string(depth.dead) +
               " dead";
    });
    const auto payer = solana::Keypair::load(settings.solana.keypair);
    list.run("keypair", [&] {
        if (!payer) {
            throw base::Outage(payer.error().message);
        }
        return payer->address().to_string();
    });
    // Of transactions sent together: here none is.
    base::TaskGroup sends(io.get_executor(), [](std::string_view, const std::exception_ptr&) {});
    for (const auto& url : settings.solana.rpc_urls) {
        const auto rpc = rpc::make_http_rpc(
            sends, {url, settings.solana.commitment, settings.solana.rpc_limits}, metrics);
        const auto name = url.display();
        list.run(("rpc " + name).c_str(), [&] { return check_rpc(io, *rpc); });
        if (payer) {
            list.run(("payer at " + name).c_str(),
                     [&] { return check_balance(io, *rpc, settings, payer->address()); });
        }
    }
    return list.exit_code();
}

} // namespace

int run_command(Invocation invocation) {
    auto& settings = invocation.settings;
    observability::start_logging(settings.log_level, settings.log_format);
    try {
        switch (invocation.command) {
            case Command::Serve:
                return serve(std::move(settings));
            case Command::Migrate:
                return migrate(settings);
            case Command::Check:
                return check(settings);
            case Command::Address:
                return print_address(settings);
        }
    } catch (const std::exception& error) {
        return complain(error.what());
    }
    return 1;
}

} // namespace relay::app
