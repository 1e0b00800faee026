#include "relay/rpc/http_rpc.hpp"

#include "relay/base/batcher.hpp"
#include "relay/base/encoding.hpp"
#include "relay/base/error.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/observability/metrics.hpp"
#include "relay/rpc/codec.hpp"
#include "relay/rpc/http_client.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/signature.hpp"
#include "relay/solana/units.hpp"

#include <cassert>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <limits>
#include <memory>
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
        case RpcError::Kind::PreflightFailed:
            return "preflight_failed";
        case RpcError::Kind::Refused:
            return "refused";
    }
    return "unavailable";
}

std::unexpected<RpcError> no_answer(std::string why) {
    RpcError error;
    error.message = std::move(why);
    return std::unexpected(std::move(error));
}

/// A method's metrics. Those of every call are kept; a failure's is looked up when it is needed.
class MethodMetrics {
  public:
    MethodMetrics(observability::MetricsRegistry& registry, const char* method)
        : registry_(registry),
          method_(method),
          seconds_(registry.seconds("relay_rpc_seconds",
                                    "Time of RPC calls, waiting for a place included",
                                    {{"method", method}})),
          succeeded_(counter("ok")) {}

    void took(std::chrono::duration<double> time) { seconds_.observe(time.count()); }
    void succeeded() { succeeded_.add(); }
    void failed(RpcError::Kind kind) { counter(outcome_name(kind)).add(); }

  private:
    observability::Counter counter(const char* outcome) {
        return registry_.counter("relay_rpc_calls_total", "RPC calls by method and outcome",
                                 {{"method", method_}, {"outcome", outcome}});
    }

    observability::MetricsRegistry& registry_;
    const char* method_;
    observability::Histogram seconds_;
    observability::Counter succeeded_;
};

/// Sends that leave together share connections, so many each, while the node takes no longer than
/// kQuick for one: behind a slower one they would wait too long, and each goes alone.
constexpr std::size_t kMostTogether = 8;
constexpr std::chrono::milliseconds kQuick{50};

class HttpRpc final : public SolanaRpc {
  public:
    HttpRpc(base::TaskGroup& tasks, HttpRpcSettings settings,
            observability::MetricsRegistry& metrics)
        : commitment_(settings.commitment),
          client_(tasks.executor(), std::move(settings.url), settings.limits),
          // As many batches as there are: what waits for a connection does so within the time
          // limit.
          sends_(tasks, "send transactions",
                 {kMostTogether, std::numeric_limits<std::size_t>::max()},
                 [this](std::vector<std::string> bodies) { return post_sends(std::move(bodies)); }),
          latest_blockhash_(metrics, "getLatestBlockhash"),
          send_(metrics, "sendTransaction"),
          statuses_(metrics, "getSignatureStatuses"),
          block_height_(metrics, "getBlockHeight"),
          balance_(metrics, "getBalance"),
          genesis_hash_(metrics, "getGenesisHash") {}

    base::Task<RpcResult<LatestBlockhash>> latest_blockhash() override {
        const auto id = next_id();
        return call(latest_blockhash_, id,
                    client_.post(codec::get_latest_blockhash(id, commitment_)),
                    codec::read_latest_blockhash);
    }

    base::Task<RpcResult<solana::Signature>> send(base::Bytes wire, Preflight preflight) override {
        const auto id = next_id();
        return call(send_, id,
                    sends_.submit(codec::send_transaction(id, wire, preflight, commitment_)),
                    codec::read_signature);
    }

    base::Task<RpcResult<SignatureReport>> signature_statuses(
        std::vector<solana::Signature> signatures) override {
        return statuses(std::move(signatures), /*search_history=*/false);
    }

    base::Task<RpcResult<solana::BlockHeight>> block_height() override {
        const auto id = next_id();
        return call(block_height_, id, client_.post(codec::get_block_height(id, commitment_)),
                    codec::read_block_height);
    }

    base::Task<RpcResult<ExpiryReport>> expiry_report(
        std::vector<solana::Signature> signatures) override {
        const auto height = co_await block_height();
        if (!height) {
            co_return std::unexpected(height.error());
        }
        auto report = co_await statuses(std::move(signatures), /*search_history=*/true);
        if (!report) {
            co_return std::unexpected(report.error());
        }
        co_return ExpiryReport{*height, std::move(*report)};
    }

    base::Task<RpcResult<solana::Lamports>> balance(solana::Pubkey address) override {
        const auto id = next_id();
        return call(balance_, id, client_.post(codec::get_balance(id, address, commitment_)),
                    codec::read_balance);
    }

    base::Task<RpcResult<std::string>> genesis_hash() override {
        const auto id = next_id();
        return call(genesis_hash_, id, client_.post(codec::get_genesis_hash(id)),
                    codec::read_genesis_hash);
    }

  private:
    using Reply = base::Result<HttpReply>;

    codec::CallId next_id() { return {++last_id_}; }

    base::Task<std::vector<Reply>> post_sends(std::vector<std::string> bodies) {
        const auto count = bodies.size();
        const auto start = std::chrono::steady_clock::now();
        auto replies = co_await client_.post_all(std::move(bodies));
        const auto each = (std::chrono::steady_clock::now() - start) / count;
        sends_.set_largest_batch(each <= kQuick ? kMostTogether : 1);
        co_return replies;
    }

    base::Task<RpcResult<SignatureReport>> statuses(std::vector<solana::Signature> signatures,
                                                    bool search_history) {
        assert(signatures.size() <= kMaxSignaturesPerCall);
        const auto id = next_id();
        const auto asked = signatures.size();
        const auto commitment = commitment_;
        return call(statuses_, id,
                    client_.post(codec::get_signature_statuses(id, signatures, search_history)),
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
        const auto start = std::chrono::steady_clock::now();
        auto reply = co_await std::move(posting);
        metrics.took(std::chrono::steady_clock::now() - start);
        Answer answer =
            reply ? read(*reply, id) : Answer(no_answer(std::move(reply.error().message)));
        if (answer) {
            metrics.succeeded();
        } else {
            metrics.failed(answer.error().kind);
        }
        co_return answer;
    }

    Commitment commitment_;
    HttpClient client_;
    base::Batcher<std::string, Reply> sends_;
    std::uint64_t last_id_ = 0;
    MethodMetrics latest_blockhash_;
    MethodMetrics send_;
    MethodMetrics statuses_;
    MethodMetrics block_height_;
    MethodMetrics balance_;
    MethodMetrics genesis_hash_;
};

} // namespace

std::unique_ptr<SolanaRpc> make_http_rpc(base::TaskGroup& tasks, HttpRpcSettings settings,
                                         observability::MetricsRegistry& metrics) {
    return std::make_unique<HttpRpc>(tasks, std::move(settings), metrics);
}

} // namespace relay::rpc
