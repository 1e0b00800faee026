// The fake that other tests trust keeps what every SolanaRpc promises.

#include "support/rpc/fake_chain.hpp"
#include "support/rpc/rpc_contract.hpp"
#include "support/solana/samples.hpp"

#include "relay/rpc/rpc.hpp"
#include "relay/solana/pubkey.hpp"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <memory>

namespace relay::test {
namespace {

class FakeWorld final : public RpcWorld {
  public:
    rpc::SolanaRpc& rpc() override { return chain_; }
    boost::asio::io_context& io() override { return io_; }
    solana::Pubkey program() const override { return {{1, 2, 3}}; }
    void fail_proof_of(std::uint32_t number) override {
        chain_.set_verdict(make_withdraw(number).nullifier, program_error(0x1010));
    }
    void pass_a_block() override { chain_.advance(); }

  private:
    boost::asio::io_context io_;
    FakeChain chain_;
};

INSTANTIATE_TEST_SUITE_P(Fake, RpcContract,
                         testing::Values(RpcKind{"FakeChain",
                                                 [] { return std::make_unique<FakeWorld>(); }}));

} // namespace
} // namespace relay::test
