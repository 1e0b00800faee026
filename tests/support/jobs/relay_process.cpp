#include "support/jobs/relay_process.hpp"

#include "relay/base/clock.hpp"
#include "relay/base/task.hpp"
#include "relay/jobs/engine.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/jobs/schedule.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/keypair.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <exception>
#include <string>
#include <string_view>

namespace relay::test {

namespace {

jobs::Engine::Settings paid_by(jobs::Engine::Settings settings, const solana::Keypair& payer) {
    settings.chain.payer = payer.address();
    return settings;
}

} // namespace

RelayProcess::RelayProcess(base::Clock& clock, const solana::Keypair& payer, jobs::Ledger& ledger,
                           jobs::Schedule& schedule, rpc::SolanaRpc& rpc,
                           const jobs::Engine::Settings& settings)
    : groups_(clock, [this](std::string_view task,
                            const std::exception_ptr& failure) { note_failure(task, failure); }),
      engine_(groups_, paid_by(settings, payer), {clock, ledger, schedule, rpc, payer, metrics_}) {}

void RelayProcess::note_failure(std::string_view task, const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const std::exception& error) {
        failures_.push_back(std::string(task) + ": " + error.what());
    }
}

void RelayProcess::start() {
    engine_.start();
}

base::Task<void> RelayProcess::shut_down() {
    co_await engine_.end_jobs(std::chrono::milliseconds(0));
    co_await engine_.end_services();
}

base::Task<void> RelayProcess::die() {
    const auto executor = co_await boost::asio::this_coro::executor;
    const auto tasks = {&groups_.claiming, &groups_.jobs, &groups_.services, &groups_.writes};
    const auto any_left = [&tasks] {
        std::size_t left = 0;
        for (const auto* group : tasks) {
            left += group->size();
        }
        return left > 0;
    };
    while (any_left()) {
        groups_.claiming.cancel();
        groups_.jobs.cancel();
        groups_.services.cancel();
        co_await boost::asio::post(executor, boost::asio::use_awaitable);
    }
}

} // namespace relay::test
