#pragma once
// What carries a transaction to the leaders: which nodes and send-only endpoints get it, in what
// order, what their words on it come to, and whether what a node takes lands.

#include "landings.hpp"
#include "node.hpp"
#include "nodes.hpp"
#include "relay/base/encoding.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/base/wake_up.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/signature.hpp"
#include "send_paths.hpp"
#include "takers.hpp"

#include <cstddef>
#include <memory>
#include <vector>

namespace relay::rpc {

class Sending {
  public:
    /// A transaction is first sent to `send_to` nodes, where there are no endpoints.
    Sending(base::TaskGroup& tasks, Nodes& nodes, std::size_t send_to, SendPaths paths);

    /// As SolanaRpc's.
    base::Task<SendAnswer> send(base::Bytes wire, Preflight preflight);

    /// What was seen on the chain tells which nodes pass on what they take.
    void note_landings(const std::vector<solana::Signature>& asked, const SignatureReport& report);

  private:
    /// Shared by who waits, and by the call, which goes on when nobody waits any more.
    using Awaited = std::shared_ptr<base::OneShot<SendAnswer>>;

    base::Task<SendAnswer> send_by_every_path(const base::Bytes& wire);
    base::Task<RpcResult<void>> preflight(const base::Bytes& wire);
    base::Task<SendAnswer> send_first(const base::Bytes& wire);
    base::Task<SendAnswer> send_everywhere(const base::Bytes& wire);
    base::Task<void> send_too(Node* node, Call<solana::Signature> call, Awaited answer);
    base::Task<void> give_to(Node* node, Call<solana::Signature> call,
                             std::shared_ptr<Takers> takers);

    base::TaskGroup& tasks_;
    Nodes& nodes_;
    std::size_t send_to_;
    SendPaths paths_;
    Landings landings_;
};

} // namespace relay::rpc
