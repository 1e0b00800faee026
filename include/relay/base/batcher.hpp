#pragma once
// Turns single requests into batches without making any of them wait: what arrives while a batch
// is under way forms the next one, and a batch takes along what is ready in the same turn of the
// event loop. A lone request is a batch of one and leaves with that turn; a thousand share one
// statement and one commit.
//
// Errors: where the flush throws an Outage, every request of that batch gets it; no other batch
// does. Any other exception may be the doing of one request, so each is then flushed alone, and
// only the poisoned one gets it: a flush that threw must have done nothing, or what may be done
// twice. One that is cancelled fails its requests and is not repeated. Bound: requests wait in
// memory, one per waiting coroutine; callers bound those.

#include "relay/base/error.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/base/wake_up.hpp"

#include <algorithm>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/this_coro.hpp>
#include <cassert>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace relay::base {

template <class Request, class Outcome>
class Batcher {
  public:
    /// Answers each request, in the order given.
    using Flush = std::function<Task<std::vector<Outcome>>(std::vector<Request>)>;

    struct Limits {
        std::size_t largest_batch = 256;
        std::size_t batches_under_way = 1;
    };

    /// The group outlives the batcher, and is joined before the batcher dies. It is not cancelled
    /// where a flush must not be cut off.
    Batcher(TaskGroup& tasks, std::string name, Limits limits, Flush flush)
        : tasks_(tasks), name_(std::move(name)), limits_(limits), flush_(std::move(flush)) {}

    Task<Outcome> submit(Request request) {
        Waiting waiting{std::move(request), OneShot<Outcome>(tasks_.executor())};
        pending_.push_back(&waiting);
        const Departure departure{*this, waiting};
        start_drains();
        co_return co_await waiting.answer.get();
    }

    /// Requests that no batch has taken yet.
    std::size_t waiting() const { return pending_.size(); }

  private:
    struct Waiting {
        Request request;
        OneShot<Outcome> answer;
        bool answered = false;
    };

    /// Takes a request that was cancelled while it waited off the list it stands in.
    struct Departure {
        Batcher& batcher;
        Waiting& waiting;
        Departure(Batcher& owner, Waiting& request) : batcher(owner), waiting(request) {}
        ~Departure() {
            if (waiting.answered) {
                return;
            }
            std::erase(batcher.pending_, &waiting);
            for (auto* batch : batcher.flushing_) {
                std::replace(batch->begin(), batch->end(), &waiting,
                             static_cast<Waiting*>(nullptr));
            }
        }
        Departure(const Departure&) = delete;
        Departure& operator=(const Departure&) = delete;
    };

    using Batch = std::vector<Waiting*>;

    /// Keeps a batch listed while it is being flushed.
    struct Listing {
        Batcher& batcher;
        Batch& batch;
        Listing(Batcher& owner, Batch& listed) : batcher(owner), batch(listed) {
            batcher.flushing_.push_back(&batch);
        }
        ~Listing() { std::erase(batcher.flushing_, &batch); }
        Listing(const Listing&) = delete;
        Listing& operator=(const Listing&) = delete;
    };

    /// Each drain that has yet to take its requests will take a batch of them. So, with batches of
    /// 10 and two under way: of 25 requests in one turn the first starts a drain, the eleventh the
    /// second one, and the last five wait for whichever flush ends first.
    void start_drains() {
        while (under_way_ < limits_.batches_under_way &&
               pending_.size() > gathering_ * limits_.largest_batch) {
            ++under_way_;
            ++gathering_;
            tasks_.spawn(name_, drain());
        }
    }

    Task<void> drain() {
        co_await yield();
        --gathering_;
        while (!pending_.empty()) {
            const auto count = std::min(limits_.largest_batch, pending_.size());
            const auto end = pending_.begin() + static_cast<std::ptrdiff_t>(count);
            Batch batch(pending_.begin(), end);
            pending_.erase(pending_.begin(), end);
            const Listing listing{*this, batch};
            co_await flush_batch(batch);
        }
        --under_way_;
    }

    /// The batch is the caller's, which awaits this at once.
    // NOLINTNEXTLINE(cppcoreguidelines-avoid-reference-coroutine-parameters)
    Task<void> flush_batch(Batch& batch) {
        const auto cancellation = co_await boost::asio::this_coro::cancellation_state;
        std::exception_ptr failure;
        try {
            std::vector<Request> requests;
            requests.reserve(batch.size());
            for (const auto* waiting : batch) {
                requests.push_back(waiting->request);
            }
            auto outcomes = co_await flush_(std::move(requests));
            assert(outcomes.size() == batch.size());
            for (std::size_t index = 0; index < batch.size(); ++index) {
                if (batch[index] != nullptr) {
                    batch[index]->answered = true;
                    batch[index]->answer.set(std::move(outcomes[index]));
                }
            }
            co_return;
        } catch (const Outage&) {
            fail(batch, std::current_exception());
            co_return;
        } catch (...) {
            failure = std::current_exception();
        }
        if (batch.size() == 1 || cancellation.cancelled() != boost::asio::cancellation_type::none) {
            fail(batch, failure);
            co_return;
        }
        for (std::size_t index = 0; index < batch.size(); ++index) {
            if (batch[index] != nullptr) {
                Batch alone(1, batch[index]);
                const Listing listing{*this, alone};
                co_await flush_batch(alone);
            }
        }
    }

    static void fail(const Batch& batch, const std::exception_ptr& failure) {
        for (auto* waiting : batch) {
            if (waiting != nullptr) {
                waiting->answered = true;
                waiting->answer.fail(failure);
            }
        }
    }

    TaskGroup& tasks_;
    std::string name_;
    Limits limits_;
    Flush flush_;
    std::deque<Waiting*> pending_;
    std::vector<Batch*> flushing_;
    std::size_t under_way_ = 0;
    /// How many batches under way have not taken their requests yet.
    std::size_t gathering_ = 0;
};

} // namespace relay::base
