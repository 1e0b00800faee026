#include "relay/jobs/engine.hpp"

#include "relay/base/task.hpp"
#include "relay/jobs/measured_ledger.hpp"
#include "relay/observability/logging.hpp"

#include <chrono>

namespace relay::jobs {

Engine::Engine(Groups& groups, const Settings& settings, World world)
    : groups_(groups),
      runs_jobs_(settings.claims.places > 0),
      due_(world.clock.executor()),
      metrics_(world.metrics),
      measured_ledger_(measured(world.clock, world.ledger, world.metrics)),
      ledger_(groups.writes, *measured_ledger_),
      schedule_(groups.writes, world.schedule, due_),
      outcomes_(world.clock, groups.writes, world.wire, world.metrics),
      blockhashes_(world.clock, world.rpc),
      tracker_(groups.writes, world.rpc, settings.tracker, metrics_.sent_again()),
      chain_(world.clock, settings.chain, world.rpc, blockhashes_, world.metrics, due_),
      backlog_(settings.max_backlog),
      landings_(world.clock, settings.landings, world.metrics),
      stores_(world.clock, settings.stores, ledger_, schedule_, backlog_, landings_, world.metrics),
      probe_(world.clock, settings.probe, groups.writes, ledger_, world.metrics),
      sizes_(settings.sizes, settings.plan, world.payer.address(),
             {world.clock, groups.services, world.rpc, world.metrics}),
      prices_(settings.prices, settings.plan.contended(), world.clock, world.rpc, world.metrics),
      signer_(settings.plan, {world.clock, world.payer, world.rpc, blockhashes_, sizes_, prices_}),
      proofs_(settings.proofs, settings.verify_proof,
              {world.clock, groups.services, world.rpc, signer_, world.metrics}),
      watch_(settings.watch, settings.plan,
             {world.clock, world.rpc, ledger_, schedule_, world.metrics}),
      door_(world.clock, world.rpc, settings.plan, watch_),
      runner_({world.clock, ledger_, schedule_, world.rpc, signer_, tracker_, chain_, metrics_,
               landings_, outcomes_, proofs_, watch_},
              settings.retry),
      claims_(world.clock, settings.claims, ledger_, schedule_, metrics_, due_),
      worker_(settings.poll_interval,
              {world.clock, groups.jobs, ledger_, schedule_, claims_, chain_, runner_, due_}),
      intake_({world.clock, ledger_, probe_, proofs_, schedule_, backlog_, metrics_, claims_,
               signer_, watch_, door_, worker()}),
      finality_(world.clock, settings.finality, ledger_, world.rpc, schedule_, world.metrics),
      reconciler_(world.clock, settings.reconciler, ledger_, schedule_, world.metrics, due_) {}

void Engine::start() {
    groups_.services.spawn_loop("store monitor", [this] { return stores_.run(); });
    groups_.services.spawn_loop("ledger probe", [this] { return probe_.run(); });
    groups_.services.spawn_loop("chain monitor", [this] { return chain_.run(); });
    groups_.services.spawn_loop("chain watch", [this] { return watch_.run(); });
    groups_.services.spawn_loop("confirmations", [this] { return tracker_.run(); });
    groups_.services.spawn_loop("blockhashes", [this] { return blockhashes_.run(); });
    groups_.services.spawn_loop("reconciler", [this] { return reconciler_.run(); });
    groups_.services.spawn_loop("prices", [this] { return prices_.run(); });
    groups_.services.spawn_loop("proofs", [this] { return proofs_.run(); });
    groups_.services.spawn_loop("outcomes", [this] { return outcomes_.run(); });
    groups_.services.spawn_loop("finality", [this] { return finality_.run(); });
    if (runs_jobs_) {
        groups_.services.spawn_loop("leases", [this] { return claims_.keep(); });
        groups_.claiming.spawn_loop("worker", [this] { return worker_.run(); });
    }
}

base::Task<void> Engine::end_jobs(std::chrono::milliseconds patience) {
    intake_.close();
    outcomes_.wake_all(); // nobody waits for a relay that goes
    worker_.stop_claiming();
    // A claim under way ends by the ledger's time limit; only then are the claims all known.
    co_await groups_.claiming.join();
    const bool all_ended = co_await groups_.jobs.join_within(patience);
    if (!all_ended) {
        observability::log_warn("jobs_cut_off", "jobs did not end in time",
                                {{"jobs", claims_.held()}});
    }
    groups_.jobs.cancel();
    co_await groups_.jobs.join();
    co_await claims_.give_back_all();
}

base::Task<void> Engine::end_services() {
    groups_.services.cancel();
    co_await groups_.services.join();
    co_await groups_.writes.join();
}

} // namespace relay::jobs
