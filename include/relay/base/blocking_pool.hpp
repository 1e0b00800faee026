#pragma once
// Threads for libraries that block. Each running call has a Session (a database connection, say)
// to itself; there are as many sessions as threads, made once and kept.
//
// A call that has begun cannot be cancelled: it must end by its own time limits. run() returns
// when the call has ended, also where the awaiting coroutine was cancelled meanwhile.

#include "relay/base/task.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <type_traits>
#include <utility>
#include <vector>

namespace relay::base {

template <class Session>
class BlockingPool {
  public:
    /// make_session is called `threads` times, here; it must not block.
    BlockingPool(std::size_t threads, const std::function<std::unique_ptr<Session>()>& make_session)
        : threads_(threads) {
        for (std::size_t index = 0; index < threads; ++index) {
            idle_.push_back(make_session());
        }
    }

    ~BlockingPool() { threads_.join(); }
    BlockingPool(const BlockingPool&) = delete;
    BlockingPool& operator=(const BlockingPool&) = delete;

    /// Runs work(session) on a thread of the pool and returns, or throws, what it did. The work
    /// holds values only and touches nothing of the io thread.
    template <class Work>
    Task<std::invoke_result_t<Work&, Session&>> run(Work work) {
        // The caller's cancellation stays here: on its way to the other thread it would race with
        // the call, and Asio ends the program where it arrives just as the call returns.
        co_return co_await boost::asio::co_spawn(
            threads_.get_executor(), call(std::move(work)),
            boost::asio::bind_cancellation_slot(boost::asio::cancellation_slot(),
                                                boost::asio::use_awaitable));
    }

  private:
    struct Borrowed {
        BlockingPool& pool;
        std::unique_ptr<Session> session;

        explicit Borrowed(BlockingPool& owner) : pool(owner) {
            const std::lock_guard lock(pool.mutex_);
            session = std::move(pool.idle_.back());
            pool.idle_.pop_back();
        }
        ~Borrowed() {
            const std::lock_guard lock(pool.mutex_);
            pool.idle_.push_back(std::move(session));
        }
        Borrowed(const Borrowed&) = delete;
        Borrowed& operator=(const Borrowed&) = delete;
    };

    template <class Work>
    Task<std::invoke_result_t<Work&, Session&>> call(Work work) {
        const Borrowed borrowed(*this);
        co_return work(*borrowed.session);
    }

    std::mutex mutex_;
    std::vector<std::unique_ptr<Session>> idle_;
    boost::asio::thread_pool threads_; // last: joined before the sessions go
};

} // namespace relay::base
