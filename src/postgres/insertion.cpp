#include "insertion.hpp"

#include "arrays.hpp"
#include "relay/base/encoding.hpp"
#include "relay/base/error.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/solana/shield_pool.hpp"
#include "rows.hpp"
#include "statements.hpp"

#include <map>
#include <optional>
#include <pqxx/pqxx>
#include <set>
#include <utility>
#include <vector>

namespace relay::postgres {

namespace {

pqxx::result insert_rows(pqxx::transaction_base& transaction,
                         const std::vector<jobs::NewJob>& jobs) {
    UuidArray ids;
    ByteaArray nullifiers;
    ByteaArray instructions;
    UuidArray leases;
    BigintArray lease_times;
    UuidArray signed_ids;
    TransactionArrays transactions;
    for (const auto& job : jobs) {
        ids.add(job.id.bytes);
        nullifiers.add(job.withdraw.nullifier);
        instructions.add(solana::encode_withdraw(job.withdraw));
        if (job.head_start) {
            leases.add(job.head_start->lease.token);
            lease_times.add(job.head_start->lease_time.count());
            signed_ids.add(job.id.bytes);
            transactions.add(job.head_start->transaction);
        } else {
            leases.add_null();
            lease_times.add_null();
        }
    }
    return transaction.exec_prepared(
        sql::kInsert.name, ids.parameter(), nullifiers.parameter(), instructions.parameter(),
        leases.parameter(), lease_times.parameter(), signed_ids.parameter(),
        transactions.signatures.parameter(), transactions.wires.parameter(),
        transactions.heights.parameter(), transactions.slots.parameter());
}

jobs::InsertOutcome accepted(const jobs::NewJob& job) {
    return {jobs::InsertOutcome::Kind::Accepted, job.id,
            job.head_start ? jobs::JobStatus::Processing : jobs::JobStatus::Queued};
}

/// Who holds the nullifier of a job that was not inserted.
struct Holder {
    jobs::JobId id;
    jobs::JobStatus status = jobs::JobStatus::Completed;
    /// It is the same withdraw: its public inputs are.
    bool is_same = false;
};

/// By the job that was not inserted.
std::map<jobs::JobId, Holder> find_holders(pqxx::transaction_base& transaction,
                                           const std::vector<jobs::NewJob>& jobs) {
    UuidArray ids;
    ByteaArray nullifiers;
    ByteaArray public_inputs;
    for (const auto& job : jobs) {
        ids.add(job.id.bytes);
        nullifiers.add(job.withdraw.nullifier);
        public_inputs.add(solana::public_inputs(job.withdraw));
    }
    std::map<jobs::JobId, Holder> holders;
    for (const auto& row :
         transaction.exec_prepared(sql::kFindHolders.name, ids.parameter(), nullifiers.parameter(),
                                   public_inputs.parameter())) {
        Holder holder{read_id(row[1]), jobs::JobStatus::Completed, row[3].as<bool>()};
        if (!row[2].is_null()) { // else the row was removed, and the spent nullifier remains
            holder.status = read_status(row[2]);
        }
        holders.emplace(read_id(row[0]), holder);
    }
    return holders;
}

jobs::InsertOutcome outcome_against(const jobs::NewJob& job, const Holder& holder) {
    if (holder.id == job.id) { // an earlier try of ours, whose answer was lost, had succeeded
        return accepted(job);
    }
    return {
        holder.is_same ? jobs::InsertOutcome::Kind::Duplicate : jobs::InsertOutcome::Kind::Conflict,
        holder.id, holder.status};
}

} // namespace

std::vector<jobs::InsertOutcome> insert_jobs(pqxx::connection& connection,
                                             const std::vector<jobs::NewJob>& jobs) {
    // Each statement commits by itself: the answer must see what committed before it.
    pqxx::nontransaction transaction(connection);
    std::map<jobs::JobId, jobs::InsertOutcome> outcomes;
    auto left = jobs;
    for (int round = 0; !left.empty(); ++round) {
        if (round == 3) {
            throw base::Outage("postgres: nullifiers change hands faster than they can be read");
        }
        std::set<jobs::JobId> inserted;
        for (const auto& row : insert_rows(transaction, left)) {
            inserted.insert(read_id(row[0]));
        }
        std::erase_if(left, [&](const jobs::NewJob& job) {
            if (inserted.contains(job.id)) {
                outcomes[job.id] = accepted(job);
            }
            return inserted.contains(job.id);
        });
        if (left.empty()) {
            break;
        }
        const auto holders = find_holders(transaction, left);
        // A job without a holder lost to one that has failed since: its turn comes again.
        std::erase_if(left, [&](const jobs::NewJob& job) {
            const auto holder = holders.find(job.id);
            if (holder != holders.end()) {
                outcomes[job.id] = outcome_against(job, holder->second);
            }
            return holder != holders.end();
        });
    }
    std::vector<jobs::InsertOutcome> answers;
    answers.reserve(jobs.size());
    for (const auto& job : jobs) {
        answers.push_back(outcomes.at(job.id));
    }
    return answers;
}

std::vector<std::optional<jobs::InsertOutcome>> find_nullifier_holders(
    pqxx::connection& connection, const std::vector<jobs::NewJob>& jobs) {
    pqxx::nontransaction transaction(connection);
    const auto holders = find_holders(transaction, jobs);
    std::vector<std::optional<jobs::InsertOutcome>> answers;
    answers.reserve(jobs.size());
    for (const auto& job : jobs) {
        const auto holder = holders.find(job.id);
        answers.push_back(holder == holders.end()
                              ? std::nullopt
                              : std::optional(outcome_against(job, holder->second)));
    }
    return answers;
}

} // namespace relay::postgres
