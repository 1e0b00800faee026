#include "relay/jobs/job.hpp"

#include "relay/base/encoding.hpp"

#include <sys/random.h>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace relay::jobs {

namespace {

constexpr std::size_t kUuidText = 36;
constexpr std::size_t kDashes = 4;

bool is_dash_position(std::size_t position) {
    return position == 8 || position == 13 || position == 18 || position == 23;
}

} // namespace

JobId JobId::make(std::chrono::system_clock::time_point now) {
    JobId id;
    if (!std::cmp_equal(::getrandom(id.bytes.data(), id.bytes.size(), 0), id.bytes.size())) {
        throw std::runtime_error("the system gave no random bytes");
    }
    const auto milliseconds = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count());
    for (std::size_t index = 0; index < 6; ++index) {
        id.bytes[index] = static_cast<std::uint8_t>(milliseconds >> (40 - 8 * index));
    }
    id.bytes[6] = static_cast<std::uint8_t>(0x70 | (id.bytes[6] & 0x0f)); // version 7
    id.bytes[8] = static_cast<std::uint8_t>(0x80 | (id.bytes[8] & 0x3f)); // RFC 9562 variant
    return id;
}

std::optional<JobId> JobId::parse(std::string_view text) {
    if (text.size() != kUuidText) {
        return std::nullopt;
    }
    std::array<char, kUuidText - kDashes> digits{};
    auto digit = digits.begin();
    for (std::size_t position = 0; position < text.size(); ++position) {
        if (!is_dash_position(position)) {
            *digit++ = text[position];
        } else if (text[position] != '-') {
            return std::nullopt;
        }
    }
    JobId id;
    if (!base::decode_hex({digits.data(), digits.size()}, id.bytes)) {
        return std::nullopt;
    }
    return id;
}

std::string JobId::to_string() const {
    const auto digits = base::encode_hex(bytes);
    std::string text(kUuidText, '-');
    auto digit = digits.begin();
    for (std::size_t position = 0; position < text.size(); ++position) {
        if (!is_dash_position(position)) {
            text[position] = *digit++;
        }
    }
    return text;
}

std::string_view to_string(JobStatus status) {
    switch (status) {
        case JobStatus::Queued:
            return "queued";
        case JobStatus::Processing:
            return "processing";
        case JobStatus::Completed:
            return "completed";
        case JobStatus::Failed:
            return "failed";
    }
    std::unreachable();
}

std::optional<JobStatus> parse_job_status(std::string_view text) {
    for (const auto status :
         {JobStatus::Queued, JobStatus::Processing, JobStatus::Completed, JobStatus::Failed}) {
        if (text == to_string(status)) {
            return status;
        }
    }
    return std::nullopt;
}

} // namespace relay::jobs
