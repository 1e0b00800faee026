#include "relay/base/batcher.hpp"

#include "relay/base/clock.hpp"
#include "relay/base/error.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/base/wake_up.hpp"
#include "support/base/run_task.hpp"

#include <gtest/gtest.h>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <cstddef>
#include <deque>
#include <exception>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay::base {
namespace {

using test::run_ready;
using test::run_task;

using Numbers = std::vector<int>;
using TestBatcher = Batcher<int, std::string>;

constexpr int kPoison = 13;

class BatcherTest : public testing::Test {
  protected:
    ~BatcherTest() override {
        for (auto& flush : flushes_) {
            flush.answer.notify();
        }
        run_task(io_, requests_.join());
        run_task(io_, group_.join());
    }

    struct Flush {
        Numbers requests;
        WakeUp answer;
        bool fails = false;
        Flush(Numbers numbers, const boost::asio::any_io_executor& executor)
            : requests(std::move(numbers)), answer(executor) {}
    };

    static Task<std::vector<std::string>> flush(BatcherTest* test, Numbers requests) {
        auto& flush = test->flushes_.emplace_back(std::move(requests), test->io_.get_executor());
        co_await flush.answer.wait();
        if (flush.fails) {
            throw Outage("the flush failed");
        }
        if (std::ranges::find(flush.requests, kPoison) != flush.requests.end()) {
            throw std::runtime_error("poisoned");
        }
        std::vector<std::string> outcomes;
        for (const int number : flush.requests) {
            outcomes.push_back("answer " + std::to_string(number));
        }
        co_return outcomes;
    }

    static Task<void> request(BatcherTest* test, int number) {
        std::string outcome;
        try {
            outcome = co_await test->batcher_.submit(number);
        } catch (const boost::system::system_error&) {
            throw; // cancelled
        } catch (const std::runtime_error& error) {
            outcome = error.what();
        }
        test->answers_[number] = outcome;
    }

    static Task<void> submit_to(TestBatcher* batcher, int number) {
        co_await batcher->submit(number);
    }

    void submit(int number) {
        requests_.spawn("request", request(this, number));
        run_ready(io_);
    }

    void answer(std::size_t flush) {
        flushes_.at(flush).answer.notify();
        run_ready(io_);
    }

    boost::asio::io_context io_;
    SteadyClock clock_{io_.get_executor()};
    TaskGroup group_{clock_, [](std::string_view, const std::exception_ptr&) { ADD_FAILURE(); }};
    TaskGroup requests_{clock_, [](std::string_view, const std::exception_ptr&) { ADD_FAILURE(); }};
    std::deque<Flush> flushes_;
    std::map<int, std::string> answers_;
    TestBatcher batcher_{group_, "test", {.largest_batch = 3}, [this](Numbers requests) {
                             return flush(this, std::move(requests));
                         }};
};

TEST_F(BatcherTest, ALoneRequestLeavesAtOnce) {
    submit(1);
    ASSERT_EQ(flushes_.size(), 1U);
    EXPECT_EQ(flushes_[0].requests, (Numbers{1}));
    answer(0);
    EXPECT_EQ(answers_, (std::map<int, std::string>{{1, "answer 1"}}));
    submit(2);
    ASSERT_EQ(flushes_.size(), 2U);
}

TEST_F(BatcherTest, WhatArrivesWhileABatchIsUnderWayFormsTheNext) {
    for (int number = 1; number <= 6; ++number) {
        submit(number);
    }
    ASSERT_EQ(flushes_.size(), 1U);
    answer(0);
    ASSERT_EQ(flushes_.size(), 2U);
    EXPECT_EQ(flushes_[1].requests, (Numbers{2, 3, 4})); // three are the most
    answer(1);
    ASSERT_EQ(flushes_.size(), 3U);
    EXPECT_EQ(flushes_[2].requests, (Numbers{5, 6}));
    answer(2);
    EXPECT_EQ(answers_.size(), 6U);
    EXPECT_EQ(answers_[5], "answer 5");
    EXPECT_EQ(group_.size(), 0U);
}

TEST_F(BatcherTest, WhatIsReadyInTheSameTurnLeavesTogether) {
    requests_.spawn("request", request(this, 1));
    requests_.spawn("request", request(this, 2));
    run_ready(io_);
    ASSERT_EQ(flushes_.size(), 1U);
    EXPECT_EQ(flushes_[0].requests, (Numbers{1, 2}));
}

TEST_F(BatcherTest, AFailureReachesItsOwnBatchOnly) {
    submit(1);
    submit(2);
    submit(3);
    answer(0);
    flushes_[1].fails = true;
    submit(4);
    answer(1);
    answer(2);
    EXPECT_EQ(answers_[1], "answer 1");
    EXPECT_EQ(answers_[2], "the flush failed");
    EXPECT_EQ(answers_[3], "the flush failed");
    EXPECT_EQ(answers_[4], "answer 4");
}

TEST_F(BatcherTest, APoisonedRequestFailsAlone) {
    submit(1);
    submit(2);
    submit(kPoison);
    submit(3);
    answer(0);
    EXPECT_EQ(flushes_.at(1).requests, (Numbers{2, kPoison, 3}));
    answer(1);
    answer(2);
    answer(3);
    ASSERT_EQ(flushes_.size(), 5U);
    EXPECT_EQ(flushes_[3].requests, (Numbers{kPoison}));
    answer(4);
    EXPECT_EQ(answers_,
              (std::map<int, std::string>{
                  {1, "answer 1"}, {2, "answer 2"}, {3, "answer 3"}, {kPoison, "poisoned"}}));
    EXPECT_EQ(group_.size(), 0U);
}

TEST_F(BatcherTest, ARequestCancelledBehindAPoisonedOneIsNotFlushedAgain) {
    submit(1);
    submit(kPoison);
    TaskGroup cancelled(clock_, [](std::string_view, const std::exception_ptr&) {});
    cancelled.spawn("request", request(this, 2));
    run_ready(io_);
    answer(0);
    answer(1); // the batch is poisoned; its first is being tried alone
    cancelled.cancel();
    run_task(io_, cancelled.join());
    answer(2);
    EXPECT_EQ(flushes_.size(), 3U);
    EXPECT_EQ(answers_[kPoison], "poisoned");
}

TEST_F(BatcherTest, ARequestCancelledWhileItWaitsIsNeverFlushed) {
    submit(1);
    TaskGroup cancelled(clock_, [](std::string_view, const std::exception_ptr&) {});
    cancelled.spawn("request", request(this, 2));
    run_ready(io_);
    submit(3);
    cancelled.cancel();
    run_task(io_, cancelled.join());
    answer(0);
    ASSERT_EQ(flushes_.size(), 2U);
    EXPECT_EQ(flushes_[1].requests, (Numbers{3}));
    answer(1);
    EXPECT_EQ(answers_.size(), 2U);
}

TEST_F(BatcherTest, ARequestCancelledInItsFlushLeavesItsNeighboursTheirAnswers) {
    submit(1);
    TaskGroup cancelled(clock_, [](std::string_view, const std::exception_ptr&) {});
    cancelled.spawn("request", request(this, 2));
    run_ready(io_);
    submit(3);
    answer(0);
    ASSERT_EQ(flushes_.size(), 2U);
    EXPECT_EQ(flushes_[1].requests, (Numbers{2, 3}));
    cancelled.cancel();
    run_task(io_, cancelled.join());
    answer(1);
    EXPECT_EQ(answers_, (std::map<int, std::string>{{1, "answer 1"}, {3, "answer 3"}}));
}

TEST_F(BatcherTest, SeveralBatchesMayBeUnderWay) {
    TestBatcher wide(group_, "wide", {.largest_batch = 10, .batches_under_way = 2},
                     [this](Numbers requests) { return flush(this, std::move(requests)); });
    for (int number = 1; number <= 4; ++number) {
        requests_.spawn("request", submit_to(&wide, number));
        run_ready(io_);
    }
    ASSERT_EQ(flushes_.size(), 2U);
    answer(1);
    ASSERT_EQ(flushes_.size(), 3U);
    EXPECT_EQ(flushes_[2].requests, (Numbers{3, 4}));
    answer(0);
    answer(2);
    run_task(io_, requests_.join());
}

TEST_F(BatcherTest, ManyLeaveInAsManyBatchesAsMayBeUnderWay) {
    TestBatcher wide(group_, "wide", {.largest_batch = 3, .batches_under_way = 3},
                     [this](Numbers requests) { return flush(this, std::move(requests)); });
    for (int number = 1; number <= 7; ++number) {
        requests_.spawn("request", submit_to(&wide, number));
    }
    run_ready(io_);
    ASSERT_EQ(flushes_.size(), 3U);
    EXPECT_EQ(flushes_[0].requests, (Numbers{1, 2, 3}));
    EXPECT_EQ(flushes_[1].requests, (Numbers{4, 5, 6}));
    EXPECT_EQ(flushes_[2].requests, (Numbers{7}));
    for (std::size_t index = 0; index < 3; ++index) {
        answer(index);
    }
    run_task(io_, requests_.join());
}

TEST_F(BatcherTest, AFlushThatIsCancelledFailsItsRequestsAndIsNotRepeated) {
    TaskGroup cancelled(clock_, [](std::string_view, const std::exception_ptr&) {});
    TestBatcher batcher(cancelled, "cancelled", {.largest_batch = 3},
                        [this](Numbers requests) { return flush(this, std::move(requests)); });
    struct Submit {
        static Task<void> to(TestBatcher* batcher, int* failed) {
            try {
                co_await batcher->submit(1);
            } catch (const boost::system::system_error&) {
                ++*failed;
            }
        }
    };
    int failed = 0;
    for (int number = 0; number < 2; ++number) {
        requests_.spawn("request", Submit::to(&batcher, &failed));
    }
    run_ready(io_);
    cancelled.cancel();
    run_task(io_, cancelled.join());
    run_task(io_, requests_.join());
    EXPECT_EQ(failed, 2);
    EXPECT_EQ(flushes_.size(), 1U);
}

} // namespace
} // namespace relay::base
