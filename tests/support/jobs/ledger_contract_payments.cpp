// The contract's part on payments that may yet be taken back, and on what waits for a proof.
#include "relay/jobs/job.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/jobs/state_machine.hpp"
#include "relay/solana/units.hpp"
#include "support/jobs/jobs.hpp"
#include "support/jobs/ledger_contract.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace relay::test {

using jobs::Completion;
using jobs::Job;
using jobs::JobStatus;
using jobs::Payment;
using jobs::Reopening;

TEST_P(LedgerContract, APaymentThatIsNotFinalIsToldUntilItIsSettled) {
    insert(1, 2);
    const Job first = claim_one(1);
    ASSERT_TRUE(save(first, 1));
    const auto transaction = make_transaction(1);
    Completion early{{first.id, first.lease}, transaction.signature, {5}, /*final=*/false};
    ASSERT_TRUE(wait(ledger().complete({early})).at(0));
    ASSERT_TRUE(complete(claim_one(2), 2)); // final
    const auto payments = wait(other().not_final(10));
    ASSERT_EQ(payments.size(), 1U);
    EXPECT_EQ(payments[0].id, first.id);
    EXPECT_EQ(payments[0].signature, transaction.signature);
    EXPECT_EQ(payments[0].last_valid_block_height, transaction.last_valid_block_height);
    Payment unknown = payments[0];
    unknown.signature = make_signature(9);
    EXPECT_EQ(wait(ledger().settle({unknown})), std::vector<bool>{false});
    EXPECT_EQ(wait(ledger().settle({payments[0]})), std::vector<bool>{true});
    EXPECT_EQ(wait(other().settle({payments[0]})), std::vector<bool>{false}); // once
    EXPECT_TRUE(wait(ledger().not_final(10)).empty());
    EXPECT_EQ(view(1).status, JobStatus::Completed);
}

TEST_P(LedgerContract, AVanishedPaymentsJobIsQueuedAgainWithItsTransaction) {
    insert(1, 2);
    const Job job = claim_one(1);
    ASSERT_TRUE(save(job, 1));
    const auto signature = make_transaction(1).signature;
    Completion early{{job.id, job.lease}, signature, {5}, /*final=*/false};
    ASSERT_TRUE(wait(ledger().complete({early})).at(0));
    const Job settled = claim_one(2);
    ASSERT_TRUE(complete(settled, 2));
    const std::vector<Reopening> vanished = {
        {job.id, signature, {"payment_vanished", "why"}},
        {settled.id, make_signature(2), {"payment_vanished", "why"}}, // it was final
    };
    EXPECT_EQ(wait(ledger().reopen(vanished)), (std::vector<bool>{true, false}));
    EXPECT_EQ(wait(other().reopen(vanished)), (std::vector<bool>{false, false}));
    const auto reopened = view(1);
    EXPECT_EQ(reopened.status, JobStatus::Queued);
    EXPECT_FALSE(reopened.tx_id.has_value());
    EXPECT_FALSE(reopened.slot.has_value());
    EXPECT_FALSE(reopened.completed_at.has_value());
    EXPECT_EQ(reopened.error.value().code, "payment_vanished");
    const Job again = claim_one(1);
    EXPECT_EQ(again.transaction.value().signature, signature); // whose fate is asked first
    ASSERT_TRUE(complete(again, 7));                           // its nullifier is free
    EXPECT_EQ(view(1).tx_id, make_signature(7));
    EXPECT_EQ(view(2).status, JobStatus::Completed);
}

TEST_P(LedgerContract, CountsWhatWaitsForAProof) {
    insert(1, 3);
    EXPECT_EQ(wait(ledger().count()).unproven, 0U);
    jobs::GiveBack back;
    back.error = jobs::JobError{std::string(jobs::kProofOfExpiry), "why"};
    ASSERT_TRUE(give_back(claim_one(1), back));
    ASSERT_TRUE(give_back(claim_one(2)));
    EXPECT_EQ(wait(other().count()).unproven, 1U);
    ASSERT_TRUE(complete(claim_when_due(1), 1));
    EXPECT_EQ(wait(ledger().count()).unproven, 0U);
}

} // namespace relay::test
