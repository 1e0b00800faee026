#include "support/relay_process.hpp"

#include "relay/base/task.hpp"
#include "relay/jobs/job_runner.hpp"
#include "relay/jobs/queue.hpp"
#include "relay/jobs/store.hpp"
#include "relay/jobs/withdraw_request.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/keypair.hpp"
#include "support/withdraw_bodies.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <exception>
#include <string>
#include <string_view>

namespace relay::test {

RelayProcess::RelayProcess(boost::asio::io_context& io, const solana::Keypair& payer,
                           jobs::JobStore& store, jobs::JobQueue& queue, rpc::SolanaRpc& rpc,
                           ProcessSettings settings)
    : writes_(io.get_executor(),
              [this](std::string_view task, const std::exception_ptr& failure) {
                  note_failure(task, failure);
              }),
      loops_(io.get_executor(),
             [this](std::string_view task, const std::exception_ptr& failure) {
                 note_failure(task, failure);
             }),
      claiming_(io.get_executor(),
                [this](std::string_view task, const std::exception_ptr& failure) {
                    note_failure(task, failure);
                }),
      jobs_(io.get_executor(),
            [this](std::string_view task, const std::exception_ptr& failure) {
                note_failure(task, failure);
            }),
      due_(io.get_executor()),
      job_metrics_(metrics_),
      ledger_(writes_, store),
      scheduler_(writes_, queue, due_),
      blockhashes_(io.get_executor(), rpc),
      monitor_(io.get_executor(),
               {.payer = payer.address(),
                .min_balance = settings.min_balance,
                .interval = std::chrono::milliseconds(10),
                .trial_interval = std::chrono::milliseconds(5)},
               rpc, blockhashes_, metrics_, due_),
      tracker_(writes_, rpc, settings.tracker),
      runner_({.ledger = ledger_,
               .scheduler = scheduler_,
               .rpc = rpc,
               .blockhashes = blockhashes_,
               .tracker = tracker_,
               .payer = payer,
               .monitor = monitor_,
               .metrics = job_metrics_},
              vector_rules(), settings.retries),
      worker_(settings.worker, jobs_, store, ledger_, scheduler_, monitor_, runner_, job_metrics_,
              due_),
      intake_(ledger_, scheduler_, settings.head_starts ? &worker_ : nullptr),
      reconciler_(settings.reconciler, store, scheduler_, metrics_, due_) {}

RelayProcess::~RelayProcess() = default;

void RelayProcess::note_failure(std::string_view task, const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const std::exception& error) {
        failures_.push_back(std::string(task) + ": " + error.what());
    }
}

void RelayProcess::start() {
    loops_.spawn("monitor", monitor_.run());
    loops_.spawn("tracker", tracker_.run());
    loops_.spawn("blockhashes", blockhashes_.run());
    loops_.spawn("reconciler", reconciler_.run());
    loops_.spawn("leases", worker_.keep_leases());
    claiming_.spawn("worker", worker_.run());
}

base::Task<void> RelayProcess::shut_down() {
    worker_.stop_claiming();
    co_await claiming_.join();
    jobs_.cancel();
    co_await jobs_.join();
    co_await worker_.release_claims();
    loops_.cancel();
    co_await loops_.join();
    co_await writes_.join();
}

base::Task<void> RelayProcess::die() {
    const auto executor = co_await boost::asio::this_coro::executor;
    while (claiming_.size() + jobs_.size() + loops_.size() + writes_.size() > 0) {
        claiming_.cancel();
        jobs_.cancel();
        loops_.cancel();
        co_await boost::asio::post(executor, boost::asio::use_awaitable);
    }
}

} // namespace relay::test
