#include "relay/jobs/price_view.hpp"

#include "relay/rpc/rpc.hpp"
#include "relay/solana/units.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

namespace relay::jobs {

using solana::UnitPrice;

namespace {

/// So many slots are the market, and this share of them is to be open to a bid.
constexpr std::size_t kSlots = 20;
constexpr std::size_t kQuarters = 3;

/// A reading is good, and a bid of ours may still land, for so long.
constexpr std::chrono::seconds kGoodFor{30};
constexpr std::chrono::seconds kOursFor{120};

constexpr std::array<std::uint64_t, 24> kSteps = {10, 11, 12, 13, 15, 16, 18, 20, 22, 24, 27, 30,
                                                  33, 36, 39, 43, 47, 51, 56, 62, 68, 75, 82, 91};

/// No product below passes 2^64 from here on down.
constexpr UnitPrice kHighest{std::numeric_limits<std::uint64_t>::max() / 1'000};

UnitPrice times(UnitPrice price, std::uint64_t percent) {
    return {std::min(price, kHighest).value * percent / 100};
}

/// Three quarters of them are no greater. REQUIRES: there are some.
UnitPrice upper_quartile(std::vector<UnitPrice> prices) {
    const auto place =
        prices.begin() + static_cast<std::ptrdiff_t>((prices.size() * kQuarters - 1) / 4);
    std::ranges::nth_element(prices, place);
    return *place;
}

} // namespace

UnitPrice step_from(UnitPrice price) {
    const auto wanted = std::min(price, kHighest).value;
    if (wanted <= kSteps.front()) {
        return {wanted}; // below ten, each number is a step
    }
    std::uint64_t scale = 1;
    while (kSteps.front() * scale * 10 < wanted) {
        scale *= 10;
    }
    for (const auto step : kSteps) {
        if (step * scale >= wanted) {
            return {step * scale};
        }
    }
    return {kSteps.front() * scale * 10};
}

UnitPrice step_below(UnitPrice price) {
    const auto highest = std::min(price, kHighest).value;
    if (highest <= kSteps.front()) {
        return {highest > 0 ? highest - 1 : 0};
    }
    std::uint64_t scale = 1;
    while (kSteps.front() * scale * 10 < highest) {
        scale *= 10;
    }
    const auto above = std::ranges::lower_bound(kSteps, highest, {},
                                                [&](std::uint64_t step) { return step * scale; });
    return {*std::prev(above) * scale};
}

void PriceView::learn(const std::vector<rpc::SlotPrice>& prices, time_point now) {
    lowest_.clear();
    const auto first = prices.end() - static_cast<std::ptrdiff_t>(std::min(prices.size(), kSlots));
    std::transform(first, prices.end(), std::back_inserter(lowest_),
                   [](const auto& price) { return price.lowest; });
    learnt_at_ = now;
}

std::optional<UnitPrice> PriceView::market(time_point now) const {
    if (!learnt_at_ || now - *learnt_at_ >= kGoodFor) {
        return std::nullopt;
    }
    return lowest_.empty() ? UnitPrice{0} : upper_quartile(lowest_);
}

bool PriceView::is_above_cap(time_point now) const {
    const auto price = market(now);
    return !rules_.fixed && price && *price > rules_.cap;
}

UnitPrice PriceView::bid(std::optional<UnitPrice> expired, time_point now) {
    constexpr std::uint64_t kRaise = 150;
    if (rules_.fixed) {
        return *rules_.fixed;
    }
    UnitPrice price = rules_.floor;
    if (market(now).value_or(UnitPrice{0}) > UnitPrice{0}) {
        std::vector<UnitPrice> bids;
        std::ranges::transform(lowest_, std::back_inserter(bids),
                               [&](UnitPrice lowest) { return bid_against(lowest, now); });
        price = std::max(price, upper_quartile(std::move(bids)));
    }
    if (expired) {
        price = std::max(price, step_from(times(*expired, kRaise)));
    }
    price = std::min(price, rules_.cap);
    remember(price, now);
    return price;
}

UnitPrice PriceView::bid_against(UnitPrice lowest, time_point now) const {
    constexpr std::uint64_t kMore = 115;
    if (is_ours(lowest, now)) {
        return step_below(lowest);
    }
    return step_from(lowest) == lowest ? lowest : step_from(times(lowest, kMore));
}

bool PriceView::is_ours(UnitPrice price, time_point now) const {
    return std::ranges::any_of(
        ours_, [&](const Bid& bid) { return bid.price == price && now - bid.last < kOursFor; });
}

void PriceView::remember(UnitPrice price, time_point now) {
    std::erase_if(ours_,
                  [&](const Bid& bid) { return bid.price == price || now - bid.last >= kOursFor; });
    ours_.push_back({price, now});
}

} // namespace relay::jobs
