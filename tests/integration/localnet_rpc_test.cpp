// The relay's RPC, failover over HTTP, keeps the contract on a real Solana runtime: the localnet.

#include "support/base/run_task.hpp"
#include "support/base/temporary_file.hpp"
#include "support/rpc/rpc_contract.hpp"
#include "support/solana/relay_keypair.hpp"

#include "relay/base/clock.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/observability/metrics.hpp"
#include "relay/rpc/failover.hpp"
#include "relay/rpc/http_rpc.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/rpc/url.hpp"
#include "relay/solana/pubkey.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <array>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace relay::test {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

/// A chain of its own with slots of 50 ms, in a process that ends with this object.
class Localnet {
  public:
    Localnet() {
        std::vector<std::string> words = {RELAY_LOCALNET "/node.sh",
                                          RELAY_LOCALNET "/server.mjs",
                                          "--port=0",
                                          "--slot-ms=50",
                                          "--exit-with-parent",
                                          "--payer=" + load_relay_keypair().address().to_string(),
                                          "--ready-file=" + ready_file_.string()};
        std::vector<char*> arguments;
        for (auto& word : words) {
            arguments.push_back(word.data());
        }
        arguments.push_back(nullptr);
        if (::posix_spawn(&pid_, arguments.front(), nullptr, nullptr, arguments.data(), environ) !=
            0) {
            throw std::runtime_error("the localnet cannot be started");
        }
    }
    Localnet(const Localnet&) = delete;
    Localnet& operator=(const Localnet&) = delete;
    ~Localnet() {
        ::kill(pid_, SIGTERM);
        ::waitpid(pid_, nullptr, 0);
    }

    json await_ready() const {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (!std::filesystem::exists(ready_file_)) {
            const bool ended = ::waitpid(pid_, nullptr, WNOHANG) == pid_;
            if (ended || std::chrono::steady_clock::now() > deadline) {
                throw std::runtime_error("no localnet: tests/localnet/setup.sh prepares it");
            }
            std::this_thread::sleep_for(milliseconds(20));
        }
        std::ifstream file(ready_file_);
        return json::parse(file);
    }

  private:
    TemporaryFile place_{""};
    std::filesystem::path ready_file_ = place_.directory() / "localnet.json";
    pid_t pid_ = 0;
};

class LocalnetWorld final : public RpcWorld {
  public:
    LocalnetWorld() {
        const auto ready = localnet_.await_ready();
        program_ = solana::Pubkey::parse(ready.at("programId").get<std::string>()).value();
        std::vector<rpc::RpcNode> nodes;
        rpc::HttpRpcSettings node;
        node.url = rpc::Url::parse(ready.at("url").get<std::string>()).value();
        auto name = node.url.display();
        nodes.push_back(
            {std::move(name), rpc::make_http_rpc(io_.get_executor(), std::move(node), metrics_)});
        rpc_ = rpc::make_failover_rpc(tasks_, std::move(nodes), {}, metrics_);
        rpc_->start();
    }
    LocalnetWorld(const LocalnetWorld&) = delete;
    LocalnetWorld& operator=(const LocalnetWorld&) = delete;
    ~LocalnetWorld() override {
        tasks_.cancel();
        run_task(io_, tasks_.join());
    }

    rpc::SolanaRpc& rpc() override { return *rpc_; }
    boost::asio::io_context& io() override { return io_; }
    solana::Pubkey program() const override { return program_; }
    void fail_proof_of(std::uint32_t) override {} // none does
    void pass_a_block() override { run_task(io_, base::sleep_for(milliseconds(50))); }

  private:
    Localnet localnet_;
    boost::asio::io_context io_;
    base::SteadyClock clock_{io_.get_executor()};
    observability::MetricsRegistry metrics_;
    base::TaskGroup tasks_{clock_,
                           [](std::string_view, const std::exception_ptr&) { ADD_FAILURE(); }};
    solana::Pubkey program_;
    std::unique_ptr<rpc::FailoverRpc> rpc_;
};

INSTANTIATE_TEST_SUITE_P(Localnet, RpcContract,
                         testing::Values(RpcKind{
                             "FailoverRpc", [] { return std::make_unique<LocalnetWorld>(); }}));

} // namespace
} // namespace relay::test
