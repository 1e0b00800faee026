#include "relay/rpc/http_rpc.hpp"

#include "call_size.hpp"
#include "relay/base/encoding.hpp"
#include "relay/base/error.hpp"
#include "relay/base/secret.hpp"
#include "relay/base/task.hpp"
#include "relay/observability/freshness.hpp"
#include "relay/observability/in_flight.hpp"
#include "relay/observability/metrics.hpp"
#include "relay/rpc/codec.hpp"
#include "relay/rpc/http_client.hpp"
#include "relay/rpc/node_rpc.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/rpc/url.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/signature.hpp"
#include "relay/solana/units.hpp"
#include "sent_reply.hpp"

#include <algorithm>
#include <boost/asio/any_io_executor.hpp>
#include <cassert>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace relay::rpc {

namespace {

const char* outcome_name(RpcError::Kind kind) {
    switch (kind) {
        case RpcError::Kind::Unavailable:
            return "unavailable";
        case RpcError::Kind::Limited:
            return "limited";
        case RpcError::Kind::Refused:
            return "refused";
        case RpcError::Kind::Unsupported:
            return "unsupported";
        case RpcError::Kind::NotReached:
            return "not_reached";
        case RpcError::Kind::NoHistory:
            return "no_history";
        case RpcError::Kind::PreflightFailed:
            return "preflight_failed";
    }
    std::unreachable();
}

/// A method's metrics, from its first call on: of some nodes a method is never asked. Those of
/// every call are kept; a failure's is looked up when it is needed.
class MethodMetrics {
  public:
    MethodMetrics(observability::MetricsRegistry& registry, const std::string& node,
                  const char* method)
        : registry_(registry), node_(node), method_(method) {}

    void took(std::chrono::nanoseconds time) {
        if (!seconds_) {
            seconds_ = registry_.durations("relay_rpc_call_seconds",
                                           "Time of RPC calls, waiting for a place included",
                                           {{"node", node_}, {"method", method_}});
        }
        seconds_->observe(time);
    }
    void succeeded() {
        if (!succeeded_) {
            succeeded_ = counter("ok");
        }
        succeeded_->add();
    }
    void failed(RpcError::Kind kind) { counter(outcome_name(kind)).add(); }

  private:
    observability::Counter counter(const char* outcome) {
        return registry_.counter("relay_rpc_calls_total", "RPC calls by node, method and outcome",
                                 {{"node", node_}, {"method", method_}, {"outcome", outcome}});
    }

    observability::MetricsRegistry& registry_;
    std::string node_;
    const char* method_;
    std::optional<observability::Durations> seconds_;
    std::optional<observability::Counter> succeeded_;
};

constexpr int kInvalidParams = -32602;

class HttpRpc final : public NodeRpc {
  public:
    HttpRpc(const boost::asio::any_io_executor& executor, HttpRpcSettings settings,
            observability::MetricsRegistry& metrics)
        : node_(settings.url.display()),
          node_seconds_(metrics.histogram("relay_rpc_node_seconds", "Time of RPC calls, by node",
                                          observability::MetricsRegistry::Buckets::Calls,
                                          {{"node", node_}})),
          freshness_(metrics, node_),
          in_flight_(metrics, "relay_rpc_calls_in_flight",
                     "RPC calls that run or wait for a connection, by node", {{"node", node_}}),
          commitment_(settings.commitment),
          secrets_(secrets_of(settings.url)),
          client_(executor, std::move(settings.url), settings.limits),
          latest_blockhash_(metrics, node_, "getLatestBlockhash"),
          send_(metrics, node_, "sendTransaction"),
          statuses_(metrics, node_, "getSignatureStatuses"),
          epoch_info_(metrics, node_, "getEpochInfo"),
          balance_(metrics, node_, "getBalance"),
          accounts_(metrics, node_, "getMultipleAccounts"),
          minimum_balance_(metrics, node_, "getMinimumBalanceForRentExemption"),
          genesis_hash_(metrics, node_, "getGenesisHash"),
          consensus_(metrics, node_, "getAgGenesisCert"),
          simulate_(metrics, node_, "simulateTransaction"),
          prices_(metrics, node_, "getRecentPrioritizationFees"),
          deployment_(metrics, node_, "getAccountInfo") {}

    base::Task<RpcResult<LatestBlockhash>> latest_blockhash() override {
        return at_a_level_it_knows<LatestBlockhash>([this] {
            const auto id = next_id();
            return call(latest_blockhash_, id,
                        client_.post(codec::get_latest_blockhash(id, commitment_)),
                        codec::read_latest_blockhash);
        });
    }

    base::Task<RpcResult<solana::Signature>> send(base::Bytes wire, Preflight preflight) override {
        if (preflight == Preflight::Skip) { // of no commitment, so that its refusal is not for that
            const auto id = next_id();
            return call(send_, id,
                        client_.post(codec::send_transaction(id, wire, preflight, commitment_)),
                        read_sent);
        }
        return at_a_level_it_knows<solana::Signature>([this, wire = std::move(wire), preflight] {
            const auto id = next_id();
            return call(send_, id,
                        client_.post(codec::send_transaction(id, wire, preflight, commitment_)),
                        read_sent);
        });
    }

    base::Task<RpcResult<void>> preflight(base::Bytes wire) override {
        return at_a_level_it_knows<void>([this, wire = std::move(wire)] {
            const auto id = next_id();
            return call(simulate_, id, client_.post(codec::preflight(id, wire, commitment_)),
                        codec::read_preflight);
        });
    }

    base::Task<RpcResult<SignatureReport>> signature_statuses(
        std::vector<solana::Signature> signatures, StatusQuery query) override;

    base::Task<RpcResult<EpochInfo>> epoch_info() override {
        const auto id = next_id();
        return call(epoch_info_, id, client_.post(codec::get_epoch_info(id)),
                    codec::read_epoch_info);
    }

    base::Task<RpcResult<solana::Lamports>> balance(solana::Pubkey address) override {
        return at_a_level_it_knows<solana::Lamports>([this, address] {
            const auto id = next_id();
            return call(balance_, id, client_.post(codec::get_balance(id, address, commitment_)),
                        codec::read_balance);
        });
    }

    base::Task<RpcResult<AccountsReport>> accounts(std::vector<solana::Pubkey> addresses,
                                                   AccountsQuery query) override {
        return at_a_level_it_knows<AccountsReport>([this, addresses = std::move(addresses), query] {
            const auto id = next_id();
            return call(accounts_, id,
                        client_.post(codec::get_accounts(id, addresses, query, commitment_)),
                        [asked = addresses.size(),
                         final = query.final || commitment_ == Commitment::Finalized](
                            const HttpReply& reply, codec::CallId asking) {
                            auto report = codec::read_accounts(reply, asking, asked);
                            if (report) {
                                report->final = final;
                            }
                            return report;
                        });
        });
    }

    base::Task<RpcResult<solana::Lamports>> minimum_balance() override {
        const auto id = next_id();
        return call(minimum_balance_, id, client_.post(codec::get_minimum_balance(id)),
                    codec::read_minimum_balance);
    }

    base::Task<RpcResult<Consensus>> consensus() override {
        const auto id = next_id();
        return call(consensus_, id, client_.post(codec::get_consensus(id)), codec::read_consensus);
    }

    base::Task<RpcResult<std::string>> genesis_hash() override {
        const auto id = next_id();
        return call(genesis_hash_, id, client_.post(codec::get_genesis_hash(id)),
                    codec::read_genesis_hash);
    }

    base::Task<RpcResult<Simulation>> simulate(base::Bytes wire) override {
        return at_a_level_it_knows<Simulation>([this, wire = std::move(wire)] {
            const auto id = next_id();
            return call(simulate_, id,
                        client_.post(codec::simulate_transaction(id, wire, commitment_)),
                        codec::read_simulation);
        });
    }

    base::Task<RpcResult<std::vector<SlotPrice>>> recent_prices(
        std::vector<solana::Pubkey> writable) override {
        const auto id = next_id();
        return call(prices_, id, client_.post(codec::get_recent_prices(id, writable)),
                    codec::read_recent_prices);
    }

    base::Task<RpcResult<std::optional<solana::Slot>>> deployed_in(
        solana::Pubkey program) override {
        return at_a_level_it_knows<std::optional<solana::Slot>>([this, program] {
            const auto id = next_id();
            return call(deployment_, id,
                        client_.post(codec::get_deployment(id, program, commitment_)),
                        codec::read_deployment);
        });
    }

  private:
    using Reply = base::Result<HttpReply>;

    codec::CallId next_id() { return {++last_id_}; }

    /// What the setting asks for; `finalized` where this node refuses that.
    template <class T, class MakeCall>
    base::Task<RpcResult<T>> at_a_level_it_knows(MakeCall make_call) {
        if (commitment_ == Commitment::Finalized) {
            return make_call();
        }
        return with_fallback<T>(std::move(make_call));
    }

    template <class T>
    base::Task<RpcResult<T>> with_fallback(std::function<base::Task<RpcResult<T>>()> make_call) {
        auto answer = co_await make_call();
        const bool refused = !answer && answer.error().kind == RpcError::Kind::Refused &&
                             answer.error().code == kInvalidParams;
        if (!refused) {
            co_return answer;
        }
        commitment_ = Commitment::Finalized;
        auto again = co_await make_call();
        if (!again && again.error().kind == RpcError::Kind::Refused) {
            commitment_ = Commitment::Confirmed; // it was not that
        }
        co_return again;
    }

    base::Task<RpcResult<SignatureReport>> statuses(std::vector<solana::Signature> signatures,
                                                    StatusQuery query) {
        const auto id = next_id();
        const auto asked = signatures.size();
        const auto commitment = commitment_;
        return call(statuses_, id,
                    client_.post(codec::get_signature_statuses(id, signatures, query)),
                    [asked, commitment](const HttpReply& reply, codec::CallId asking) {
                        return codec::read_signature_statuses(reply, asking, asked, commitment);
                    });
    }

    /// One call: posted, read, counted and timed.
    template <class Read>
    base::Task<std::invoke_result_t<Read&, const HttpReply&, codec::CallId>> call(
        // NOLINTNEXTLINE(cppcoreguidelines-avoid-reference-coroutine-parameters)
        MethodMetrics& metrics, codec::CallId id, base::Task<Reply> posting, Read read) {
        using Answer = std::invoke_result_t<Read&, const HttpReply&, codec::CallId>;
        const auto entry = in_flight_.enter();
        const auto start = std::chrono::steady_clock::now();
        auto reply = co_await std::move(posting);
        const auto taken = std::chrono::steady_clock::now() - start;
        metrics.took(taken);
        node_seconds_.observe(taken);
        Answer answer =
            reply ? read(*reply, id) : Answer(no_answer(std::move(reply.error().message)));
        if (answer) {
            metrics.succeeded();
            freshness_.read_well();
        } else {
            metrics.failed(answer.error().kind);
            answer.error().message = secrets_.hide_in(std::move(answer.error().message));
        }
        co_return answer;
    }

    std::string node_;
    observability::Histogram node_seconds_;
    observability::Freshness freshness_;
    observability::InFlight in_flight_;
    Commitment commitment_;
    base::Secrets secrets_;
    HttpClient client_;
    std::uint64_t last_id_ = 0;
    MethodMetrics latest_blockhash_;
    MethodMetrics send_;
    MethodMetrics statuses_;
    MethodMetrics epoch_info_;
    MethodMetrics balance_;
    MethodMetrics accounts_;
    MethodMetrics minimum_balance_;
    MethodMetrics genesis_hash_;
    MethodMetrics consensus_;
    MethodMetrics simulate_;
    MethodMetrics prices_;
    MethodMetrics deployment_;
    CallSize signatures_a_call_{kMaxSignaturesPerCall};
};

base::Task<RpcResult<SignatureReport>> HttpRpc::signature_statuses(
    std::vector<solana::Signature> signatures, StatusQuery query) {
    assert(signatures.size() <= kMaxSignaturesPerCall);
    SignatureReport whole;
    auto most = signatures_a_call_.size(CallSize::Clock::now());
    for (std::size_t start = 0; start < signatures.size();) {
        const auto size = std::min(most, signatures.size() - start);
        const auto first = signatures.begin() + static_cast<std::ptrdiff_t>(start);
        const std::vector<solana::Signature> part(first, first + static_cast<std::ptrdiff_t>(size));
        auto report = co_await statuses(part, query);
        if (!report) {
            const bool refused = report.error().kind == RpcError::Kind::Refused;
            const auto fewer = refused ? signatures_a_call_.instead_of(size, report.error().message,
                                                                       CallSize::Clock::now())
                                       : std::nullopt;
            if (!fewer) {
                co_return std::unexpected(std::move(report.error()));
            }
            most = *fewer;
            continue;
        }
        signatures_a_call_.taken(size, most, CallSize::Clock::now());
        // Good for the slot that all its parts are good for.
        whole.slot = start == 0 ? report->slot : std::min(whole.slot, report->slot);
        std::ranges::move(report->statuses, std::back_inserter(whole.statuses));
        start += size;
    }
    co_return whole;
}

} // namespace

std::unique_ptr<NodeRpc> make_http_rpc(const boost::asio::any_io_executor& executor,
                                       HttpRpcSettings settings,
                                       observability::MetricsRegistry& metrics) {
    return std::make_unique<HttpRpc>(executor, std::move(settings), metrics);
}

} // namespace relay::rpc
