#include "relay/jobs/proof_checks.hpp"

#include "relay/base/client_key.hpp"
#include "relay/base/clock.hpp"
#include "relay/base/rate_limiter.hpp"
#include "relay/base/task.hpp"
#include "relay/base/wake_up.hpp"
#include "relay/groth16/verifier.hpp"
#include "relay/observability/metrics.hpp"
#include "relay/solana/shield_pool.hpp"

#include <sys/resource.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

namespace relay::jobs {

namespace {

/// However fast the checks are: what waits takes memory, and a connection.
constexpr std::size_t kLongestLine = 4'096;
/// A check counts so much in the mean.
constexpr int kMeanOver = 16;

/// The io thread's, the stores' and the node's work comes first where cores are scarce: what waits
/// for a check is one post, what waits for those is every job. On Linux it is the thread's own.
bool yield_to_others() {
    constexpr int kNice = 10;
    return setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kNice) == 0;
}

observability::Counter checks(observability::MetricsRegistry& metrics, groth16::Verdict verdict) {
    return metrics.counter("relay_proof_checks_total", "Proofs checked, by what they were found",
                           {{"verdict", groth16::to_string(verdict)}});
}

} // namespace

PostedProof posted_proof(const solana::Withdraw& withdraw) {
    return {withdraw.proof, solana::public_inputs(withdraw)};
}

// As a Semaphore's: who is cancelled leaves the line; who was given a turn as it was cancelled
// hands the turn on.
struct ProofChecks::Waiter {
    enum class State { Waiting, Called, Shed, Served };

    ProofChecks& checks;
    base::ClientKey client;
    Line& line;
    base::WakeUp turn;
    State state = State::Waiting;

    Waiter(ProofChecks& owner, base::ClientKey key)
        : checks(owner), client(key), line(owner.line_of(key)), turn(owner.clock_.executor()) {
        line.push(client, this);
    }
    ~Waiter() {
        if (state == State::Waiting) {
            line.erase(client, this);
        } else if (state == State::Called) {
            checks.next();
        }
        checks.tell_of_line();
    }
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;

    void call(State called) {
        state = called;
        turn.notify();
    }
};

/// A thread's time; the next in line has it after.
class ProofChecks::Turn {
  public:
    explicit Turn(ProofChecks& checks) : checks_(checks) {}
    ~Turn() { checks_.next(); }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

  private:
    ProofChecks& checks_;
};

ProofChecks::ProofChecks(base::Clock& clock, Settings settings, Verify verify,
                         observability::MetricsRegistry& metrics)
    : clock_(clock),
      settings_(settings),
      verify_(std::move(verify)),
      failures_(settings.failures_a_minute / 60.0, settings.failures_a_minute),
      metrics_(metrics),
      seconds_(metrics.durations("relay_proof_check_seconds", "Time that a proof's check takes")),
      waiting_(
          metrics.gauge("relay_proof_checks_waiting", "Withdraws whose proof waits to be checked")),
      threads_(settings.threads, [] { return std::make_unique<Thread>(); }) {
    for (const auto verdict : {groth16::Verdict::Valid, groth16::Verdict::OtherKey,
                               groth16::Verdict::Malformed, groth16::Verdict::Invalid}) {
        checks(metrics, verdict);
    }
    tell_of_line();
}

base::Task<ProofChecks::Verdict> ProofChecks::check(base::ClientKey client, PostedProof proof) {
    if (!failures_.has(client, clock_.now())) {
        co_return Verdict::TooManyFailures;
    }
    const bool has_turn = co_await wait_for_turn(client);
    if (!has_turn) {
        co_return Verdict::Busy;
    }
    const Turn turn(*this);
    if (!failures_.has(client, clock_.now())) { // others of its own, meanwhile
        co_return Verdict::TooManyFailures;
    }
    const auto verdict = co_await run(proof);
    if (verdict == groth16::Verdict::Valid) {
        co_return Verdict::Valid;
    }
    failures_.take(client, clock_.now());
    co_return Verdict::Invalid;
}

base::Task<groth16::Verdict> ProofChecks::judge(PostedProof proof) {
    ++busy_;
    const Turn turn(*this);
    co_return co_await run(proof);
}

base::Task<groth16::Verdict> ProofChecks::run(PostedProof proof) {
    const auto work = [this, proof](Thread&) {
        thread_local const bool yields = yield_to_others();
        static_cast<void>(yields);
        const auto began = std::chrono::steady_clock::now();
        const auto verdict = verify_(proof);
        return Outcome{verdict, std::chrono::steady_clock::now() - began};
    };
    const auto outcome = co_await threads_.run(work);
    note(outcome);
    co_return outcome.verdict;
}

std::size_t ProofChecks::room() const {
    const auto a_thread = settings_.longest_wait / std::max(mean_, std::chrono::nanoseconds(1));
    const auto all = static_cast<std::size_t>(a_thread) * settings_.threads;
    return std::clamp<std::size_t>(all, 1, kLongestLine);
}

ProofChecks::Line& ProofChecks::line_of(base::ClientKey client) {
    return failures_.is_full(client, clock_.now()) ? trusted_ : doubted_;
}

/// False where it was shed, or waited too long.
base::Task<bool> ProofChecks::wait_for_turn(base::ClientKey client) {
    if (is_idle()) {
        ++busy_;
        co_return true;
    }
    Waiter waiter(*this, client);
    tell_of_line();
    while (waiting() > room()) {
        auto& line = doubted_.size() > 0 ? doubted_ : trusted_;
        if (const auto newest = line.shed()) {
            (*newest)->call(Waiter::State::Shed);
        }
    }
    co_await waiter.turn.wait_for(clock_, settings_.longest_wait);
    if (waiter.state != Waiter::State::Called) {
        co_return false;
    }
    waiter.state = Waiter::State::Served;
    co_return true;
}

void ProofChecks::next() {
    auto& line = trusted_.size() > 0 ? trusted_ : doubted_;
    if (const auto waiter = line.pop()) {
        (*waiter)->call(Waiter::State::Called);
    } else {
        --busy_;
    }
}

void ProofChecks::note(const Outcome& outcome) {
    checks(metrics_, outcome.verdict).add();
    seconds_.observe(outcome.taken);
    mean_ += (outcome.taken - mean_) / kMeanOver;
}

void ProofChecks::tell_of_line() {
    waiting_.set(static_cast<double>(waiting()));
}

} // namespace relay::jobs
