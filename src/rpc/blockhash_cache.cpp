#include "relay/rpc/blockhash_cache.hpp"

#include "relay/base/clock.hpp"
#include "relay/base/task.hpp"
#include "relay/rpc/rpc.hpp"

#include <chrono>
#include <optional>

namespace relay::rpc {

namespace {

/// 2 % of the 150 blocks that a blockhash lives.
constexpr int kFreshSlots = 3;
/// After its last use it is renewed for so long.
constexpr std::chrono::seconds kInUse{10};

} // namespace

BlockhashCache::BlockhashCache(base::Clock& clock, SolanaRpc& rpc)
    : clock_(clock), rpc_(rpc), one_call_(clock.executor(), 1), used_(clock.executor()) {}

std::chrono::nanoseconds BlockhashCache::fresh_for() const {
    return kFreshSlots * rpc_.slot_time();
}

void BlockhashCache::note_use() {
    const auto now = clock_.now();
    if (now - used_at_ > kInUse) {
        used_.notify();
    }
    used_at_ = now;
}

base::Task<void> BlockhashCache::run() {
    for (;;) {
        co_await used_.wait();
        while (clock_.now() - used_at_ <= kInUse) {
            if (clock_.now() - asked_at_ >= fresh_for() / 2) {
                const auto permit = co_await one_call_.acquire();
                co_await refresh();
            }
            co_await clock_.sleep_for(fresh_for() / 4);
        }
    }
}

std::optional<LatestBlockhash> BlockhashCache::younger_than(std::chrono::nanoseconds oldest) const {
    return clock_.now() - asked_at_ < oldest ? latest_ : std::nullopt;
}

std::optional<LatestBlockhash> BlockhashCache::cached() {
    note_use();
    return younger_than(fresh_for());
}

base::Task<RpcResult<LatestBlockhash>> BlockhashCache::get(std::chrono::nanoseconds oldest) {
    note_use();
    if (const auto known = younger_than(oldest)) {
        co_return *known;
    }
    const auto permit = co_await one_call_.acquire();
    if (const auto known = younger_than(oldest)) { // another waiter's call has answered meanwhile
        co_return *known;
    }
    co_return co_await refresh();
}

base::Task<RpcResult<LatestBlockhash>> BlockhashCache::refresh() {
    const auto asked_at = clock_.now();
    auto answer = co_await rpc_.latest_blockhash();
    if (answer) {
        latest_ = *answer;
        asked_at_ = asked_at;
    }
    co_return answer;
}

} // namespace relay::rpc
