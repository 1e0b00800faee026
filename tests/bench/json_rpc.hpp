#pragma once
// Just enough of JSON-RPC to stand in for a Solana node under load: requests are searched, not
// parsed, so that the stub is never what limits a run. Good for the relay's own requests only.

#include <string>
#include <string_view>
#include <vector>

namespace relay::bench {

/// The request's method, or "".
std::string_view method_of(std::string_view request);

/// sendTransaction: what of the transaction a run needs to know.
struct SentTransaction {
    std::string signature; // base58
    std::string nullifier; // hex
};
/// Both empty where the request holds no transaction of the relay's.
SentTransaction read_sent(std::string_view request);

/// getSignatureStatuses: the signatures asked for, as views into the request.
std::vector<std::string_view> read_signatures(std::string_view request);

/// A whole answer to the request with this `result`.
std::string make_answer(std::string_view request, std::string_view result);

} // namespace relay::bench
