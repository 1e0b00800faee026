#pragma once
// How many of something run at this moment: a gauge that is read when somebody asks.
//
//     const auto entry = calls_.enter();   // until it dies

#include "relay/observability/metrics.hpp"

#include <cstddef>
#include <memory>
#include <string>

namespace relay::observability {

class InFlight {
  public:
    class Entry {
      public:
        explicit Entry(std::size_t& count) : count_(count) { ++count_; }
        ~Entry() { --count_; }
        Entry(const Entry&) = delete;
        Entry& operator=(const Entry&) = delete;

      private:
        std::size_t& count_;
    };

    /// The registry may outlive this object; an entry may not.
    InFlight(MetricsRegistry& metrics, const std::string& name, const std::string& help,
             MetricsRegistry::Labels labels = {});

    Entry enter() { return Entry(*count_); }

  private:
    std::shared_ptr<std::size_t> count_;
};

} // namespace relay::observability
