#include "writes.hpp"

#include "arrays.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/ledger.hpp"
#include "rows.hpp"
#include "session.hpp"
#include "statements.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <pqxx/pqxx>
#include <string>
#include <utility>
#include <vector>

namespace relay::postgres {

namespace {

/// The two columns that name claims.
struct ClaimArrays {
    UuidArray ids;
    UuidArray leases;
    void add(const jobs::Claim& claim) {
        ids.add(claim.id.bytes);
        leases.add(claim.lease.token);
    }
};

const char* keep_text(jobs::KeepTransaction keep) {
    switch (keep) {
        case jobs::KeepTransaction::Keep:
            return "keep";
        case jobs::KeepTransaction::KeepRefused:
            return "keep_refused";
        case jobs::KeepTransaction::Drop:
            return "drop";
    }
    std::unreachable();
}

const jobs::JobId& id_of(const auto& write) {
    if constexpr (requires { write.claim; }) {
        return write.claim.id;
    } else {
        return write.id;
    }
}

/// The jobs of the batch that a statement's answer names.
class Answer {
  public:
    explicit Answer(const pqxx::result& rows) { add(rows); }

    void add(const pqxx::result& rows) {
        ids_.reserve(ids_.size() + static_cast<std::size_t>(rows.size()));
        for (const auto& row : rows) {
            ids_.push_back(read_id(row[0]));
        }
        std::ranges::sort(ids_);
    }

    bool names(const auto& write) const { return std::ranges::binary_search(ids_, id_of(write)); }

    std::vector<bool> of_each(const auto& writes) const {
        std::vector<bool> answers;
        answers.reserve(writes.size());
        for (const auto& write : writes) {
            answers.push_back(names(write));
        }
        return answers;
    }

  private:
    std::vector<jobs::JobId> ids_;
};

/// Adds those writes that had been made by an earlier try, whose answer was lost: their rows hold
/// the same text already. Asked only where the answer does not name all.
void add_made_before(Answer& answer, pqxx::transaction_base& transaction,
                     const PreparedStatement& statement, const auto& writes, auto text_of) {
    UuidArray ids;
    TextArray texts;
    bool any = false;
    for (const auto& write : writes) {
        if (!answer.names(write)) {
            ids.add(write.claim.id.bytes);
            texts.add(text_of(write));
            any = true;
        }
    }
    if (any) {
        answer.add(transaction.exec_prepared(statement.name, ids.parameter(), texts.parameter()));
    }
}

} // namespace

std::vector<bool> save_transactions(pqxx::connection& connection,
                                    const std::vector<jobs::TransactionWrite>& writes) {
    std::vector<const jobs::TransactionWrite*> ordered;
    ordered.reserve(writes.size());
    for (const auto& write : writes) {
        ordered.push_back(&write);
    }
    std::ranges::sort(ordered, {}, [](const auto* write) { return write->claim.id; });
    ClaimArrays claims;
    TransactionArrays transactions;
    for (const auto* write : ordered) {
        claims.add(write->claim);
        transactions.add(write->transaction);
    }
    pqxx::nontransaction transaction(connection);
    const Answer saved(transaction.exec_prepared(
        sql::kSaveTransactions.name, claims.ids.parameter(), claims.leases.parameter(),
        transactions.signatures.parameter(), transactions.wires.parameter(),
        transactions.heights.parameter(), transactions.slots.parameter()));
    return saved.of_each(writes);
}

std::vector<bool> renew_leases(pqxx::connection& connection, const std::vector<jobs::Claim>& claims,
                               std::chrono::milliseconds lease) {
    ClaimArrays arrays;
    for (const auto& claim : claims) {
        arrays.add(claim);
    }
    pqxx::nontransaction transaction(connection);
    const Answer renewed(transaction.exec_prepared(sql::kRenew.name, arrays.ids.parameter(),
                                                   arrays.leases.parameter(), lease.count()));
    return renewed.of_each(claims);
}

std::vector<bool> complete_jobs(pqxx::connection& connection,
                                const std::vector<jobs::Completion>& completions) {
    ClaimArrays claims;
    TextArray signatures;
    BigintArray slots;
    BooleanArray finals;
    for (const auto& completion : completions) {
        claims.add(completion.claim);
        signatures.add(completion.signature.to_string());
        slots.add(static_cast<std::int64_t>(completion.slot.value));
        finals.add(completion.final);
    }
    pqxx::nontransaction transaction(connection);
    Answer completed(transaction.exec_prepared(sql::kComplete.name, claims.ids.parameter(),
                                               claims.leases.parameter(), signatures.parameter(),
                                               slots.parameter(), finals.parameter()));
    add_made_before(
        completed, transaction, sql::kCompletedBefore, completions,
        [](const jobs::Completion& completion) { return completion.signature.to_string(); });
    return completed.of_each(completions);
}

namespace {

std::vector<bool> try_to_give_back(pqxx::connection& connection,
                                   const std::vector<jobs::GiveBack>& give_backs) {
    ClaimArrays claims;
    BigintArray delays;
    TextArray keeps;
    BooleanArray counts;
    TextArray codes;
    TextArray messages;
    for (const auto& back : give_backs) {
        claims.add(back.claim);
        delays.add(back.delay.count());
        keeps.add(keep_text(back.keep));
        counts.add(back.counts);
        if (back.error) {
            codes.add(back.error->code);
            messages.add(back.error->message);
        } else {
            codes.add_null();
            messages.add_null();
        }
    }
    pqxx::nontransaction transaction(connection);
    const Answer given(transaction.exec_prepared(
        sql::kGiveBack.name, claims.ids.parameter(), claims.leases.parameter(), delays.parameter(),
        keeps.parameter(), counts.parameter(), codes.parameter(), messages.parameter()));
    return given.of_each(give_backs);
}

std::vector<bool> try_to_fail(pqxx::connection& connection,
                              const std::vector<jobs::Failure>& failures) {
    ClaimArrays claims;
    TextArray codes;
    TextArray messages;
    for (const auto& failure : failures) {
        claims.add(failure.claim);
        codes.add(failure.error.code);
        messages.add(failure.error.message);
    }
    pqxx::nontransaction transaction(connection);
    Answer failed(transaction.exec_prepared(sql::kFail.name, claims.ids.parameter(),
                                            claims.leases.parameter(), codes.parameter(),
                                            messages.parameter()));
    add_made_before(failed, transaction, sql::kFailedBefore, failures,
                    [](const jobs::Failure& failure) { return failure.error.code; });
    return failed.of_each(failures);
}

/// An outcome is worth more than its words. A database in another encoding may not hold them: what
/// any of them holds is kept.
void reduce_to_ascii(std::string& message) {
    constexpr std::size_t kLongest = 1'000;
    message.resize(std::min(message.size(), kLongest));
    std::ranges::replace_if(message, [](unsigned char byte) { return byte >= 0x80; }, '?');
}

} // namespace

std::vector<bool> give_back_jobs(pqxx::connection& connection,
                                 const std::vector<jobs::GiveBack>& give_backs) {
    try {
        return try_to_give_back(connection, give_backs);
    } catch (const pqxx::data_exception&) {
        auto plain = give_backs;
        for (auto& back : plain) {
            if (back.error) {
                reduce_to_ascii(back.error->message);
            }
        }
        return try_to_give_back(connection, plain);
    }
}

std::vector<bool> hurry_jobs(pqxx::connection& connection,
                             const std::vector<jobs::Hurry>& hurries) {
    UuidArray ids;
    TextArray codes;
    for (const auto& hurry : hurries) {
        ids.add(hurry.id.bytes);
        codes.add(hurry.code);
    }
    pqxx::nontransaction transaction(connection);
    const Answer hurried(
        transaction.exec_prepared(sql::kHurry.name, ids.parameter(), codes.parameter()));
    return hurried.of_each(hurries);
}

std::vector<bool> fail_jobs(pqxx::connection& connection,
                            const std::vector<jobs::Failure>& failures) {
    try {
        return try_to_fail(connection, failures);
    } catch (const pqxx::data_exception&) {
        auto plain = failures;
        for (auto& failure : plain) {
            reduce_to_ascii(failure.error.message);
        }
        return try_to_fail(connection, plain);
    }
}

std::vector<bool> settle_payments(pqxx::connection& connection,
                                  const std::vector<jobs::Payment>& payments) {
    UuidArray ids;
    TextArray signatures;
    for (const auto& payment : payments) {
        ids.add(payment.id.bytes);
        signatures.add(payment.signature.to_string());
    }
    pqxx::nontransaction transaction(connection);
    const Answer settled(
        transaction.exec_prepared(sql::kSettle.name, ids.parameter(), signatures.parameter()));
    return settled.of_each(payments);
}

std::vector<bool> reopen_jobs(pqxx::connection& connection,
                              const std::vector<jobs::Reopening>& reopenings) {
    UuidArray ids;
    TextArray signatures;
    TextArray codes;
    TextArray messages;
    for (const auto& reopening : reopenings) {
        ids.add(reopening.id.bytes);
        signatures.add(reopening.signature.to_string());
        codes.add(reopening.error.code);
        messages.add(reopening.error.message);
    }
    pqxx::nontransaction transaction(connection);
    const Answer reopened(transaction.exec_prepared(sql::kReopen.name, ids.parameter(),
                                                    signatures.parameter(), codes.parameter(),
                                                    messages.parameter()));
    return reopened.of_each(reopenings);
}

} // namespace relay::postgres
