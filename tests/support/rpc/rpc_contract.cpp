#include "support/rpc/rpc_contract.hpp"

#include "relay/rpc/rpc.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/solana/signature.hpp"
#include "relay/solana/transaction.hpp"
#include "relay/solana/transaction_error.hpp"
#include "support/solana/relay_keypair.hpp"
#include "support/solana/samples.hpp"

#include <gtest/gtest.h>
#include <array>
#include <cstdint>
#include <stdexcept>
#include <vector>

namespace relay::test {

using rpc::Preflight;
using rpc::Question;
using rpc::RpcError;
using Failure = solana::TransactionError::Kind;

solana::SavedTransaction RpcContract::make_refused(std::uint32_t number) {
    world().fail_proof_of(number);
    const auto latest = wait(rpc().latest_blockhash()).value();
    const auto accounts = solana::PoolAccounts::derive(world().program());
    const std::array instructions = {
        solana::set_compute_unit_limit(1'000'000), solana::set_compute_unit_price({1}),
        solana::withdraw_instruction(world().program(), accounts, make_withdraw(number))};
    auto transaction =
        solana::sign_transaction(load_relay_keypair(), instructions, latest.blockhash);
    return {.signature = transaction.signature,
            .wire = std::move(transaction.wire),
            .last_valid_block_height = latest.last_valid_block_height,
            .blockhash_slot = latest.slot};
}

rpc::SignatureStatus RpcContract::await_status(const solana::Signature& signature) {
    for (int turn = 0; turn < 500; ++turn) {
        world().pass_a_block();
        std::vector asked = {signature};
        const auto report = wait(rpc().signature_statuses(asked)).value();
        if (report.statuses.at(0)) {
            return *report.statuses.at(0);
        }
    }
    throw std::runtime_error("what was sent is in no block");
}

namespace {

Question question_of(const solana::SavedTransaction& transaction) {
    return {.signature = transaction.signature,
            .last_valid_block_height = transaction.last_valid_block_height,
            .blockhash_slot = transaction.blockhash_slot};
}

TEST_P(RpcContract, ABlockhashHasALifeBeforeIt) {
    const auto first = wait(rpc().latest_blockhash()).value();
    EXPECT_NE(first.blockhash, solana::Hash{});
    EXPECT_GT(first.last_valid_block_height.value, 0U);
    for (int turn = 0; turn < 3; ++turn) {
        world().pass_a_block();
    }
    const auto later = wait(rpc().latest_blockhash()).value();
    EXPECT_GE(later.last_valid_block_height, first.last_valid_block_height);
}

TEST_P(RpcContract, TellsTheRelaysBalance) {
    EXPECT_GT(wait(rpc().balance(load_relay_keypair().address())).value().value, 0U);
}

TEST_P(RpcContract, NothingIsKnownOfWhatWasNotSent) {
    const auto report =
        wait(rpc().signature_statuses({make_signature(1), make_signature(2)})).value();
    ASSERT_EQ(report.statuses.size(), 2U);
    EXPECT_FALSE(report.statuses[0]);
    EXPECT_FALSE(report.statuses[1]);
}

TEST_P(RpcContract, AsksAboutNoneAndAboutTheMost) {
    EXPECT_TRUE(wait(rpc().signature_statuses({})).value().statuses.empty());
    const std::vector most(rpc::kMaxSignaturesPerCall, make_signature(7));
    EXPECT_EQ(wait(rpc().signature_statuses(most)).value().statuses.size(), most.size());
}

TEST_P(RpcContract, APreflightTellsTheProgramsReason) {
    const auto refused = make_refused(11);
    const auto answer = wait(rpc().send(refused.wire, Preflight::Run));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, RpcError::Kind::PreflightFailed);
    ASSERT_TRUE(answer.error().transaction_error);
    EXPECT_EQ(answer.error().transaction_error->kind, Failure::Custom);
    EXPECT_EQ(solana::describe_program_error(answer.error().transaction_error->number).code,
              "proof_invalid");
    EXPECT_EQ(answer.error().transaction_error->instruction, 2U);
}

TEST_P(RpcContract, WhatFailsInItsPreflightIsNotSent) {
    const auto refused = make_refused(12);
    EXPECT_FALSE(wait(rpc().send(refused.wire, Preflight::Run)));
    for (int turn = 0; turn < 5; ++turn) {
        world().pass_a_block();
    }
    EXPECT_FALSE(wait(rpc().signature_statuses({refused.signature})).value().statuses.at(0));
}

TEST_P(RpcContract, WithoutAPreflightItsFailureIsInABlock) {
    const auto refused = make_refused(13);
    const auto taken = wait(rpc().send(refused.wire, Preflight::Skip));
    ASSERT_TRUE(taken) << taken.error().message;
    EXPECT_EQ(*taken, refused.signature);
    const auto status = await_status(refused.signature);
    ASSERT_TRUE(status.error);
    EXPECT_EQ(status.error->kind, Failure::Custom);
    EXPECT_EQ(solana::describe_program_error(status.error->number).code, "proof_invalid");
    EXPECT_GT(status.slot.value, 0U);
}

TEST_P(RpcContract, SentTwiceItIsInOneBlock) {
    const auto refused = make_refused(14);
    ASSERT_TRUE(wait(rpc().send(refused.wire, Preflight::Skip)));
    ASSERT_TRUE(wait(rpc().send(refused.wire, Preflight::Skip)));
    const auto slot = await_status(refused.signature).slot;
    EXPECT_TRUE(wait(rpc().send(refused.wire, Preflight::Skip)));
    world().pass_a_block();
    EXPECT_EQ(await_status(refused.signature).slot, slot);
}

TEST_P(RpcContract, NothingIsProvenAbsentWhileItCanLand) {
    const auto landed = make_refused(15);
    ASSERT_TRUE(wait(rpc().send(landed.wire, Preflight::Skip)));
    await_status(landed.signature);
    const auto unsent = make_refused(16);
    const auto findings = wait(rpc().look_into({question_of(unsent), question_of(landed)})).value();
    ASSERT_EQ(findings.size(), 2U); // in the order asked
    EXPECT_FALSE(findings[0].status);
    EXPECT_FALSE(findings[0].absent);
    EXPECT_FALSE(findings[0].overdue);
    EXPECT_FALSE(findings[0].missing.empty());
    ASSERT_TRUE(findings[1].status);
    EXPECT_TRUE(findings[1].status->error);
    EXPECT_FALSE(findings[1].absent);
}

} // namespace

} // namespace relay::test
