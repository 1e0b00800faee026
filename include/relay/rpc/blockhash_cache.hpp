#pragma once
// One recent blockhash for all jobs, so that the calls for it do not grow with the load.
// The blockhash handed out is at most 2 % of its life old (three slots), which costs a transaction
// that much of its time to land. While it is used it is renewed before it is that old, so that
// nobody waits for it; while it is not, nobody is asked.

#include "relay/base/clock.hpp"
#include "relay/base/semaphore.hpp"
#include "relay/base/task.hpp"
#include "relay/base/wake_up.hpp"
#include "relay/rpc/rpc.hpp"

#include <chrono>
#include <optional>

namespace relay::rpc {

class BlockhashCache {
  public:
    BlockhashCache(base::Clock& clock, SolanaRpc& rpc);

    /// Renews it while it is used; ends by cancellation only.
    base::Task<void> run();

    /// The cached one while it is fresh; else one call, shared by all who wait for it.
    base::Task<RpcResult<LatestBlockhash>> get() { return get(fresh_for()); }
    /// One that is at most so old.
    base::Task<RpcResult<LatestBlockhash>> get(std::chrono::nanoseconds oldest);

    /// Without a call: none where the cached one is not fresh.
    std::optional<LatestBlockhash> cached();

    /// Asks the node whatever the cache holds.
    base::Task<RpcResult<LatestBlockhash>> refresh();

    std::chrono::nanoseconds fresh_for() const;

  private:
    void note_use();
    std::optional<LatestBlockhash> younger_than(std::chrono::nanoseconds oldest) const;

    base::Clock& clock_;
    SolanaRpc& rpc_;
    base::Semaphore one_call_;
    base::WakeUp used_;
    std::optional<LatestBlockhash> latest_;
    base::Clock::time_point asked_at_{};
    base::Clock::time_point used_at_{};
};

} // namespace relay::rpc
