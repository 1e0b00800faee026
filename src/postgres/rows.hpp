#pragma once
// Columns and rows of the ledger as the relay's values. Throws std::logic_error where a row holds
// what the relay never wrote.

#include "arrays.hpp"
#include "relay/base/encoding.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/signature.hpp"

#include <chrono>
#include <optional>
#include <pqxx/pqxx>
#include <string_view>
#include <vector>

namespace relay::postgres {

/// Throws: what stands in the ledger cannot have been written by it.
[[noreturn]] void corrupt(const char* what);

solana::Signature read_signature(std::string_view text);
/// From microseconds since 1970.
jobs::Timestamp read_timestamp(const pqxx::field& field);
std::optional<jobs::Timestamp> read_optional_timestamp(const pqxx::field& field);
/// From hex text.
base::Bytes read_bytes(const pqxx::field& hex);
/// From the hex text of 32 bytes.
solana::Hash read_hash(const pqxx::field& hex);
jobs::JobId read_id(const pqxx::field& field);
jobs::JobStatus read_status(const pqxx::field& field);
std::chrono::milliseconds read_milliseconds(const pqxx::field& field);

/// A parameter of type uuid[].
pqxx::binarystring id_array(const std::vector<jobs::JobId>& ids);

/// Columns of transactions.
struct TransactionArrays {
    TextArray signatures;
    ByteaArray wires;
    BigintArray heights;
    BigintArray slots;
    void add(const solana::SavedTransaction& transaction);
};

/// Rows as the claim statements return them.
std::vector<jobs::Job> read_jobs(const pqxx::result& rows);
/// A row as kNotFinal give_backs it.
jobs::Payment read_payment(const pqxx::row& row);
/// Columns as kViewColumns has them.
jobs::JobView read_view(const pqxx::row& row);

} // namespace relay::postgres
