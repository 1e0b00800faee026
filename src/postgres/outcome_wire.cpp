// A NOTIFY is not sent with the outcome: its commit holds a lock that all who notify in the server
// wait for, while it is written to the disk, so that outcomes would be committed one after the
// other. It is sent afterwards, for all outcomes since the last one, and its commit waits for no
// disk: nothing is lost that a look at the ledger does not find.

#include "relay/postgres/outcome_wire.hpp"

#include "relay/base/blocking_pool.hpp"
#include "relay/base/encoding.hpp"
#include "relay/base/error.hpp"
#include "relay/base/task.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/jobs/outcome_wire.hpp"
#include "relay/postgres/settings.hpp"
#include "session.hpp"
#include "watch.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <pqxx/pqxx>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay::postgres {

namespace {

using jobs::JobId;

constexpr const char* kChannel = "relay_outcomes";
/// Hex digits of an id. A payload has less than 8,000 bytes.
constexpr std::size_t kDigits = 32;
constexpr std::size_t kIdsAPayload = 240;
/// A listener looks so often whether it is to stop.
constexpr long kListenMicroseconds = 250'000;
constexpr std::chrono::hours kListenFor{24 * 365};

/// Ids one after the other. What else somebody may notify is passed over.
std::vector<JobId> read_payload(std::string_view payload) {
    std::vector<JobId> ids;
    for (; payload.size() >= kDigits; payload.remove_prefix(kDigits)) {
        JobId id;
        if (base::decode_hex(payload.substr(0, kDigits), id.bytes)) {
            ids.push_back(id);
        }
    }
    return ids;
}

class Receiver final : public pqxx::notification_receiver {
  public:
    explicit Receiver(pqxx::connection& connection)
        : pqxx::notification_receiver(connection, kChannel) {}

    void operator()(const std::string& payload, int) override {
        const auto ids = read_payload(payload);
        heard_.insert(heard_.end(), ids.begin(), ids.end());
    }
    std::vector<JobId> take() { return std::exchange(heard_, {}); }

  private:
    std::vector<JobId> heard_;
};

void notify(pqxx::connection& connection, const std::vector<JobId>& ids) {
    std::string statements = "BEGIN; SET LOCAL synchronous_commit = off; ";
    for (std::size_t begin = 0; begin < ids.size(); begin += kIdsAPayload) {
        statements += std::string("NOTIFY ") + kChannel + ", '";
        for (std::size_t index = begin; index < std::min(begin + kIdsAPayload, ids.size());
             ++index) {
            statements += base::encode_hex(ids[index].bytes);
        }
        statements += "'; ";
    }
    pqxx::nontransaction transaction(connection);
    transaction.exec(statements + "COMMIT");
}

class PostgresOutcomeWire final : public jobs::OutcomeWire {
  public:
    explicit PostgresOutcomeWire(const Settings& settings)
        : limit_(settings.statement_timeout + std::chrono::seconds(1)),
          telling_(1, maker(settings)),
          listening_(1, maker(settings)) {}

    base::Task<void> tell(std::vector<JobId> ids) override {
        return run(telling_, limit_, [ids = std::move(ids)](pqxx::connection& connection) {
            notify(connection, ids);
        });
    }

    base::Task<void> listen(std::stop_token until, Heard heard) override {
        const auto executor = co_await boost::asio::this_coro::executor;
        auto hear = [executor, until = std::move(until),
                     heard = std::move(heard)](pqxx::connection& connection) {
            const auto pass_on = [&](std::vector<JobId> ids) {
                boost::asio::post(executor, [heard, ids = std::move(ids)] { heard(ids); });
            };
            Receiver receiver(connection);
            pass_on({});
            while (!until.stop_requested()) {
                if (connection.await_notification(0, kListenMicroseconds) > 0) {
                    pass_on(receiver.take());
                }
            }
        };
        co_await run(listening_, kListenFor, std::move(hear));
    }

  private:
    using Pool = base::BlockingPool<Session>;

    std::function<std::unique_ptr<Session>()> maker(const Settings& settings) {
        return [this, settings] {
            return std::make_unique<Session>(settings, watch_,
                                             std::span<const PreparedStatement>{});
        };
    }

    template <class Work>
    static base::Task<void> run(Pool& pool, std::chrono::milliseconds limit, Work work) {
        auto call = [work = std::move(work), limit](Session& session) mutable {
            try {
                session.run(work, limit, AfterLoss::Report);
            } catch (const jobs::RowFault& fault) {
                throw base::Outage(fault.what());
            }
        };
        return pool.run(std::move(call));
    }

    std::chrono::milliseconds limit_;
    Watch watch_;
    Pool telling_;
    Pool listening_;
};

} // namespace

std::unique_ptr<jobs::OutcomeWire> make_outcome_wire(const Settings& settings) {
    return std::make_unique<PostgresOutcomeWire>(settings);
}

} // namespace relay::postgres
