#include "check.hpp"

#include "relay/app/settings.hpp"
#include "relay/base/error.hpp"
#include "relay/base/task.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/jobs/schedule.hpp"
#include "relay/observability/metrics.hpp"
#include "relay/postgres/ledger.hpp"
#include "relay/postgres/migrations.hpp"
#include "relay/postgres/pooler.hpp"
#include "relay/redis/schedule.hpp"
#include "relay/rpc/evidence.hpp"
#include "relay/rpc/http_rpc.hpp"
#include "relay/rpc/node_rpc.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/keypair.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/signature.hpp"
#include "relay/solana/units.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <chrono>
#include <exception>
#include <functional>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay::app {

namespace asio = boost::asio;

namespace {

/// Runs the task on an io_context of its own.
template <class T>
T run_alone(asio::io_context& io, base::Task<T> task) {
    auto result = asio::co_spawn(io, std::move(task), asio::use_future);
    io.restart();
    io.run();
    return result.get();
}

class CheckList {
  public:
    void run(const std::string& what, const std::function<std::string()>& check) {
        try {
            const auto finding = check();
            std::cout << "ok    " << what << ": " << finding << '\n';
        } catch (const std::exception& error) {
            fail(what, error.what());
        }
    }
    /// What a promise can do without, where others have it.
    static void warn(const std::string& what, std::string_view why) {
        std::cout << "warn  " << what << ": " << why << '\n';
    }
    void fail(const std::string& what, std::string_view why) {
        // Database errors are of several lines; the first one says what is wrong.
        std::cout << "FAIL  " << what << ": " << why.substr(0, why.find('\n')) << '\n';
        all_good_ = false;
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

/// One RPC node, and what it can vouch for.
class NodeCheck {
  public:
    NodeCheck(CheckList& list, asio::io_context& io, rpc::NodeRpc& rpc, const Settings& settings,
              const std::string& name)
        : list_(list), io_(io), rpc_(rpc), settings_(settings), name_("rpc " + name) {}

    void run() {
        list_.run(name_, [&] { return cluster(); });
        list_.run(name_ + " clock", [&] { return clock(); });
        history();
    }
    void balance(const solana::Pubkey& payer) {
        list_.run("payer at " + name_.substr(4), [&] {
            const auto balance = value_of(run_alone(io_, rpc_.balance(payer)));
            if (balance < settings_.solana.min_balance) {
                throw std::runtime_error(
                    "holds " + std::to_string(balance.value) + " lamports, less than " +
                    std::to_string(settings_.solana.min_balance.value) + ": fund it");
            }
            return std::to_string(balance.value) + " lamports";
        });
    }
    bool has_history() const { return has_history_; }

  private:
    std::string cluster() {
        const auto genesis = run_alone(io_, rpc_.genesis_hash());
        const auto& wanted = settings_.solana.genesis_hash;
        const bool need_not_say =
            !genesis && genesis.error().kind == rpc::RpcError::Kind::Unsupported && wanted;
        if (need_not_say) {
            return "does not name its cluster; the setting does";
        }
        const auto told = value_of(genesis);
        if (wanted && told != *wanted) {
            throw std::runtime_error("its genesis hash is " + told + ", not " + *wanted);
        }
        return "genesis " + told + ", " + consensus();
    }

    std::string consensus() {
        const auto told = run_alone(io_, rpc_.consensus());
        if (!told) {
            return "consensus not told (" + told.error().message + ")";
        }
        switch (*told) {
            case rpc::Consensus::Alpenglow:
                return "Alpenglow";
            case rpc::Consensus::Tower:
                return "TowerBFT: finality takes about 13 s";
            case rpc::Consensus::Unknown:
                return "too old to say how it agrees: taken for TowerBFT";
        }
        std::unreachable();
    }

    /// The numbers that an expiry is proven by, held against each other.
    std::string clock() {
        const auto reading = value_of(run_alone(io_, rpc_.epoch_info()));
        const auto blockhash = value_of(run_alone(io_, rpc_.latest_blockhash()));
        rpc::NodeClock clock;
        auto doubt = rpc::contradiction(reading, blockhash.last_valid_block_height,
                                        std::chrono::milliseconds(0));
        if (!doubt) {
            doubt = clock.read(reading, rpc::NodeClock::Clock::now());
        }
        if (doubt) {
            throw std::runtime_error("it cannot be right: " + *doubt);
        }
        finalized_ = reading.slot;
        return "slot " + std::to_string(reading.slot.value) + ", block height " +
               std::to_string(reading.height.value);
    }

    void history() {
        const std::vector<solana::Signature> nobodys(1);
        const auto told = run_alone(
            io_, rpc_.signature_statuses(nobodys, {.reached = std::nullopt, .history = true}));
        has_history_ = told.has_value();
        if (!has_history_) {
            const bool none = told.error().kind == rpc::RpcError::Kind::NoHistory;
            list_.warn(name_ + " history",
                       none ? "it keeps none: it proves no expiry 300 slots after its blockhash"
                            : std::string_view(told.error().message));
            return;
        }
        const solana::Slot unborn{finalized_.value + 1'000'000};
        const auto early =
            run_alone(io_, rpc_.signature_statuses(nobodys, {.reached = unborn, .history = true}));
        const bool knows = !early && early.error().kind == rpc::RpcError::Kind::NotReached;
        std::cout << "ok    " << name_ << " history: searched"
                  << (knows ? ""
                            : "; minContextSlot not known, its answers' own slots are relied on")
                  << '\n';
    }

    CheckList& list_;
    asio::io_context& io_;
    rpc::NodeRpc& rpc_;
    const Settings& settings_;
    std::string name_;
    solana::Slot finalized_;
    bool has_history_ = false;
};

void check_stores(CheckList& list, asio::io_context& io, const Settings& settings) {
    list.run("postgres", [&] {
        const auto store = postgres::make_ledger(settings.database);
        const auto counts = run_alone(io, store->count());
        return std::to_string(counts.live()) + " live jobs";
    });
    list.run("postgres sessions", [&] {
        postgres::refuse_transaction_pooler(settings.database);
        return std::string("a connection is the same server's all along");
    });
    list.run("postgres writes", [&] {
        const auto ledger = postgres::make_ledger(settings.database);
        run_alone(io, ledger->probe());
        return std::string("a withdraw was written, and taken back");
    });
    list.run("postgres durability", [&] {
        const auto lacking = postgres::lacks_durability(settings.database);
        if (lacking.empty()) {
            return std::string("fsync, full_page_writes and synchronous_commit are on");
        }
        CheckList::warn("postgres durability",
                        lacking + ": what is answered 202 may be lost in a crash of the server");
        return std::string("asked");
    });
    list.run("redis", [&] {
        const auto queue = redis::make_schedule(settings.redis);
        const auto depth = run_alone(io, queue->depth());
        return std::to_string(depth.scheduled) + " scheduled, " + std::to_string(depth.failed) +
               " dead";
    });
}

void check_nodes(CheckList& list, asio::io_context& io, const Settings& settings,
                 const base::Result<solana::Keypair>& payer) {
    observability::MetricsRegistry metrics;
    bool any_history = false;
    for (const auto& url : settings.solana.rpc_urls) {
        const auto rpc = rpc::make_http_rpc(
            io.get_executor(), {url, settings.solana.commitment, settings.solana.rpc_limits},
            metrics);
        NodeCheck node(list, io, *rpc, settings, url.display());
        node.run();
        if (payer) {
            node.balance(payer->address());
        }
        any_history = any_history || node.has_history();
    }
    if (!any_history) {
        list.fail("history",
                  "no RPC node searches its history: the expiry of an older transaction "
                  "can never be proven, and its withdraw would wait");
    }
}

} // namespace

int check(const Settings& settings) {
    CheckList list;
    asio::io_context io;
    list.run("settings", [] { return std::string("every value is valid"); });
    check_stores(list, io, settings);
    const auto payer = solana::Keypair::load(settings.solana.keypair);
    list.run("keypair", [&] {
        if (!payer) {
            throw std::runtime_error(payer.error().message);
        }
        return payer->address().to_string();
    });
    check_nodes(list, io, settings, payer);
    return list.exit_code();
}

} // namespace relay::app
