#include "relay/solana/http_rpc.hpp"

#include "relay/base/encoding.hpp"
#include "relay/base/task.hpp"
#include "relay/observability/metrics.hpp"
#include "relay/solana/http_client.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/rpc.hpp"
#include "relay/solana/rpc_codec.hpp"
#include "relay/solana/signature.hpp"
#include "relay/solana/units.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <cassert>
#include <chrono>
#include <expected>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace relay::solana {

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

class HttpRpc final : public SolanaRpc {
  public:
    HttpRpc(const boost::asio::any_io_executor& executor, HttpRpcSettings settings,
            observability::MetricsRegistry& metrics)
        : commitment_(settings.commitment),
          client_(executor, std::move(settings.url), settings.limits),
          latest_blockhash_(metrics, "getLatestBlockhash"),
          send_(metrics, "sendTransaction"),
          statuses_(metrics, "getSignatureStatuses"),
          block_height_(metrics, "getBlockHeight"),
          balance_(metrics, "getBalance"),
          genesis_hash_(metrics, "getGenesisHash") {}

    base::Task<RpcResult<LatestBlockhash>> latest_blockhash() override {
        return call(latest_blockhash_, rpc_codec::get_latest_blockhash(commitment_),
                    rpc_codec::read_latest_blockhash);
    }

    base::Task<RpcResult<Signature>> send(base::Bytes wire, Preflight preflight) override {
        return call(send_, rpc_codec::send_transaction(wire, preflight, commitment_),
                    rpc_codec::read_signature);
    }

    base::Task<RpcResult<SignatureReport>> signature_statuses(
        std::vector<Signature> signatures) override {
        return statuses(std::move(signatures), /*search_history=*/false);
    }

    base::Task<RpcResult<BlockHeight>> block_height() override {
        return call(block_height_, rpc_codec::get_block_height(commitment_),
                    rpc_codec::read_block_height);
    }

    base::Task<RpcResult<ExpiryReport>> expiry_report(std::vector<Signature> signatures) override {
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

    base::Task<RpcResult<Lamports>> balance(Pubkey address) override {
        return call(balance_, rpc_codec::get_balance(address, commitment_),
                    rpc_codec::read_balance);
    }

    base::Task<RpcResult<std::string>> genesis_hash() override {
        return call(genesis_hash_, rpc_codec::get_genesis_hash(), rpc_codec::read_genesis_hash);
    }

  private:
    base::Task<RpcResult<SignatureReport>> statuses(std::vector<Signature> signatures,
                                                    bool search_history) {
        assert(signatures.size() <= kMaxSignaturesPerCall);
        const auto asked = signatures.size();
        const auto commitment = commitment_;
        return call(statuses_, rpc_codec::get_signature_statuses(signatures, search_history),
                    [asked, commitment](const HttpReply& reply) {
                        return rpc_codec::read_signature_statuses(reply, asked, commitment);
                    });
    }

    /// One call: posted, read, counted and timed.
    template <class Read>
    // NOLINTNEXTLINE(cppcoreguidelines-avoid-reference-coroutine-parameters)
    base::Task<std::invoke_result_t<Read&, const HttpReply&>> call(MethodMetrics& metrics,
                                                                   std::string body, Read read) {
        using Answer = std::invoke_result_t<Read&, const HttpReply&>;
        const auto start = std::chrono::steady_clock::now();
        auto reply = co_await client_.post(std::move(body));
        metrics.took(std::chrono::steady_clock::now() - start);
        Answer answer = reply ? read(*reply) : Answer(no_answer(std::move(reply.error().message)));
        if (answer) {
            metrics.succeeded();
        } else {
            metrics.failed(answer.error().kind);
        }
        co_return answer;
    }

    Commitment commitment_;
    HttpClient client_;
    MethodMetrics latest_blockhash_;
    MethodMetrics send_;
    MethodMetrics statuses_;
    MethodMetrics block_height_;
    MethodMetrics balance_;
    MethodMetrics genesis_hash_;
};

} // namespace

std::unique_ptr<SolanaRpc> make_http_rpc(const boost::asio::any_io_executor& executor,
                                         HttpRpcSettings settings,
                                         observability::MetricsRegistry& metrics) {
    return std::make_unique<HttpRpc>(executor, std::move(settings), metrics);
}

} // namespace relay::solana
