#pragma once
// What the nodes can prove together of transactions' ends. Each well node is asked for what its
// clock makes it able to prove; see evidence.hpp for the conditions.

#include "nodes.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/base/wake_up.hpp"
#include "relay/rpc/evidence.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/signature.hpp"
#include "relay/solana/units.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace relay::rpc {

class Witnesses {
  public:
    /// `tasks` runs the calls to several nodes at once.
    Witnesses(base::TaskGroup& tasks, Nodes& nodes) : tasks_(tasks), nodes_(nodes) {}

    /// As SolanaRpc::look_into.
    base::Task<RpcResult<std::vector<Finding>>> look_into(std::vector<Question> asked);

  private:
    /// What one node says of each question: a status, or what its not knowing one is worth.
    struct Word {
        std::optional<SignatureStatus> status;
        bool past = false;
        Witness witness = Witness::CannotTell;
    };
    using Testimonies = RpcResult<std::vector<Word>>;
    struct Tally;

    base::Task<Testimonies> testify(Node* node, std::vector<Question> asked);
    base::Task<void> testify_beside(Node* node, std::vector<Question> asked,
                                    std::shared_ptr<base::OneShot<Testimonies>> answer);
    base::Task<RpcResult<SignatureReport>> history_of(Node* node,
                                                      std::vector<solana::Signature> signatures,
                                                      std::optional<solana::Slot> reached);
    Finding find(const Question& question, Tally tally) const;

    base::TaskGroup& tasks_;
    Nodes& nodes_;
};

} // namespace relay::rpc
