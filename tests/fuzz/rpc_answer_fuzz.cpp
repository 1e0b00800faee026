// A node's answers, whatever it sends: each is read, or called unavailable; nothing is concluded
// from garbage. The first byte says which status the answer has.

#include "relay/rpc/codec.hpp"
#include "relay/rpc/http_client.hpp"
#include "relay/rpc/rpc.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace codec = relay::rpc::codec;

namespace {

// The corpus answers call 1.
constexpr codec::CallId kCall{1};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    constexpr unsigned kStatuses[] = {200, 200, 200, 429, 500, 503, 404, 204};
    relay::rpc::HttpReply reply;
    reply.status = kStatuses[data[0] % std::size(kStatuses)];
    reply.body.assign(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto sent = codec::read_signature(reply, kCall);
    if (!sent && sent.error().kind == relay::rpc::RpcError::Kind::PreflightFailed &&
        !sent.error().transaction_error) {
        std::abort(); // the state machine relies on it
    }
    const auto statuses =
        codec::read_signature_statuses(reply, kCall, 2, relay::rpc::Commitment::Confirmed);
    if (statuses && statuses->statuses.size() != 2) {
        std::abort();
    }
    const auto accounts = codec::read_accounts(reply, kCall, 2);
    if (accounts && accounts->accounts.size() != 2) {
        std::abort();
    }
    static_cast<void>(codec::read_minimum_balance(reply, kCall));
    static_cast<void>(codec::read_latest_blockhash(reply, kCall));
    static_cast<void>(codec::read_epoch_info(reply, kCall));
    static_cast<void>(codec::read_balance(reply, kCall));
    static_cast<void>(codec::read_genesis_hash(reply, kCall));
    static_cast<void>(codec::read_consensus(reply, kCall));
    static_cast<void>(codec::read_simulation(reply, kCall));
    static_cast<void>(codec::read_recent_prices(reply, kCall));
    static_cast<void>(codec::read_deployment(reply, kCall));
    return 0;
}
