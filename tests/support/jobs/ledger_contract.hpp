#pragma once
// What every Ledger promises (see store.hpp), as tests that run on the fake and on the real one.
// Instantiate LedgerContract with a maker of worlds.

#include "relay/base/task.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/jobs/retention_ledger.hpp"
#include "support/base/run_task.hpp"

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace relay::test {

/// A ledger of its own, empty at first, with two stores that share it as two processes would.
class StoreWorld {
  public:
    virtual ~StoreWorld() = default;
    virtual jobs::Ledger& ledger() = 0;
    virtual jobs::Ledger& other() = 0;
    /// Takes the job's row away as an archiver does; its spent nullifier stays.
    virtual void archive(jobs::JobId id) = 0;
    virtual jobs::RetentionLedger& retention() = 0;
    /// All that became of the job, but for when it is due, becomes a day older.
    virtual void age(jobs::JobId id) = 0;
    /// Lets a moment of the store's time pass.
    virtual void pass_a_moment() = 0;
};

struct StoreKind {
    std::string name;
    std::function<std::unique_ptr<StoreWorld>()> make;
    friend void PrintTo(const StoreKind& kind, std::ostream* out) { *out << kind.name; }
};

class LedgerContract : public testing::TestWithParam<StoreKind> {
  protected:
    static constexpr std::chrono::milliseconds kLease{60'000};
    static constexpr std::chrono::milliseconds kTinyLease{2};

    static std::vector<jobs::JobId> ids(std::uint32_t first, std::uint32_t last);
    static jobs::JobError some_error();

    LedgerContract() : world_(GetParam().make()) {}

    jobs::Ledger& ledger() { return world_->ledger(); }
    jobs::Ledger& other() { return world_->other(); }
    StoreWorld& world() { return *world_; }

    template <class T>
    T wait(base::Task<T> task) {
        return run_task(io_, std::move(task));
    }

    boost::asio::io_context& io() { return io_; }

    void insert(std::uint32_t first, std::uint32_t last);
    jobs::Job claim_one(std::uint32_t number, std::chrono::milliseconds lease = kLease);
    /// Claims again and again until the job is due and free; fails the test after a while.
    jobs::Job claim_when_due(std::uint32_t number, std::chrono::milliseconds lease = kLease);
    jobs::JobView view(std::uint32_t number);
    bool save(const jobs::Job& job, std::uint32_t transaction);
    bool give_back(const jobs::Job& job, jobs::GiveBack back = {});
    bool complete(const jobs::Job& job, std::uint32_t signature);
    bool fail(const jobs::Job& job);

  private:
    boost::asio::io_context io_;
    std::unique_ptr<StoreWorld> world_;
};

} // namespace relay::test
