#pragma once
// Writes lines to a descriptor without ever waiting for its reader: what a pipe, a terminal or a
// socket does not take at once is dropped and counted. The relay's leases do not hang on who reads
// its log.
//
// A pipe that says it is writable takes 4096 bytes in one piece (PIPE_BUF on Linux), so a line of
// that length never blocks, and goes out whole or not at all. REQUIRES: SIGPIPE is ignored.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace relay::observability {

class LogWriter {
  public:
    static constexpr std::size_t kLongestLine = 4096;

    explicit LogWriter(int descriptor) : descriptor_(descriptor) {}

    /// With its newline, kLongestLine at most. One caller at a time.
    void write(std::string_view line);

    std::uint64_t dropped() const { return dropped_; }
    /// How many were dropped before the line just written; told once.
    std::uint64_t take_gap();

  private:
    bool put(std::string_view text);

    int descriptor_;
    std::uint64_t dropped_ = 0;
    std::uint64_t untold_ = 0;
    std::uint64_t gap_ = 0;
    /// A disk took only part of the last line.
    bool torn_ = false;
};

} // namespace relay::observability
