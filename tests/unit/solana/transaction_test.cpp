#include "relay/solana/transaction.hpp"

#include "relay/base/encoding.hpp"
#include "relay/solana/keypair.hpp"
#include "relay/solana/pubkey.hpp"
#include "support/base/vectors.hpp"
#include "support/solana/keys.hpp"
#include "support/solana/relay_keypair.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace relay::solana {
namespace {

std::vector<Instruction> instructions_of(const nlohmann::json& known) {
    std::vector<Instruction> instructions;
    for (const nlohmann::json& entry : known.at("instructions")) {
        Instruction& instruction = instructions.emplace_back();
        instruction.program = test::address_of(entry.at("program").get<std::string>());
        instruction.data = test::bytes_of_hex(entry.at("data_hex").get<std::string>());
        for (const nlohmann::json& account : entry.at("accounts")) {
            instruction.accounts.push_back(
                {.address = test::address_of(account.at("address").get<std::string>()),
                 .signer = account.at("signer").get<bool>(),
                 .writable = account.at("writable").get<bool>()});
        }
    }
    return instructions;
}

TEST(Transaction, Vectors) {
    const Keypair payer = test::load_relay_keypair();
    const nlohmann::json& vectors = test::load_vectors("transactions.json");
    ASSERT_EQ(payer.address().to_string(), vectors.at("payer").get<std::string>());
    for (const nlohmann::json& known : vectors.at("transactions")) {
        SCOPED_TRACE(known.at("name").get<std::string>());
        const std::vector<Instruction> instructions = instructions_of(known);
        const Hash blockhash = test::hash_of_hex(known.at("blockhash_hex").get<std::string>());

        const SignedTransaction transaction = sign_transaction(payer, instructions, blockhash);

        EXPECT_EQ(base::encode_hex(encode_message(payer.address(), instructions, blockhash)),
                  known.at("message_hex").get<std::string>());
        EXPECT_EQ(transaction.signature.to_string(), known.at("signature").get<std::string>());
        EXPECT_EQ(base::encode_hex(transaction.wire), known.at("wire_hex").get<std::string>());
        EXPECT_EQ(transaction_size(payer.address(), instructions),
                  known.at("size").get<std::size_t>());
    }
}

TEST(Transaction, TellsWhichAccountStandsWhere) {
    const Keypair payer = test::load_relay_keypair();
    const Pubkey other{{9}};
    const Instruction pays{.program = Pubkey{{7}}, .accounts = {{other, false, true}}, .data = {1}};
    const auto wire = sign_transaction(payer, std::span(&pays, 1), Hash{}).wire;
    EXPECT_EQ(account_at(wire, 0), payer.address());
    EXPECT_EQ(account_at(wire, 1), other);
    EXPECT_EQ(account_at(wire, 2), pays.program);
    EXPECT_FALSE(account_at(wire, 3).has_value());
    EXPECT_FALSE(account_at(base::ByteView(wire).first(80), 0).has_value());
    EXPECT_FALSE(account_at({}, 0).has_value());
}

TEST(Transaction, SizeCountsBeyondTheLimit) {
    const Instruction instruction{.program = Pubkey{{1}}, .accounts = {}, .data = {}};
    const auto size_with = [&](std::size_t data_bytes) {
        Instruction longer = instruction;
        longer.data.resize(data_bytes);
        return transaction_size(Pubkey{{2}}, std::vector{longer});
    };
    const std::size_t overhead = size_with(200) - 200;
    EXPECT_EQ(size_with(kMaxTransactionBytes - overhead), kMaxTransactionBytes);
    EXPECT_EQ(size_with(kMaxTransactionBytes - overhead + 1), kMaxTransactionBytes + 1);
}

} // namespace
} // namespace relay::solana
