#include "support/solana/samples.hpp"

#include "relay/solana/shield_pool.hpp"
#include "relay/solana/signature.hpp"
#include "relay/solana/transaction.hpp"
#include "relay/solana/units.hpp"
#include "support/base/vectors.hpp"
#include "support/solana/keys.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>

namespace relay::test {

solana::WithdrawPlan vector_plan() {
    const auto& vectors = load_vectors("withdraw_requests.json");
    const auto program = address_of(vectors.at("program").get<std::string>());
    return {.program = program, .accounts = solana::PoolAccounts::derive(program)};
}

solana::Withdraw make_withdraw(std::uint32_t number) {
    solana::Withdraw withdraw;
    write_number(withdraw.root, 0x40, number);
    write_number(withdraw.nullifier, 0x4e, number);
    withdraw.amount = {1'000'000'000};
    withdraw.outputs = {{.recipient = {{9, 9, 9}}, .amount = {992'500'000}}};
    withdraw.outputs_hash = solana::hash_outputs(withdraw.outputs);
    return withdraw;
}

solana::Signature make_signature(std::uint32_t number) {
    solana::Signature signature;
    write_number(signature.bytes, 0x51, number);
    return signature;
}

solana::SavedTransaction make_transaction(std::uint32_t number) {
    solana::SavedTransaction transaction;
    transaction.signature = make_signature(number);
    transaction.wire = {1, 2, 3, static_cast<std::uint8_t>(number)};
    transaction.last_valid_block_height = {1'000 + number};
    transaction.blockhash_slot = solana::Slot{5'000 + number};
    return transaction;
}

} // namespace relay::test
