#include "relay/rpc/failover.hpp"

#include "agreement.hpp"
#include "node.hpp"
#include "node_health.hpp"
#include "nodes.hpp"
#include "prices.hpp"
#include "relay/base/encoding.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/observability/metrics.hpp"
#include "relay/rpc/evidence.hpp"
#include "relay/rpc/node_rpc.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/rpc/send_path.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/signature.hpp"
#include "relay/solana/units.hpp"
#include "send_paths.hpp"
#include "sending.hpp"
#include "takers.hpp"
#include "witnesses.hpp"

#include <algorithm>
#include <chrono>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace relay::rpc {

namespace {

/// A blockhash's life is judged by a reading of the height that is no older.
constexpr std::chrono::milliseconds kFreshReading{500};

class Failover final : public FailoverRpc {
  public:
    Failover(base::TaskGroup& tasks, std::vector<RpcNode> nodes, std::vector<SendPath> paths,
             const Policy& policy, observability::MetricsRegistry& metrics)
        : tasks_(tasks),
          nodes_(tasks, std::move(nodes), policy, metrics),
          sending_(tasks, nodes_, policy.send_to,
                   SendPaths(tasks, std::move(paths), policy.pauses, metrics)) {}

    void start() override { nodes_.start(); }

    base::Task<RpcResult<LatestBlockhash>> latest_blockhash() override;
    base::Task<SendAnswer> send(base::Bytes wire, Preflight preflight) override {
        return sending_.send(std::move(wire), preflight);
    }
    base::Task<RpcResult<SignatureReport>> signature_statuses(
        std::vector<solana::Signature> signatures) override;
    base::Task<RpcResult<std::vector<Finding>>> look_into(std::vector<Question> asked) override {
        return witnesses_.look_into(std::move(asked));
    }

    base::Task<RpcResult<solana::Lamports>> balance(solana::Pubkey address) override {
        return first_answer<solana::Lamports>(
            RpcMethod::Balance, [address](NodeRpc& rpc) { return rpc.balance(address); });
    }

    base::Task<RpcResult<Simulation>> simulate(base::Bytes wire) override {
        return first_answer<Simulation>(
            RpcMethod::Simulate,
            [wire = std::move(wire)](NodeRpc& rpc) { return rpc.simulate(wire); });
    }

    base::Task<RpcResult<std::vector<SlotPrice>>> recent_prices(
        std::vector<solana::Pubkey> writable) override {
        return prices_.recent(std::move(writable));
    }

    base::Task<RpcResult<std::optional<solana::Slot>>> deployed_in(
        solana::Pubkey program) override {
        return first_answer<std::optional<solana::Slot>>(
            RpcMethod::Deployment, [program](NodeRpc& rpc) { return rpc.deployed_in(program); });
    }

    base::Task<RpcResult<AccountsReport>> accounts(std::vector<solana::Pubkey> asked) override;
    base::Task<RpcResult<std::vector<AccountsReport>>> agreed_accounts(
        std::vector<solana::Pubkey> asked, AccountData data) override {
        return agreement_.accounts(std::move(asked), data);
    }
    base::Task<RpcResult<solana::Lamports>> minimum_balance() override {
        return agreement_.minimum_balance();
    }

    std::chrono::milliseconds slot_time() const override { return nodes_.slot_time(); }
    std::vector<NodeTrouble> troubles() const override { return nodes_.troubles(); }

  private:
    template <class T>
    base::Task<RpcResult<T>> first_answer(RpcMethod method, Call<T> call);

    base::TaskGroup& tasks_;
    Nodes nodes_;
    Witnesses witnesses_{tasks_, nodes_};
    Agreement agreement_{tasks_, nodes_};
    Prices prices_{tasks_, nodes_};
    Sending sending_;
};

// Each is awaited at once, by a frame that holds what it refers to.
// NOLINTBEGIN(cppcoreguidelines-avoid-reference-coroutine-parameters)

template <class T>
base::Task<RpcResult<T>> Failover::first_answer(RpcMethod method, Call<T> call) {
    const auto nodes = co_await nodes_.to_ask<T>(method, call);
    RpcResult<T> answer = std::unexpected(nodes_.none_for(method));
    for (auto* node : nodes) {
        answer = co_await nodes_.ask<T>(node, method, call, patience_with(node, nodes));
        if (answer || !is_undone(answer.error())) {
            break;
        }
    }
    co_return answer;
}

base::Task<RpcResult<LatestBlockhash>> Failover::latest_blockhash() {
    const auto method = RpcMethod::LatestBlockhash;
    const Call<LatestBlockhash> call = [](NodeRpc& rpc) { return rpc.latest_blockhash(); };
    const auto nodes = co_await nodes_.to_ask<LatestBlockhash>(method, call);
    RpcResult<LatestBlockhash> answer = std::unexpected(nodes_.none_for(method));
    for (auto* node : nodes) {
        answer =
            co_await nodes_.ask<LatestBlockhash>(node, method, call, patience_with(node, nodes));
        if (!answer) {
            continue;
        }
        auto doubt = nodes_.doubt_of(*node, *answer);
        if (!doubt) {
            if (node->health.is_witness &&
                nodes_.now() - node->health.clock.read_at() > kFreshReading) {
                co_await nodes_.read_clock(node); // the fresher, the less has to be allowed for
            }
            answer->slot = std::min(answer->slot, nodes_.slot().value_or(answer->slot));
            const auto highest = nodes_.highest_now().value_or(solana::BlockHeight{0});
            answer->last_valid_block_height.value =
                std::max(answer->last_valid_block_height.value, highest.value + kBlockhashLife);
            break;
        }
        RpcError error;
        error.message = node->name + " cannot be right: " + *doubt;
        node->health.failed(method, nodes_.now(), nodes_.now(), error);
        answer = std::unexpected(std::move(error));
    }
    co_return answer;
}

base::Task<RpcResult<AccountsReport>> Failover::accounts(std::vector<solana::Pubkey> asked) {
    Call<AccountsReport> call = [asked = std::move(asked)](NodeRpc& rpc) {
        return rpc.accounts(asked, {});
    };
    auto report = co_await first_answer<AccountsReport>(RpcMethod::Accounts, std::move(call));
    if (report) {
        agreement_.heard(*report);
    }
    co_return report;
}

base::Task<RpcResult<SignatureReport>> Failover::signature_statuses(
    std::vector<solana::Signature> signatures) {
    Call<SignatureReport> call = [signatures](NodeRpc& rpc) {
        return rpc.signature_statuses(signatures, {});
    };
    auto answer = co_await first_answer<SignatureReport>(RpcMethod::Statuses, std::move(call));
    if (answer) {
        sending_.note_landings(signatures, *answer);
    }
    co_return answer;
}

// NOLINTEND(cppcoreguidelines-avoid-reference-coroutine-parameters)

} // namespace

std::unique_ptr<FailoverRpc> make_failover_rpc(base::TaskGroup& tasks, std::vector<RpcNode> nodes,
                                               FailoverRpc::Policy policy,
                                               observability::MetricsRegistry& metrics,
                                               std::vector<SendPath> paths) {
    return std::make_unique<Failover>(tasks, std::move(nodes), std::move(paths), policy, metrics);
}

} // namespace relay::rpc
