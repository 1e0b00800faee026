// Random histories of one job over many claims. A model knows what truly became of each
// transaction, offers only events that could happen, and checks every step against what must never
// happen.

#include "relay/jobs/job.hpp"
#include "relay/jobs/retry_policy.hpp"
#include "relay/jobs/state_machine.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/solana/transaction_error.hpp"
#include "support/jobs/jobs.hpp"
#include "support/jobs/steps.hpp"
#include "support/rpc/fake_chain.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace relay::jobs {
namespace {

using solana::TransactionError;

class History {
  public:
    explicit History(std::uint32_t seed) : random_(seed) {}

    /// Lives the job to its end, or for so many steps.
    void live(int steps) {
        while (!over_ && steps > 0) {
            auto event = claims_++ == 0 && chance(50) ? accept() : claim();
            while (event && !testing::Test::HasFailure() && steps-- > 0) {
                auto [attempt, step] = advance(attempt_, job_, *event, policy_);
                trace_ += "\n  " + std::string(test::describe(attempt.phase)) + ": " +
                          test::describe(step);
                attempt_ = attempt;
                event = std::visit([this](const auto& chosen) { return perform(chosen); }, step);
            }
            if (testing::Test::HasFailure()) {
                ADD_FAILURE() << trace_;
                return;
            }
        }
    }

    bool over() const { return over_; }

  private:
    /// What truly became of the newest transaction.
    struct Truth {
        bool sent = false; ///< it may have reached a leader
        bool dead = false; ///< it can never land
        bool landed = false;
        bool may_land() const { return sent && !dead; }
    };

    bool chance(unsigned percent) { return random_() % 100 < percent; }

    template <class... Events>
    Event any(Events... events) {
        const std::vector<Event> choices = {Event(std::move(events))...};
        return choices[random_() % choices.size()];
    }

    /// The job's first commit is its claim and its transaction's too.
    std::optional<Event> accept() {
        job_.transaction = test::make_transaction(1);
        row_saved_ = true;
        trace_ += "\n accepted with its transaction";
        return event::HeadStarted{};
    }

    std::optional<Event> claim() {
        attempt_ = {};
        job_.transaction_refused = std::exchange(row_refused_, false);
        job_.transaction = row_saved_ ? std::optional(test::make_transaction(1)) : std::nullopt;
        job_.earlier_signatures.resize(row_earlier_);
        job_.age += std::chrono::seconds(random_() % 100);
        trace_ += "\n claimed, retries " + std::to_string(job_.retry_count);
        event::Claimed claimed;
        if (chance(20)) {
            claimed.lack = JobError{"root_not_found", "not there"};
        }
        return claimed;
    }

    TransactionError some_error() {
        switch (random_() % 8) {
            case 0:
                return test::program_error(0x1010);
            case 1:
                return test::program_error(solana::kDoubleSpend);
            case 2: {
                auto error =
                    test::program_error(chance(50) ? solana::kRootNotFound : solana::kPoolShort);
                error.is_known_lack = chance(50);
                return error;
            }
            default:
                TransactionError error;
                error.kind = static_cast<TransactionError::Kind>(1 + random_() % 7);
                return error;
        }
    }

    /// One of the fates that the newest transaction can truly have now.
    Event fate(bool asked) {
        if (truth_.landed) {
            return landed();
        }
        if (truth_.may_land() && chance(20)) {
            truth_.landed = true;
            return landed();
        }
        if (truth_.may_land() && chance(20)) {
            truth_.dead = true;
            return event::FailedOnChain{some_error()};
        }
        if (chance(30)) {
            truth_.dead = true;
            return event::Expired{.taken_by_node = chance(50)};
        }
        if (chance(10)) {
            return event::Unproven{"not yet"};
        }
        if (asked && !truth_.dead && chance(70)) {
            return event::Live{};
        }
        return chance(90) ? Event(event::Outage{{"rpc_unavailable", "away"}})
                          : Event(event::LeaseLost{});
    }

    static Event landed() { return event::Landed{test::make_signature(1), {1}}; }

    std::optional<Event> perform(const step::Sign&) {
        EXPECT_FALSE(truth_.may_land()) << "signed anew while the last transaction may land";
        EXPECT_FALSE(truth_.landed);
        if (chance(10)) {
            return any(event::Outage{{"rpc_unavailable", "away"}}, event::LeaseLost{});
        }
        if (job_.transaction) {
            job_.earlier_signatures.push_back(job_.transaction->signature);
        }
        job_.transaction = test::make_transaction(1);
        signed_ = true;
        return event::Signed{};
    }

    std::optional<Event> perform(const step::Save&) {
        EXPECT_TRUE(signed_);
        const bool committed = chance(80);
        if (committed) {
            row_earlier_ += row_saved_ || row_dropped_ ? 1U : 0U;
            row_saved_ = true;
            row_dropped_ = false;
            truth_ = {};
            return chance(90) ? Event(event::Saved{}) : Event(event::LedgerAway{});
        }
        return any(event::LedgerAway{}, event::LeaseLost{});
    }

    std::optional<Event> perform(const step::Ask&) { return fate(/*asked=*/true); }

    std::optional<Event> perform(const step::Send&) {
        EXPECT_TRUE(row_saved_) << "sent what is not saved";
        EXPECT_FALSE(truth_.dead) << "sent what can never land";
        if (chance(50)) {
            truth_.sent = true;
            return event::Sent{.taken_by_node = chance(80)};
        }
        if (chance(10)) {
            truth_.sent = truth_.sent || chance(50);
            return event::LeaseLost{};
        }
        return any(event::PreflightFailed{some_error()}, event::Refused{"refused"});
    }

    std::optional<Event> perform(const step::Track&) {
        EXPECT_TRUE(row_saved_);
        EXPECT_FALSE(truth_.dead);
        truth_.sent = true; // the tracker sends it again, without a preflight
        return fate(/*asked=*/false);
    }

    std::optional<Event> perform(const step::SeekPayment&) {
        EXPECT_FALSE(truth_.may_land()) << "only what is not alive is sought";
        if (truth_.landed) {
            return landed();
        }
        return chance(70) ? Event(event::NoPayment{})
                          : any(event::Unproven{"not yet"},
                                event::Outage{{"rpc_unavailable", "away"}}, event::LeaseLost{});
    }

    std::optional<Event> perform(const step::Complete&) {
        EXPECT_TRUE(truth_.landed) << "completed with nothing landed";
        over_ = true;
        return std::nullopt;
    }

    std::optional<Event> perform(const step::GiveBack& back) {
        if (back.counts) {
            EXPECT_LT(job_.retry_count, policy_.max_retries);
            EXPECT_NE(back.error.code, "rpc_unavailable") << "an outage cost a retry";
            EXPECT_NE(back.error.code, "payer_unfunded") << "an outage cost a retry";
            EXPECT_NE(back.error.code, "rpc_refused") << "a refused call cost a retry";
            EXPECT_NE(back.error.code, kProofOfExpiry) << "waiting cost a retry";
            ++job_.retry_count;
        }
        give_back(back.keep);
        return std::nullopt;
    }

    std::optional<Event> perform(const step::Fail&) {
        EXPECT_FALSE(truth_.may_land()) << "failed while its transaction may land";
        EXPECT_FALSE(truth_.landed) << "failed though it was paid";
        over_ = true;
        return std::nullopt;
    }

    std::optional<Event> perform(const step::Abandon&) { return std::nullopt; }

    void give_back(KeepTransaction keep) {
        switch (keep) {
            case KeepTransaction::Keep:
                break;
            case KeepTransaction::KeepRefused:
                EXPECT_FALSE(truth_.sent) << "noted as never sent, but it was";
                row_refused_ = row_saved_;
                break;
            case KeepTransaction::Drop:
                EXPECT_FALSE(truth_.may_land()) << "dropped while it may land";
                EXPECT_FALSE(truth_.landed) << "dropped though it had landed";
                row_dropped_ = row_dropped_ || row_saved_;
                row_saved_ = false;
                break;
        }
    }

    std::mt19937 random_;
    RetryPolicy policy_{.max_retries = 2, .max_signatures = 2};
    int claims_ = 0;
    Attempt attempt_;
    Job job_;
    Truth truth_;
    bool row_saved_ = false;
    bool row_dropped_ = false; // a signature stands in the row without its transaction
    bool row_refused_ = false;
    std::size_t row_earlier_ = 0;
    bool signed_ = false;
    bool over_ = false;
    std::string trace_;
};

TEST(StateMachineProperty, NoHistoryBreaksTheGuarantees) {
    int ended = 0;
    for (std::uint32_t seed = 1; seed <= 6'000 && !testing::Test::HasFailure(); ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        History history(seed);
        history.live(200);
        ended += history.over() ? 1 : 0;
    }
    EXPECT_GT(ended, 5'000); // the histories do get somewhere
}

} // namespace
} // namespace relay::jobs
