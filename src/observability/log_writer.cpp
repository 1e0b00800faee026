#include "relay/observability/log_writer.hpp"

#include <poll.h>
#include <unistd.h>
#include <cerrno>
#include <cstdint>
#include <string_view>
#include <utility>

namespace relay::observability {

void LogWriter::write(std::string_view line) {
    const bool written = (!torn_ || put("\n")) && put(line);
    if (written) {
        gap_ += std::exchange(untold_, 0);
    } else {
        ++untold_;
        ++dropped_;
    }
}

std::uint64_t LogWriter::take_gap() {
    return std::exchange(gap_, 0);
}

bool LogWriter::put(std::string_view text) {
    pollfd ready{descriptor_, POLLOUT, 0};
    if (::poll(&ready, 1, 0) != 1 || (ready.revents & POLLOUT) == 0) {
        return false;
    }
    ssize_t count = ::write(descriptor_, text.data(), text.size());
    if (count < 0 && errno == EINTR) {
        count = ::write(descriptor_, text.data(), text.size());
    }
    const bool whole = count == static_cast<ssize_t>(text.size());
    torn_ = count > 0 ? !whole : torn_;
    return whole;
}

} // namespace relay::observability
