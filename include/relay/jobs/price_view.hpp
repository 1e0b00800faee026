#pragma once
// What a compute unit costs on the accounts that all withdraws write to, and what to bid for it.
// Pure: time is an argument.
//
//   market   three quarters of the last slots were open to who bid so much
//   bid      a little more, not below the floor nor above the cap
//
// A bid is a step of the E24 series (IEC 60063: 10, 11, 12, 13, 15, 16, 18, ... times a power of
// ten). All relays that follow it bid alike, so that a price tells nobody whose withdraw it is. And
// a slot's lowest price that is such a step may be a relay's own: nobody outbids it, or relays
// would drive each other up to their caps, and who made it bids a step less, so that a price comes
// down again once others are gone.

#include "relay/rpc/rpc.hpp"
#include "relay/solana/units.hpp"

#include <chrono>
#include <optional>
#include <vector>

namespace relay::jobs {

class PriceView {
  public:
    using time_point = std::chrono::steady_clock::time_point;

    struct Rules {
        /// Bid for all that there is, whatever the market.
        std::optional<solana::UnitPrice> fixed;
        solana::UnitPrice floor{10'000};
        /// REQUIRES: not below the floor.
        solana::UnitPrice cap{2'000'000};
    };

    explicit PriceView(Rules rules) : rules_(rules) {}

    const Rules& rules() const { return rules_; }

    /// In the order of their slots.
    void learn(const std::vector<rpc::SlotPrice>& prices, time_point now);

    /// None where nothing was learnt lately.
    std::optional<solana::UnitPrice> market(time_point now) const;
    bool is_above_cap(time_point now) const;

    /// For a transaction that is signed now. `expired`: what the one before it bid in vain; this
    /// one bids half as much again at least, within the cap.
    solana::UnitPrice bid(std::optional<solana::UnitPrice> expired, time_point now);

  private:
    struct Bid {
        solana::UnitPrice price;
        time_point last;
    };

    solana::UnitPrice bid_against(solana::UnitPrice lowest, time_point now) const;
    bool is_ours(solana::UnitPrice price, time_point now) const;
    void remember(solana::UnitPrice price, time_point now);

    Rules rules_;
    std::vector<solana::UnitPrice> lowest_; // of the last slots
    std::optional<time_point> learnt_at_;
    std::vector<Bid> ours_;
};

/// The lowest step that is not below it.
solana::UnitPrice step_from(solana::UnitPrice price);
/// The highest step below it; nothing below 1.
solana::UnitPrice step_below(solana::UnitPrice price);

} // namespace relay::jobs
