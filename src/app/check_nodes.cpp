#include "check_nodes.hpp"

#include "check_list.hpp"
#include "check_program.hpp"
#include "node_accounts.hpp"
#include "relay/app/settings.hpp"
#include "relay/base/error.hpp"
#include "relay/observability/metrics.hpp"
#include "relay/rpc/evidence.hpp"
#include "relay/rpc/http_client.hpp"
#include "relay/rpc/http_rpc.hpp"
#include "relay/rpc/node_rpc.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/rpc/url.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/signature.hpp"
#include "relay/solana/units.hpp"
#include "run_alone.hpp"

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay::app {

namespace asio = boost::asio;

namespace {

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
              const rpc::Url& url)
        : list_(list),
          io_(io),
          rpc_(rpc),
          settings_(settings),
          url_(url),
          name_("rpc " + url.display()) {}

    /// False where nothing else it says is of use: it is away, or of another cluster.
    bool run() {
        if (!list_.run(name_, [&] { return cluster(); })) {
            return false;
        }
        list_.run(name_ + " clock", [&] { return clock(); });
        history();
        program();
        return true;
    }
    void balance(const solana::Pubkey& payer) {
        list_.run("payer at " + url_.display(), [&] {
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
            throw std::runtime_error("its genesis hash is " + told + ", not " + *wanted +
                                     ": it is of another cluster than RELAY_SOLANA_GENESIS_HASH");
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
        list_.pass(name_ + " history",
                   knows ? "searched"
                         : "searched; minContextSlot not known, its answers' own slots are relied "
                           "on");
    }

    /// The program and its accounts, at the commitment of the settings.
    void program() {
        rpc::HttpClient client(io_.get_executor(), url_, settings_.solana.rpc_limits);
        const auto fetch = [&](rpc::Commitment commitment) {
            return run_alone(
                io_, fetch_accounts(client, program_addresses(settings_.solana.plan), commitment));
        };
        auto accounts = fetch(settings_.solana.commitment);
        const bool refused = !accounts && accounts.error().kind == rpc::RpcError::Kind::Refused &&
                             settings_.solana.commitment == rpc::Commitment::Confirmed;
        if (refused) {
            list_.warn(name_ + " commitment",
                       "it refuses confirmed: it is asked for finalized instead");
            accounts = fetch(rpc::Commitment::Finalized);
        }
        if (!accounts) {
            list_.fail("program at " + url_.display(), accounts.error().message);
            return;
        }
        judge_program(list_, url_.display(), settings_.solana.plan, *accounts);
    }

    CheckList& list_;
    asio::io_context& io_;
    rpc::NodeRpc& rpc_;
    const Settings& settings_;
    const rpc::Url& url_;
    std::string name_;
    solana::Slot finalized_;
    bool has_history_ = false;
};

} // namespace

void check_nodes(CheckList& list, asio::io_context& io, const Settings& settings,
                 const std::optional<solana::Pubkey>& payer) {
    observability::MetricsRegistry metrics;
    bool any_answered = false;
    bool any_history = false;
    for (const auto& url : settings.solana.rpc_urls) {
        const auto rpc = rpc::make_http_rpc(
            io.get_executor(), {url, settings.solana.commitment, settings.solana.rpc_limits},
            metrics);
        NodeCheck node(list, io, *rpc, settings, url);
        if (!node.run()) {
            continue;
        }
        any_answered = true;
        if (payer) {
            node.balance(*payer);
        }
        any_history = any_history || node.has_history();
    }
    if (any_answered && !any_history) {
        list.fail("history",
                  "no RPC node searches its history: the expiry of an older transaction "
                  "can never be proven, and its withdraw would wait");
    }
}

} // namespace relay::app
