#pragma once
// What all nodes that are well say alike: what may be refused to a stranger's face rests on nothing
// less. A node that is silent, behind, or alone among several that should be there agrees to
// nothing.

#include "nodes.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/base/wake_up.hpp"
#include "relay/rpc/node_rpc.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/units.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace relay::rpc {

class Agreement {
  public:
    /// Both outlive it; the tasks are cancelled and joined after its last call.
    Agreement(base::TaskGroup& tasks, Nodes& nodes) : tasks_(tasks), nodes_(nodes) {}

    /// A node's word on some accounts: how far it had come.
    void heard(const AccountsReport& report);

    base::Task<RpcResult<std::vector<AccountsReport>>> accounts(
        std::vector<solana::Pubkey> addresses, AccountData data);
    base::Task<RpcResult<solana::Lamports>> minimum_balance();

  private:
    template <class T>
    using Awaited = std::shared_ptr<base::OneShot<RpcResult<T>>>;

    template <class T>
    base::Task<RpcResult<std::vector<T>>> ask_all(RpcMethod method, Call<T> call);
    template <class T>
    base::Task<void> ask_beside(Node* node, RpcMethod method, Call<T> call, Awaited<T> answer);
    base::Task<void> sleep_for_a_slot();
    std::optional<solana::Slot> furthest() const;

    base::TaskGroup& tasks_;
    Nodes& nodes_;
    /// The furthest slot that a node told to be final with its accounts.
    solana::Slot heard_{0};
};

} // namespace relay::rpc
