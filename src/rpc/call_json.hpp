#pragma once
// The envelope that every call and its answer have in common, and how a call's failure is told by
// its number. Pure. Source: as codec.hpp.

#include "relay/rpc/codec.hpp"
#include "relay/rpc/http_client.hpp"
#include "relay/rpc/rpc.hpp"

#include <cstdint>
#include <expected>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace relay::rpc::codec {

std::string_view to_text(Commitment commitment);

std::string call(CallId id, std::string_view method, nlohmann::json params);

/// The call's `result`, or the error that HTTP or JSON-RPC carried.
RpcResult<nlohmann::json> read_result(const HttpReply& reply, CallId id);

/// A result that is not what the method promises.
std::unexpected<RpcError> garbage(std::string_view what);

/// Slots and heights: the ledger keeps them in signed columns, and no true one comes near that.
std::optional<std::uint64_t> read_count(const nlohmann::json& value);

} // namespace relay::rpc::codec
