#include "rows.hpp"

#include "arrays.hpp"
#include "relay/base/encoding.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/observability/logging.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/solana/signature.hpp"
#include "relay/solana/transaction.hpp"
#include "relay/solana/units.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <pqxx/pqxx>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay::postgres {

void corrupt(const char* what) {
    throw std::logic_error(std::string("the ledger holds what the relay never wrote: ") + what);
}

solana::Signature read_signature(std::string_view text) {
    const auto signature = solana::Signature::parse(text);
    if (!signature) {
        corrupt("a signature");
    }
    return *signature;
}

namespace {

std::vector<solana::Signature> read_signatures(std::string_view list) {
    std::vector<solana::Signature> signatures;
    while (!list.empty()) {
        const auto comma = std::min(list.find(','), list.size());
        signatures.push_back(read_signature(list.substr(0, comma)));
        list.remove_prefix(std::min(comma + 1, list.size()));
    }
    return signatures;
}

} // namespace

jobs::Timestamp read_timestamp(const pqxx::field& field) {
    return jobs::Timestamp(std::chrono::microseconds(field.as<std::int64_t>()));
}

std::optional<jobs::Timestamp> read_optional_timestamp(const pqxx::field& field) {
    return field.is_null() ? std::nullopt : std::optional(read_timestamp(field));
}

base::Bytes read_bytes(const pqxx::field& hex) {
    const auto bytes = base::decode_hex(hex.c_str());
    if (!bytes) {
        corrupt("bytes");
    }
    return *bytes;
}

solana::Hash read_hash(const pqxx::field& hex) {
    solana::Hash hash{};
    if (!base::decode_hex(hex.c_str(), hash)) {
        corrupt("a nullifier");
    }
    return hash;
}

jobs::JobId read_id(const pqxx::field& field) {
    const auto id = jobs::JobId::parse(field.c_str());
    if (!id) {
        corrupt("a UUID");
    }
    return *id;
}

std::chrono::milliseconds read_milliseconds(const pqxx::field& field) {
    return std::chrono::milliseconds(field.as<std::int64_t>());
}

jobs::JobStatus read_status(const pqxx::field& field) {
    const auto status = jobs::parse_job_status(field.c_str());
    if (!status) {
        corrupt("a job status");
    }
    return *status;
}

pqxx::binarystring id_array(const std::vector<jobs::JobId>& ids) {
    UuidArray array;
    for (const auto& id : ids) {
        array.add(id.bytes);
    }
    return array.parameter();
}

void TransactionArrays::add(const solana::SavedTransaction& transaction) {
    signatures.add(transaction.signature.to_string());
    wires.add(transaction.wire);
    heights.add(static_cast<std::int64_t>(transaction.last_valid_block_height.value));
    if (transaction.blockhash_slot) {
        slots.add(static_cast<std::int64_t>(transaction.blockhash_slot->value));
    } else {
        slots.add_null();
    }
}

jobs::Job read_job(const pqxx::row& row) {
    jobs::Job job;
    job.id = read_id(row[0]);
    job.lease.token = read_id(row[1]).bytes;
    auto withdraw = solana::decode_withdraw(read_bytes(row[2]));
    if (!withdraw) {
        corrupt("an instruction");
    }
    job.withdraw = std::move(*withdraw);
    job.retry_count = row[3].as<int>();
    job.earlier_signatures = read_signatures(row[4].c_str());
    if (!row[5].is_null()) {
        if (job.earlier_signatures.empty()) {
            corrupt("a transaction without its signature");
        }
        job.transaction = solana::SavedTransaction{
            job.earlier_signatures.back(), read_bytes(row[5]),
            solana::BlockHeight{static_cast<std::uint64_t>(row[6].as<std::int64_t>())},
            row[10].is_null() ? std::nullopt
                              : std::optional(solana::Slot{
                                    static_cast<std::uint64_t>(row[10].as<std::int64_t>())}),
            std::chrono::steady_clock::now() - read_milliseconds(row[9])};
        job.earlier_signatures.pop_back();
    }
    job.transaction_refused = row[7].as<bool>();
    job.age = read_milliseconds(row[8]);
    job.retried = row[11].as<bool>();
    return job;
}

std::vector<jobs::Job> read_jobs(const pqxx::result& rows) {
    std::vector<jobs::Job> jobs;
    jobs.reserve(static_cast<std::size_t>(rows.size()));
    for (const auto& row : rows) {
        try {
            jobs.push_back(read_job(row));
        } catch (const std::exception& error) {
            // Its lease runs out, and this is said again: a person must look at the row.
            observability::log_error("row_unreadable",
                                     "a job's row cannot be read: it is left alone",
                                     {{"job", row[0].c_str()}, {"reason", error.what()}});
        }
    }
    return jobs;
}

jobs::Payment read_payment(const pqxx::row& row) {
    return {read_id(row[0]), read_signature(row[1].c_str()),
            solana::BlockHeight{static_cast<std::uint64_t>(row[2].as<std::int64_t>())},
            read_milliseconds(row[3])};
}

jobs::JobView read_view(const pqxx::row& row) {
    jobs::JobView view;
    view.id = read_id(row[0]);
    view.status = read_status(row[1]);
    if (!row[2].is_null()) {
        view.tx_id = read_signature(row[2].c_str());
        view.slot = solana::Slot{static_cast<std::uint64_t>(row[3].as<std::int64_t>())};
    }
    if (!row[4].is_null()) {
        view.error = jobs::JobError{row[4].c_str(), row[5].c_str()};
    }
    view.retry_count = row[6].as<int>();
    view.next_attempt_at = read_optional_timestamp(row[7]);
    view.created_at = read_timestamp(row[8]);
    view.started_at = read_optional_timestamp(row[9]);
    view.updated_at = read_timestamp(row[10]);
    view.completed_at = read_optional_timestamp(row[11]);
    view.due = row[12].as<bool>();
    return view;
}

} // namespace relay::postgres
