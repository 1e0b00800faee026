#include "check_stores.hpp"

#include "check_list.hpp"
#include "relay/app/settings.hpp"
#include "relay/base/error.hpp"
#include "relay/jobs/ledger.hpp"
#include "relay/jobs/schedule.hpp"
#include "relay/postgres/inspection.hpp"
#include "relay/postgres/ledger.hpp"
#include "relay/postgres/migrations.hpp"
#include "relay/postgres/pooler.hpp"
#include "relay/redis/eviction.hpp"
#include "relay/redis/schedule.hpp"
#include "run_alone.hpp"

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <exception>
#include <stdexcept>
#include <string>

namespace relay::app {

namespace asio = boost::asio;

namespace {

/// Leases and due times are Postgres' own; what the log and an operator are told is in this
/// machine's time.
constexpr std::chrono::milliseconds kSkewAllowed{2'000};

/// Throws where this program cannot work on the schema.
std::string judge(const postgres::SchemaVersions& schema) {
    const auto found = std::to_string(schema.found);
    const auto known = std::to_string(schema.known);
    if (schema.found == 0) {
        throw std::runtime_error("there is none yet: run relayd migrate");
    }
    if (schema.found < schema.known) {
        throw std::runtime_error("it is version " + found + ", and this relayd works on " + known +
                                 ": run relayd migrate");
    }
    if (schema.found > schema.known) {
        throw std::runtime_error("it is version " + found + ", newer than this relayd knows (" +
                                 known + "): install a newer relayd");
    }
    return "version " + found;
}

void check_skew(CheckList& list, const Settings& settings) {
    const auto ahead = postgres::clock_ahead(settings.database);
    const auto away = std::chrono::abs(ahead);
    const auto words = "Postgres' is " + std::to_string(away.count()) + " ms " +
                       (ahead.count() < 0 ? "behind" : "ahead of") + " this machine's";
    if (away > kSkewAllowed) {
        list.warn("postgres clock", words + ": let both keep time by NTP");
    } else {
        list.pass("postgres clock", words);
    }
}

void check_durability(CheckList& list, const Settings& settings) {
    const auto lacking = postgres::lacks_durability(settings.database);
    if (lacking.empty()) {
        list.pass("postgres durability", "fsync, full_page_writes and synchronous_commit are on");
    } else {
        list.warn("postgres durability",
                  lacking + ": what is answered 202 may be lost in a crash of the server");
    }
}

void check_postgres(CheckList& list, asio::io_context& io, const Settings& settings) {
    try {
        const auto schema = postgres::schema_versions(settings.database);
        list.run("postgres schema", [&] { return judge(schema); });
        if (schema.found != schema.known) {
            return; // what else is asked would say the same in other words
        }
    } catch (const std::exception& error) {
        list.fail("postgres", error.what());
        return;
    }
    list.run("postgres", [&] {
        const auto store = postgres::make_ledger(settings.database);
        const auto counts = run_alone(io, store->count());
        return std::to_string(counts.live()) + " live jobs";
    });
    list.run("postgres sessions", [&] {
        postgres::refuse_transaction_pooler(settings.database);
        return std::string("a connection is the same server's all along");
    });
    list.run("postgres writes", [&] {
        const auto ledger = postgres::make_ledger(settings.database);
        run_alone(io, ledger->probe());
        return std::string("a withdraw was written, and taken back");
    });
    list.run("postgres rights", [&] {
        const auto& kept = settings.retention;
        const bool removes = kept.completed.count() > 0 || kept.failed.count() > 0;
        const auto lacking = postgres::lacks_rights(
            settings.database, removes ? postgres::Removals::Some : postgres::Removals::None);
        if (!lacking.empty()) {
            throw std::runtime_error("the role may not " + lacking +
                                     ": docs/reliability.md lists the grants");
        }
        return std::string("the role has those that the relay needs");
    });
    check_durability(list, settings);
    check_skew(list, settings);
}

void check_redis(CheckList& list, asio::io_context& io, const Settings& settings) {
    try {
        const auto queue = redis::make_schedule(settings.redis);
        const auto depth = run_alone(io, queue->depth());
        list.pass("redis", std::to_string(depth.scheduled) + " scheduled, " +
                               std::to_string(depth.failed) + " dead");
    } catch (const std::exception& error) {
        list.fail("redis", error.what());
        return;
    }
    std::string policy;
    try {
        policy = redis::eviction_policy(settings.redis);
    } catch (const base::Outage& refused) {
        list.warn("redis eviction", std::string("it does not tell whether it evicts (") +
                                        refused.what() + "): maxmemory-policy must be noeviction");
        return;
    }
    list.run("redis eviction", [&] {
        if (policy != "noeviction") {
            throw std::runtime_error("maxmemory-policy is " + policy +
                                     ": jobs would vanish from the schedule; CONFIG SET "
                                     "maxmemory-policy noeviction");
        }
        return std::string("maxmemory-policy is noeviction");
    });
}

} // namespace

void check_stores(CheckList& list, asio::io_context& io, const Settings& settings) {
    check_postgres(list, io, settings);
    check_redis(list, io, settings);
}

} // namespace relay::app
