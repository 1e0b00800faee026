#include "support/jobs.hpp"

#include "relay/jobs/job.hpp"
#include "relay/jobs/store.hpp"
#include "relay/rpc/confirmation.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/solana/signature.hpp"

#include <cstddef>
#include <cstdint>

namespace relay::test {

namespace {

/// The number's four bytes, greatest first, after a mark.
void write_number(auto& bytes, std::uint8_t mark, std::uint32_t number) {
    bytes[0] = mark;
    for (std::size_t index = 0; index < 4; ++index) {
        bytes[1 + index] = static_cast<std::uint8_t>(number >> (24 - 8 * index));
    }
}

} // namespace

solana::Withdraw make_withdraw(std::uint32_t number) {
    solana::Withdraw withdraw;
    write_number(withdraw.root, 0x40, number);
    write_number(withdraw.nullifier, 0x4e, number);
    withdraw.amount = {1'000'000'000};
    withdraw.outputs = {{.recipient = {{9, 9, 9}}, .amount = {992'500'000}}};
    withdraw.outputs_hash = solana::hash_outputs(withdraw.outputs);
    return withdraw;
}

jobs::JobId make_job_id(std::uint32_t number) {
    jobs::JobId id;
    write_number(id.bytes, 0x01, number);
    return id;
}

jobs::NewJob make_new_job(std::uint32_t number) {
    return {make_job_id(number), make_withdraw(number)};
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
