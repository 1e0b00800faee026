#pragma once
// What every SolanaRpc promises (see rpc.hpp), as tests that run on the fake chain and, over HTTP,
// on the localnet.

#include "relay/base/task.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/transaction.hpp"
#include "support/base/run_task.hpp"

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace relay::test {

/// A chain with the shield-pool program, and the test relay's account with something in it.
class RpcWorld {
  public:
    virtual ~RpcWorld() = default;
    virtual rpc::SolanaRpc& rpc() = 0;
    virtual boost::asio::io_context& io() = 0;
    virtual solana::Pubkey program() const = 0;
    /// From now on the proof of make_withdraw(number) does not verify.
    virtual void fail_proof_of(std::uint32_t number) = 0;
    /// Lets a block or so be made.
    virtual void pass_a_block() = 0;
};

struct RpcKind {
    std::string name;
    std::function<std::unique_ptr<RpcWorld>()> make;
    friend void PrintTo(const RpcKind& kind, std::ostream* out) { *out << kind.name; }
};

class RpcContract : public testing::TestWithParam<RpcKind> {
  protected:
    RpcContract() : world_(GetParam().make()) {}

    rpc::SolanaRpc& rpc() { return world_->rpc(); }
    RpcWorld& world() { return *world_; }

    template <class T>
    T wait(base::Task<T> task) {
        return run_task(world_->io(), std::move(task));
    }

    /// A withdraw that the program refuses, signed upon the newest blockhash.
    solana::SavedTransaction make_refused(std::uint32_t number);
    /// Its status, once it is in a block.
    rpc::SignatureStatus await_status(const solana::Signature& signature);

  private:
    std::unique_ptr<RpcWorld> world_;
};

} // namespace relay::test
