#include "operator_rows.hpp"

#include "relay/jobs/fleet_state.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/operator_ledger.hpp"
#include "relay/solana/units.hpp"
#include "rows.hpp"

#include <cstdint>
#include <pqxx/pqxx>

namespace relay::postgres {

jobs::ListedJob read_listed(const pqxx::row& row) {
    jobs::ListedJob job;
    job.view = read_view(row);
    job.nullifier = read_hash(row[13]);
    job.retried_at = read_optional_timestamp(row[14]);
    job.discarded_at = read_optional_timestamp(row[15]);
    return job;
}

jobs::PastError read_past_error(const pqxx::row& row) {
    return {read_timestamp(row[0]), row[1].as<int>(),
            jobs::JobError{row[2].c_str(), row[3].c_str()}, row[4].c_str()};
}

jobs::SignedTransaction read_signed(const pqxx::row& row) {
    jobs::SignedTransaction transaction;
    transaction.signature = read_signature(row[0].c_str());
    transaction.signed_at = read_timestamp(row[1]);
    if (!row[2].is_null()) {
        transaction.last_valid_block_height =
            solana::BlockHeight{static_cast<std::uint64_t>(row[2].as<std::int64_t>())};
    }
    if (!row[3].is_null()) {
        transaction.blockhash_slot =
            solana::Slot{static_cast<std::uint64_t>(row[3].as<std::int64_t>())};
    }
    transaction.kept = row[4].as<bool>();
    return transaction;
}

jobs::Change read_change(const pqxx::row& row) {
    jobs::Change change;
    change.number = row[0].as<std::int64_t>();
    change.at = read_timestamp(row[1]);
    change.who = row[2].c_str();
    change.action = row[3].c_str();
    if (!row[4].is_null()) {
        change.job = read_id(row[4]);
    }
    change.reason = row[5].c_str();
    change.until = read_optional_timestamp(row[6]);
    return change;
}

jobs::FleetState read_fleet_state(const pqxx::row& row) {
    const auto mode = jobs::parse_fleet_mode(row[0].c_str());
    if (!mode) {
        corrupt("a fleet's mode");
    }
    return {*mode, row[1].c_str(), read_optional_timestamp(row[2])};
}

} // namespace relay::postgres
