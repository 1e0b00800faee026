#include "probe.hpp"

#include "arrays.hpp"
#include "relay/base/encoding.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/ledger.hpp"
#include "rows.hpp"
#include "statements.hpp"

#include <chrono>
#include <cstdint>
#include <exception>
#include <pqxx/pqxx>
#include <string>

namespace relay::postgres {

namespace {

constexpr std::int64_t kLeaseMilliseconds = 60'000;

template <class Array>
pqxx::binarystring one(const auto& value) {
    Array array;
    array.add(value);
    return array.parameter();
}

/// A job of nobody's. Half as long as one, its nullifier is nobody's either, and no two relays'
/// probes wait for each other.
class ProbeJob {
  public:
    explicit ProbeJob(pqxx::transaction_base& transaction) : transaction_(transaction) {}

    /// As Ledger's methods of these names: each table, and each column that any of them writes.
    void insert() {
        write("the insert of a job",
              transaction_.exec_prepared(sql::kInsert.name, id(),
                                         one<ByteaArray>(base::ByteView(id_.bytes)), bytes(), id(),
                                         one<BigintArray>(kLeaseMilliseconds), id(), text(),
                                         bytes(), number(), number()));
    }
    void save() {
        write("the save of a transaction",
              transaction_.exec_prepared(sql::kSaveTransactions.name, id(), lease(), text(),
                                         bytes(), number(), number()));
    }
    void give_back() {
        write("the return of a job",
              transaction_.exec_prepared(
                  sql::kGiveBack.name, id(), lease(), one<BigintArray>(std::int64_t{0}),
                  one<TextArray>(std::string("drop")), one<BooleanArray>(true), text(), text()));
    }
    void claim() {
        const auto rows = transaction_.exec_prepared(sql::kClaim.name, id(), kLeaseMilliseconds);
        write("the claim of a job", rows);
        lease_ = read_id(rows[0][1]);
    }
    void complete() {
        write("the completion of a job",
              transaction_.exec_prepared(sql::kComplete.name, id(), lease(), text(), number(),
                                         one<BooleanArray>(true)));
    }

  private:
    static pqxx::binarystring text() { return one<TextArray>(std::string("probe")); }
    static pqxx::binarystring number() { return one<BigintArray>(std::int64_t{1}); }
    static pqxx::binarystring bytes() {
        const base::Bytes some{1};
        return one<ByteaArray>(base::ByteView(some));
    }
    pqxx::binarystring id() const { return one<UuidArray>(id_.bytes); }
    pqxx::binarystring lease() const { return one<UuidArray>(lease_.bytes); }

    /// A trigger may drop a write without a word.
    static void write(const char* what, const pqxx::result& rows) {
        if (rows.size() != 1) {
            throw jobs::LedgerRefusal(std::string("postgres: ") + what + " changes nothing");
        }
    }

    pqxx::transaction_base& transaction_;
    jobs::JobId id_ = jobs::JobId::make(std::chrono::system_clock::now());
    jobs::JobId lease_ = id_;
};

/// Ends a transaction that did not come to its own end.
class Undo {
  public:
    explicit Undo(pqxx::transaction_base& transaction) : transaction_(transaction) {}
    ~Undo() {
        if (!over_) {
            try {
                transaction_.exec("ROLLBACK");
            } catch (const std::exception&) {
                return; // the next call finds the connection as it is, and makes another
            }
        }
    }
    Undo(const Undo&) = delete;
    Undo& operator=(const Undo&) = delete;

    void over() { over_ = true; }

  private:
    pqxx::transaction_base& transaction_;
    bool over_ = false;
};

} // namespace

// All is taken back to a savepoint and then committed: a commit of nothing, which is yet written to
// the disk and waits for the standbys as any other. A rollback would say nothing of those, and a
// row of its own would need a table, a right and cleaning.
//
// In plain words, since libpqxx 6 does not begin its transactions for a prepared statement.
void probe_writes(pqxx::connection& connection) {
    pqxx::nontransaction transaction(connection);
    Undo undo(transaction);
    transaction.exec("BEGIN; SAVEPOINT probe");
    ProbeJob job(transaction);
    job.insert();
    job.save();
    job.give_back();
    job.claim();
    job.complete();
    // First what a commit would look at.
    transaction.exec("SET CONSTRAINTS ALL IMMEDIATE; ROLLBACK TO SAVEPOINT probe; COMMIT");
    undo.over();
}

} // namespace relay::postgres
