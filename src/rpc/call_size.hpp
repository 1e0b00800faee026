#pragma once
// How many things a node takes in one call, learnt from its refusals and kept. Where a refusal
// names a number, that is tried; else a few. Now and then a call of twice as many finds out whether
// more are taken again. Pure: time is an argument.

#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>

namespace relay::rpc {

class CallSize {
  public:
    using Clock = std::chrono::steady_clock;

    /// What some plans take, and what every node does.
    static constexpr std::size_t kFew = 5;
    static constexpr std::chrono::minutes kTryMoreAfter{5};

    explicit CallSize(std::size_t most) : most_(most), known_(most) {}

    /// How many to ask for.
    std::size_t size(Clock::time_point now) const;
    /// Calls of at most `size` are taken: one of `asked` was.
    void taken(std::size_t asked, std::size_t size, Clock::time_point now);
    /// How many to ask for instead, after a refusal in these words; none: it was not the number.
    std::optional<std::size_t> instead_of(std::size_t asked, std::string_view words,
                                          Clock::time_point now);

  private:
    std::size_t most_;
    std::size_t known_;
    Clock::time_point learnt_at_{};
};

} // namespace relay::rpc
