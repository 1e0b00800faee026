// Linked into test programs that run hundreds of relays: their logs would drown what failed.

#include <spdlog/spdlog.h>

namespace relay::test {
namespace {

[[maybe_unused]] const bool kQuiet = [] {
    spdlog::set_level(spdlog::level::off);
    return true;
}();

} // namespace
} // namespace relay::test
