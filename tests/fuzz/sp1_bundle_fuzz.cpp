// Bundles of SP1, whatever bytes they are of: a proof whose hex stands in the bundle, or words.

#include "relay/base/encoding.hpp"
#include "relay/withdraw/sp1_bundle.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const relay::base::ByteView bundle(data, size);
    const auto proof = relay::withdraw::read_sp1_bundle(bundle);
    if (!proof) {
        if (proof.error().message.empty()) {
            std::abort();
        }
        return 0;
    }
    const auto selector = std::span(*proof).first(4);
    if (std::ranges::search(bundle, selector).empty()) {
        std::abort();
    }
    return 0;
}
