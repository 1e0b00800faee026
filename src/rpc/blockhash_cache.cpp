#include "relay/rpc/blockhash_cache.hpp"

#include "relay/base/task.hpp"
#include "relay/rpc/rpc.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <optional>

namespace relay::rpc {

BlockhashCache::BlockhashCache(const boost::asio::any_io_executor& executor, SolanaRpc& rpc,
                               std::chrono::milliseconds fresh_for)
    : rpc_(rpc), fresh_for_(fresh_for), one_call_(executor, 1) {}

std::optional<LatestBlockhash> BlockhashCache::cached(std::chrono::milliseconds oldest) const {
    return Clock::now() - asked_at_ < oldest ? latest_ : std::nullopt;
}

base::Task<RpcResult<LatestBlockhash>> BlockhashCache::get(std::chrono::milliseconds oldest) {
    if (const auto known = cached(oldest)) {
        co_return *known;
    }
    const auto permit = co_await one_call_.acquire();
    if (const auto known = cached(oldest)) { // another waiter's call has answered meanwhile
        co_return *known;
    }
    co_return co_await refresh();
}

base::Task<RpcResult<LatestBlockhash>> BlockhashCache::refresh() {
    const auto asked_at = Clock::now();
    auto answer = co_await rpc_.latest_blockhash();
    if (answer) {
        latest_ = *answer;
        asked_at_ = asked_at;
    }
    co_return answer;
}

} // namespace relay::rpc
