#pragma once
// What the nodes together tell of the prices of the last slots. One that lies alone among three is
// not heard: what counts of a slot is the middle of what they tell, the lower one of two, and only
// slots count that more than half of them tell of.

#include "nodes.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/base/wake_up.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/pubkey.hpp"

#include <memory>
#include <vector>

namespace relay::rpc {

/// In the order of their slots. REQUIRES: each word too, and no slot twice.
std::vector<SlotPrice> middle_prices(const std::vector<std::vector<SlotPrice>>& words);

class Prices {
  public:
    /// Both outlive it; the tasks are cancelled and joined after its last call.
    Prices(base::TaskGroup& tasks, Nodes& nodes) : tasks_(tasks), nodes_(nodes) {}

    /// By those that answer in good time; an error where none does.
    base::Task<RpcResult<std::vector<SlotPrice>>> recent(std::vector<solana::Pubkey> writable);

  private:
    using Word = RpcResult<std::vector<SlotPrice>>;
    using Awaited = std::shared_ptr<base::OneShot<Word>>;

    base::Task<void> ask(Node* node, Call<std::vector<SlotPrice>> call, Awaited word);

    base::TaskGroup& tasks_;
    Nodes& nodes_;
};

} // namespace relay::rpc
