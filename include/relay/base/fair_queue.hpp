#pragma once
// A line in which clients take turns: who has a hundred waiting delays another's one by one of
// them, and not by a hundred. Within a client's, first come first served. Pure; holds what it is
// given by value. Size: what the owner lets in; it sheds from the client that has most waiting.

#include "relay/base/client_key.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <deque>
#include <optional>
#include <unordered_map>
#include <utility>

namespace relay::base {

template <class T>
class FairQueue {
  public:
    void push(ClientKey client, T item) {
        auto& own = waiting_[client];
        if (own.empty()) {
            turns_.push_back(client);
        }
        own.push_back(std::move(item));
        ++size_;
    }

    /// The oldest of the client whose turn it is.
    std::optional<T> pop() {
        if (turns_.empty()) {
            return std::nullopt;
        }
        const auto client = turns_.front();
        turns_.pop_front();
        auto& own = waiting_.at(client);
        auto item = std::move(own.front());
        own.pop_front();
        --size_;
        if (own.empty()) {
            waiting_.erase(client);
        } else {
            turns_.push_back(client);
        }
        return item;
    }

    /// The newest of the client that has most waiting; of several, of the one whose turn is last.
    std::optional<T> shed() {
        if (turns_.empty()) {
            return std::nullopt;
        }
        const auto greediest = *std::max_element(
            turns_.rbegin(), turns_.rend(),
            [this](ClientKey one, ClientKey other) { return count(one) < count(other); });
        auto item = std::move(waiting_.at(greediest).back());
        drop(greediest, waiting_.at(greediest).size() - 1);
        return item;
    }

    /// Takes one out that waits no more. REQUIRES: it is there.
    void erase(ClientKey client, const T& item) {
        const auto& own = waiting_.at(client);
        const auto found = std::ranges::find(own, item);
        assert(found != own.end());
        drop(client, static_cast<std::size_t>(found - own.begin()));
    }

    std::size_t size() const { return size_; }

  private:
    std::size_t count(ClientKey client) const { return waiting_.at(client).size(); }

    void drop(ClientKey client, std::size_t index) {
        auto& own = waiting_.at(client);
        own.erase(own.begin() + static_cast<std::ptrdiff_t>(index));
        --size_;
        if (own.empty()) {
            waiting_.erase(client);
            std::erase(turns_, client); // NOLINT(misc-include-cleaner): declared in <deque>
        }
    }

    std::unordered_map<ClientKey, std::deque<T>> waiting_; // none of them empty
    std::deque<ClientKey> turns_;                          // who has any waiting, next first
    std::size_t size_ = 0;
};

} // namespace relay::base
