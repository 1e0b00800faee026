// bench_ledger: what a job costs in the ledger. Takes jobs through their life (insert, claim, save,
// complete) with the relay's own ledger, so many a batch and one batch at a time, and prints the
// microseconds a job of each step as one line of JSON. The database is given by its URL, migrated
// if need be, and left with the jobs in it.

#include "relay/postgres/ledger.hpp"
#include "relay/base/task.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/postgres/migrations.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/solana/signature.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <iostream>
#include <nlohmann/json.hpp>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace relay::bench {

namespace {

using Clock = std::chrono::steady_clock;

/// A withdraw's transaction of two outputs takes so many bytes.
constexpr std::size_t kWireBytes = 900;
constexpr std::chrono::milliseconds kLease{60'000};

struct Options {
    std::string database;
    std::size_t count = 4'096;
    std::size_t batch = 64;
};

class Lives {
  public:
    explicit Lives(Options options)
        : options_(std::move(options)),
          ledger_(postgres::make_ledger({.url = options_.database, .connections = 1})) {}

    base::Task<void> run() {
        co_await ledger_->count(); // connects, before the clock runs
        for (std::size_t done = 0; done < options_.count; done += options_.batch) {
            co_await run_batch(std::min(options_.batch, options_.count - done));
        }
    }

    nlohmann::json report() const {
        const auto microseconds = [&](Clock::duration spent) {
            return std::chrono::duration<double, std::micro>(spent).count() /
                   static_cast<double>(options_.count);
        };
        return {{"batch", options_.batch},
                {"insert_us", microseconds(insert_)},
                {"claim_us", microseconds(claim_)},
                {"save_us", microseconds(save_)},
                {"complete_us", microseconds(complete_)}};
    }

  private:
    base::Task<void> run_batch(std::size_t size) {
        auto fresh = make_jobs(size);
        std::vector<jobs::JobId> ids;
        for (const auto& job : fresh) {
            ids.push_back(job.id);
        }
        const auto start = Clock::now();
        co_await ledger_->insert(std::move(fresh));
        const auto inserted = Clock::now();
        const auto claimed_jobs = co_await ledger_->claim(std::move(ids), kLease);
        const auto claimed = Clock::now();
        require(claimed_jobs.size() == size, "claimed");
        auto writes = make_transactions(claimed_jobs);
        auto completions = make_completions(writes);
        const auto signed_at = Clock::now();
        const auto kept = co_await ledger_->save_transactions(std::move(writes));
        const auto saved = Clock::now();
        const auto written = co_await ledger_->complete(std::move(completions));
        const auto completed = Clock::now();
        require(std::ranges::count(kept, true) == std::ssize(kept), "saved");
        require(std::ranges::count(written, true) == std::ssize(written), "completed");
        insert_ += inserted - start;
        claim_ += claimed - inserted;
        save_ += saved - signed_at;
        complete_ += completed - saved;
    }

    static void require(bool holds, const char* step) {
        if (!holds) {
            throw std::runtime_error(std::string("not every job could be ") + step);
        }
    }

    template <class Array>
    Array random_bytes() {
        Array bytes{};
        std::ranges::generate(bytes, [this] { return static_cast<std::uint8_t>(random_()); });
        return bytes;
    }

    std::vector<jobs::NewJob> make_jobs(std::size_t size) {
        std::vector<jobs::NewJob> made(size);
        for (auto& job : made) {
            job.id = jobs::JobId::make(std::chrono::system_clock::now());
            job.withdraw.nullifier = random_bytes<solana::Hash>();
            job.withdraw.outputs.resize(2);
        }
        return made;
    }

    std::vector<jobs::TransactionWrite> make_transactions(const std::vector<jobs::Job>& claimed) {
        std::vector<jobs::TransactionWrite> writes;
        for (const auto& job : claimed) {
            solana::SavedTransaction transaction;
            transaction.signature.bytes = random_bytes<decltype(solana::Signature::bytes)>();
            transaction.wire.assign(kWireBytes, 0x5a);
            writes.push_back({{job.id, job.lease}, std::move(transaction)});
        }
        return writes;
    }

    static std::vector<jobs::Completion> make_completions(
        const std::vector<jobs::TransactionWrite>& writes) {
        std::vector<jobs::Completion> completions;
        for (const auto& write : writes) {
            completions.push_back({write.claim, write.transaction.signature, solana::Slot{1}});
        }
        return completions;
    }

    Options options_;
    std::unique_ptr<jobs::Ledger> ledger_;
    std::mt19937_64 random_{std::random_device{}()};
    Clock::duration insert_{};
    Clock::duration claim_{};
    Clock::duration save_{};
    Clock::duration complete_{};
};

} // namespace

} // namespace relay::bench

int main(int count, char** arguments) {
    relay::bench::Options options;
    CLI::App app{"Takes jobs through their life in a ledger"};
    app.add_option("--database", options.database)->required();
    app.add_option("--count", options.count);
    app.add_option("--batch", options.batch)->check(CLI::PositiveNumber);
    CLI11_PARSE(app, count, arguments);
    relay::postgres::migrate({.url = options.database});
    relay::bench::Lives lives(std::move(options));
    boost::asio::io_context io{1};
    boost::asio::co_spawn(io, lives.run(), [](const std::exception_ptr& failure) {
        if (failure) {
            std::rethrow_exception(failure);
        }
    });
    io.run();
    std::cout << lives.report() << '\n';
}
