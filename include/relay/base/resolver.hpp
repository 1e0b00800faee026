#pragma once
// Names to addresses by getaddrinfo, which knows no time limit and cannot be cancelled: each
// look-up runs on a thread of its own, one a name at most, so that a name that hangs holds up its
// own callers alone, and those only for as long as they say.
//
// Numeric addresses need no look-up. The addresses that a name had last are kept, and are its
// answer while a new look-up is slow or fails. A thread that hangs is left behind: what it touches
// outlives the resolver, and the end of the program does not wait for it.

#include "relay/base/error.hpp"
#include "relay/base/task.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace relay::base {

class Resolver {
  public:
    /// Numeric, in the order in which they are to be tried; never empty where a look-up succeeded.
    using Addresses = std::vector<std::string>;
    /// Blocks for as long as it pleases; called on any thread.
    using LookUp = std::function<Result<Addresses>(const std::string& name)>;

    /// Names under way at once, each with a thread; more are refused.
    static constexpr std::size_t kMostAtOnce = 16;
    struct Times {
        /// An answer so young is not asked for anew.
        std::chrono::milliseconds fresh{5'000};
        /// How long a name that has had addresses waits for newer ones.
        std::chrono::milliseconds patience{250};
    };

    explicit Resolver(LookUp look_up = system_look_up);
    Resolver(LookUp look_up, Times times);
    ~Resolver();
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;

    /// On the io thread. The error says that the name could not be found, or not in time.
    Task<Result<Addresses>> resolve(std::string name, std::chrono::milliseconds limit);
    /// On a thread that may block.
    Result<Addresses> resolve_blocking(const std::string& name, std::chrono::milliseconds limit);

    /// getaddrinfo for TCP.
    static Result<Addresses> system_look_up(const std::string& name);

  private:
    struct State;
    /// Shared with the look-ups under way.
    std::shared_ptr<State> state_;
};

/// "127.0.0.1", "::1", "fe80::1%eth0"
bool is_numeric_address(const std::string& text);

} // namespace relay::base
