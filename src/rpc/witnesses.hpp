#pragma once
// What the nodes can prove together of transactions' ends. Each well node is asked for what its
// clock makes it able to prove; see evidence.hpp for the conditions.

#include "nodes.hpp"
#include "relay/base/task.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/signature.hpp"
#include "relay/solana/units.hpp"

#include <optional>
#include <vector>

namespace relay::rpc {

class Witnesses {
  public:
    explicit Witnesses(Nodes& nodes) : nodes_(nodes) {}

    /// As SolanaRpc::look_into.
    base::Task<RpcResult<std::vector<Finding>>> look_into(std::vector<Question> asked);

  private:
    struct Tally;

    base::Task<std::optional<RpcError>> testify(Node* node, const std::vector<Question>& asked,
                                                std::vector<Tally>& tallies);
    static base::Task<RpcResult<SignatureReport>> history_of(
        Node* node, std::vector<solana::Signature> signatures, std::optional<solana::Slot> reached);
    Finding find(const Question& question, Tally tally) const;

    Nodes& nodes_;
};

} // namespace relay::rpc
