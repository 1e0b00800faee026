#pragma once
// The clock of the in-memory store and queue: it moves when the test says so.

#include "relay/jobs/job.hpp"

#include <chrono>

namespace relay::test {

class ManualClock {
  public:
    jobs::Timestamp now() const { return now_; }
    void advance(std::chrono::microseconds duration) { now_ += duration; }

  private:
    jobs::Timestamp now_{std::chrono::hours(24 * 365 * 55)};
};

} // namespace relay::test
