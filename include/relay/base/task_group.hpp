#pragma once
// The one owner of background coroutines: names them, reports what escapes them, cancels them and
// waits for their end. Nothing in the relay is spawned elsewhere, and nothing is detached.
// REQUIRES: joined before destruction; used on the io thread only.

#include "relay/base/clock.hpp"
#include "relay/base/task.hpp"
#include "relay/base/wake_up.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <list>
#include <string>
#include <string_view>

namespace relay::base {

class TaskGroup {
  public:
    /// Told of a task that ended by an exception other than its cancellation.
    using OnFailure = std::function<void(std::string_view task, std::exception_ptr failure)>;

    /// The clock outlives the group; its executor runs the tasks.
    TaskGroup(Clock& clock, OnFailure on_failure);
    ~TaskGroup();
    TaskGroup(const TaskGroup&) = delete;
    TaskGroup& operator=(const TaskGroup&) = delete;

    /// The task's parameters must be values, or references to what outlives the group.
    void spawn(std::string name, Task<void> task);

    /// A loop that must go on: where it ends by an exception, that is told, and a pause later it is
    /// started again. Ends by cancellation, or where the loop returns.
    void spawn_loop(std::string name, std::function<Task<void>()> loop,
                    std::chrono::milliseconds pause = std::chrono::seconds(1));

    /// Asks every running task to end; those spawned later run on.
    void cancel();
    /// Returns when no task is left. Cancels nothing by itself.
    Task<void> join();
    /// As join(), for so long at most. Whether no task is left.
    Task<bool> join_within(std::chrono::milliseconds limit);

    std::size_t size() const { return running_.size(); }
    Clock& clock() { return clock_; }
    const boost::asio::any_io_executor& executor() const { return clock_.executor(); }

  private:
    struct Running {
        std::string name;
        boost::asio::cancellation_signal cancellation;
        bool begun = false;
        /// Before it had begun: it then never does.
        bool cancelled = false;
    };

    Task<void> begin(std::list<Running>::iterator entry, Task<void> task);
    Task<void> keep_running(std::string name, std::function<Task<void>()> loop,
                            std::chrono::milliseconds pause);
    void ended(std::list<Running>::iterator task, const std::exception_ptr& failure);

    Clock& clock_;
    OnFailure on_failure_;
    std::list<Running> running_;
    WakeUp empty_;
};

} // namespace relay::base
