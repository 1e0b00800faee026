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

class HttpRpc final : public SolanaRpc {
  public:
    HttpRpc(const boost::asio::any_io_executor& executor, HttpRpcSettings settings,
            observability::MetricsRegistry& metrics)
        : commitment_(settings.commitment),
          client_(executor, std::move(settings.url), settings.limits),
          metrics_(metrics) {}

    base::Task<RpcResult<LatestBlockhash>> latest_blockhash() override {
        return call("getLatestBlockhash", rpc_codec::get_latest_blockhash(commitment_),
                    rpc_codec::read_latest_blockhash);
    }

    base::Task<RpcResult<Signature>> send(base::Bytes wire, Preflight preflight) override {
        return call("sendTransaction", rpc_codec::send_transaction(wire, preflight, commitment_),
                    rpc_codec::read_signature);
    }

    base::Task<RpcResult<SignatureReport>> signature_statuses(
        std::vector<Signature> signatures) override {
        return statuses(std::move(signatures), /*search_history=*/false);
    }

    base::Task<RpcResult<BlockHeight>> block_height() override {
        return call("getBlockHeight", rpc_codec::get_block_height(commitment_),
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
        return call("getBalance", rpc_codec::get_balance(address, commitment_),
                    rpc_codec::read_balance);
    }

    base::Task<RpcResult<std::string>> genesis_hash() override {
        return call("getGenesisHash", rpc_codec::get_genesis_hash(), rpc_codec::read_genesis_hash);
    }

  private:
    base::Task<RpcResult<SignatureReport>> statuses(std::vector<Signature> signatures,
                                                    bool search_history) {
        assert(signatures.size() <= kMaxSignaturesPerCall);
        const auto asked = signatures.size();
        const auto commitment = commitment_;
        return call("getSignatureStatuses",
                    rpc_codec::get_signature_statuses(signatures, search_history),
                    [asked, commitment](const HttpReply& reply) {
                        return rpc_codec::read_signature_statuses(reply, asked, commitment);
                    });
    }

    /// One call: posted, read, counted and timed.
    template <class Read>
    base::Task<std::invoke_result_t<Read&, const HttpReply&>> call(const char* method,
                                                                   std::string body, Read read) {
        using Answer = std::invoke_result_t<Read&, const HttpReply&>;
        const auto start = std::chrono::steady_clock::now();
        auto reply = co_await client_.post(std::move(body));
        const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
        metrics_
            .seconds("relay_rpc_seconds", "Time of RPC calls, waiting for a place included",
                     {{"method", method}})
            .observe(taken.count());
        Answer answer = reply ? read(*reply) : Answer(no_answer(std::move(reply.error().message)));
        metrics_
            .counter("relay_rpc_calls_total", "RPC calls by method and outcome",
                     {{"method", method},
                      {"outcome", answer ? "ok" : outcome_name(answer.error().kind)}})
            .add();
        co_return answer;
    }

    Commitment commitment_;
    HttpClient client_;
    observability::MetricsRegistry& metrics_;
};

} // namespace

std::unique_ptr<SolanaRpc> make_http_rpc(const boost::asio::any_io_executor& executor,
                                         HttpRpcSettings settings,
                                         observability::MetricsRegistry& metrics) {
    return std::make_unique<HttpRpc>(executor, std::move(settings), metrics);
}

} // namespace relay::solana
