#include "support/jobs/memory_retention_ledger.hpp"

#include "relay/base/task.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/jobs/retention_ledger.hpp"
#include "support/jobs/jobs.hpp"
#include "support/jobs/memory_ledger.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <utility>

namespace relay::test {

using jobs::Ending;
using jobs::JobStatus;

base::Task<jobs::Removal> MemoryRetentionLedger::remove(Ending ending,
                                                        std::chrono::milliseconds age,
                                                        std::size_t limit) {
    co_await boost::asio::post(co_await boost::asio::this_coro::executor,
                               boost::asio::use_awaitable);
    ++calls_;
    if (refuses_) {
        throw jobs::LedgerRefusal("the test's ledger removes nothing");
    }
    const auto status = ending == Ending::Completed ? JobStatus::Completed : JobStatus::Failed;
    jobs::Removal removal;
    for (const auto& [id, row] : rows_.jobs) {
        if (row.view.status == status && row.final &&
            row.view.updated_at + age <= wall_time(clock_) && removal.ids.size() < limit) {
            removal.ids.push_back(id);
        }
    }
    for (const auto& id : removal.ids) {
        auto row = rows_.jobs.extract(id);
        if (ending == Ending::Completed) {
            row.mapped().signatures.clear();
            row.mapped().transaction.reset();
            row.mapped().history.clear();
            rows_.removed.insert(std::move(row));
        }
    }
    removal.more = removal.ids.size() == limit;
    co_return removal;
}

} // namespace relay::test
