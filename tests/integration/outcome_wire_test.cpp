// How relays of one Postgres hear of each other's outcomes.

#include "relay/jobs/outcome_wire.hpp"

#include "integration/postgres_database.hpp"
#include "relay/base/clock.hpp"
#include "relay/base/error.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/jobs/job.hpp"
#include "relay/postgres/outcome_wire.hpp"
#include "support/base/run_task.hpp"
#include "support/jobs/jobs.hpp"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <iostream>
#include <memory>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay::test {
namespace {

class OutcomeWireTest : public testing::Test {
  protected:
    ~OutcomeWireTest() override {
        stop_.request_stop();
        run_task(io_, tasks_.join());
    }

    void listen() {
        tasks_.spawn("listen", listen_for(this));
        run_until(io_, [this] { return words_ > 0; });
    }

    static base::Task<void> listen_for(OutcomeWireTest* test) {
        const auto hear = [test](const std::vector<jobs::JobId>& ids) {
            ++test->words_;
            test->heard_.insert(ids.begin(), ids.end());
        };
        try {
            co_await test->listener_->listen(test->stop_.get_token(), hear);
        } catch (const base::Outage&) {
            test->lost_ = true;
        }
    }

    static std::vector<jobs::JobId> ids(std::uint32_t count) {
        std::vector<jobs::JobId> made;
        for (std::uint32_t number = 1; number <= count; ++number) {
            made.push_back(make_job_id(number));
        }
        return made;
    }

    boost::asio::io_context io_;
    base::SteadyClock clock_{io_.get_executor()};
    PostgresDatabase database_;
    std::unique_ptr<jobs::OutcomeWire> teller_ = postgres::make_outcome_wire(database_.settings());
    std::unique_ptr<jobs::OutcomeWire> listener_ =
        postgres::make_outcome_wire(database_.settings());
    base::TaskGroup tasks_{clock_,
                           [](std::string_view, const std::exception_ptr&) { ADD_FAILURE(); }};
    std::stop_source stop_;
    std::set<jobs::JobId> heard_;
    std::size_t words_ = 0;
    bool lost_ = false;
};

TEST_F(OutcomeWireTest, BringsWhatIsToldHoweverMuchItIs) {
    listen();
    run_task(io_, teller_->tell({make_job_id(1)}));
    run_until(io_, [this] { return heard_.size() == 1; });
    run_task(io_, teller_->tell(ids(1'000))); // of which a payload holds a quarter
    run_until(io_, [this] { return heard_.size() == 1'000; });
    database_.execute("NOTIFY relay_outcomes, 'not an id, whatever it may be'");
    run_task(io_, teller_->tell({make_job_id(1'001)}));
    run_until(io_, [this] { return heard_.size() == 1'001; });
}

TEST_F(OutcomeWireTest, SaysThatItWasLostAndListensAgain) {
    listen();
    database_.execute(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = '" +
        database_.name() + "' AND pid <> pg_backend_pid()");
    run_until(io_, [this] { return lost_; });
    words_ = 0;
    listen();
    run_task(io_, teller_->tell({make_job_id(1)}));
    run_until(io_, [this] { return heard_.size() == 1; });
}

TEST_F(OutcomeWireTest, EndsSoonAfterItIsAskedTo) {
    listen();
    const auto began = std::chrono::steady_clock::now();
    stop_.request_stop();
    run_task(io_, tasks_.join());
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(2));
    EXPECT_FALSE(lost_);
}

// For the record: what a word costs where nobody and where somebody listens.
TEST_F(OutcomeWireTest, AWordCostsLittle) {
    constexpr int kWords = 200;
    const auto measure = [this](const char* when) {
        const auto one = ids(1);
        run_task(io_, teller_->tell(one));
        const auto began = std::chrono::steady_clock::now();
        for (int word = 0; word < kWords; ++word) {
            run_task(io_, teller_->tell(one));
        }
        const std::chrono::duration<double, std::micro> taken =
            std::chrono::steady_clock::now() - began;
        std::cout << when << ": " << taken.count() / kWords << " us a word\n";
        EXPECT_LT(taken.count() / kWords, 50'000);
    };
    measure("nobody listens");
    listen();
    measure("somebody listens");
}

} // namespace
} // namespace relay::test
