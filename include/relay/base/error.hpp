#pragma once
// How the relay says that something went wrong.
//
// Result<T>  an outcome the caller branches on: bad input, a refused claim. Never thrown.
// Outage     a dependency (Postgres, Redis, the RPC node) is away. Thrown, caught at the borders
//            (HTTP session, worker loop, TaskGroup), never a verdict about the work in hand.
// Anything else thrown is a bug or a broken invariant.

#include <expected>
#include <stdexcept>
#include <string>
#include <utility>

namespace relay::base {

/// A failure told to a person: the message names what is wrong and how to mend it.
struct [[nodiscard]] Error {
    std::string message;
};

template <class T, class E = Error>
using Result = std::expected<T, E>;

inline std::unexpected<Error> fail(std::string message) {
    return std::unexpected(Error{std::move(message)});
}

class Outage : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

} // namespace relay::base
