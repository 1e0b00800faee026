#include "relay/redis/eviction.hpp"

#include "relay/base/error.hpp"
#include "relay/base/resolver.hpp"
#include "relay/redis/settings.hpp"
#include "session.hpp"

#include <string>
#include <variant>
#include <vector>

namespace relay::redis {

std::string eviction_policy(const Settings& settings) {
    base::Resolver resolver;
    Session session(settings, resolver);
    const auto reply = session.command({"CONFIG", "GET", "maxmemory-policy"});
    const auto* texts = std::get_if<std::vector<std::string>>(&reply);
    if (texts == nullptr || texts->size() != 2) {
        throw base::Outage("CONFIG GET answers without the value");
    }
    return texts->back();
}

} // namespace relay::redis
