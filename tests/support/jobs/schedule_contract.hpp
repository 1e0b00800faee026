#pragma once
// What every Schedule promises (see queue.hpp), as tests that run on the fake and on the real one.

#include "relay/base/task.hpp"
#include "relay/jobs/schedule.hpp"
#include "support/base/run_task.hpp"

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace relay::test {

/// A schedule of its own, empty at first, with two queues that share it as two processes would.
class QueueWorld {
  public:
    virtual ~QueueWorld() = default;
    virtual jobs::Schedule& schedule() = 0;
    virtual jobs::Schedule& other() = 0;
    /// Lets a moment of the queue's time pass.
    virtual void pass_a_moment() = 0;
};

struct QueueKind {
    std::string name;
    std::function<std::unique_ptr<QueueWorld>()> make;
    friend void PrintTo(const QueueKind& kind, std::ostream* out) { *out << kind.name; }
};

class ScheduleContract : public testing::TestWithParam<QueueKind> {
  protected:
    ScheduleContract() : world_(GetParam().make()) {}

    jobs::Schedule& schedule() { return world_->schedule(); }
    jobs::Schedule& other() { return world_->other(); }
    QueueWorld& world() { return *world_; }
    boost::asio::io_context& io() { return io_; }

    template <class T>
    T wait(base::Task<T> task) {
        return run_task(io_, std::move(task));
    }

  private:
    boost::asio::io_context io_;
    std::unique_ptr<QueueWorld> world_;
};

} // namespace relay::test
