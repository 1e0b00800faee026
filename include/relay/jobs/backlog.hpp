#pragma once
// How many live jobs the ledger holds, as far as this relay knows, against how many it may hold.
// Counted by the store monitor; between two counts what is accepted here is added, and others' jobs
// show at the next.

#include <cstdint>

namespace relay::jobs {

class Backlog {
  public:
    explicit Backlog(std::uint64_t limit) : limit_(limit) {}

    bool is_full() const { return live_ >= limit_; }
    void counted(std::uint64_t live) { live_ = live; }
    void job_accepted() { ++live_; }

  private:
    std::uint64_t limit_;
    std::uint64_t live_ = 0;
};

} // namespace relay::jobs
