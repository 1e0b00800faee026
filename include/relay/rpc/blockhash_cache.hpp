#pragma once
// One recent blockhash for all jobs, so that the calls for it do not grow with the load.
// The blockhash handed out is at most `fresh_for` old, which costs a transaction that much of its
// minute to live.

#include "relay/base/semaphore.hpp"
#include "relay/base/task.hpp"
#include "relay/rpc/rpc.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <optional>

namespace relay::rpc {

class BlockhashCache {
  public:
    BlockhashCache(const boost::asio::any_io_executor& executor, SolanaRpc& rpc,
                   std::chrono::milliseconds fresh_for);

    /// The cached one while it is fresh; else one call, shared by all who wait for it.
    base::Task<RpcResult<LatestBlockhash>> get() { return get(fresh_for_); }
    /// One that is at most so old.
    base::Task<RpcResult<LatestBlockhash>> get(std::chrono::milliseconds oldest);

    /// Without a call: none where the cached one is not fresh.
    std::optional<LatestBlockhash> cached() const { return cached(fresh_for_); }

    /// Asks the node whatever the cache holds.
    base::Task<RpcResult<LatestBlockhash>> refresh();

  private:
    using Clock = std::chrono::steady_clock;

    std::optional<LatestBlockhash> cached(std::chrono::milliseconds oldest) const;

    SolanaRpc& rpc_;
    std::chrono::milliseconds fresh_for_;
    base::Semaphore one_call_;
    std::optional<LatestBlockhash> latest_;
    Clock::time_point asked_at_{};
};

} // namespace relay::rpc
