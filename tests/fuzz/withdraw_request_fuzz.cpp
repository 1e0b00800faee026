// Bodies of POST /withdraw: each is a withdraw that can be signed and sent, or a fault with its
// words.

#include "relay/solana/shield_pool.hpp"
#include "relay/withdraw/request.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

relay::withdraw::Rules make_rules() {
    relay::withdraw::Rules rules;
    rules.fees.flat = {2'500'000};
    rules.fees.per_mille = 5;
    rules.plan.accounts = relay::solana::PoolAccounts::derive(rules.plan.program);
    return rules;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto rules = make_rules();
    const std::string_view body(reinterpret_cast<const char*>(data), size);
    const auto withdraw = relay::withdraw::parse_request(body, rules);
    if (!withdraw) {
        if (withdraw.error().message.empty()) {
            std::abort();
        }
        return 0;
    }
    // What is accepted must come back from the ledger as it went in.
    const auto encoded = relay::solana::encode_withdraw(*withdraw);
    const auto decoded = relay::solana::decode_withdraw(encoded);
    if (!decoded || relay::solana::encode_withdraw(*decoded) != encoded) {
        std::abort();
    }
    return 0;
}
