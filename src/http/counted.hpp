#pragma once
// One more of something, for as long as it lives.

#include <cstddef>

namespace relay::http {

class Counted {
  public:
    explicit Counted(std::size_t& count) : count_(count) { ++count_; }
    ~Counted() { --count_; }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;

  private:
    std::size_t& count_;
};

} // namespace relay::http
