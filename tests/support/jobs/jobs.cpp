#include "support/jobs/jobs.hpp"

#include "relay/base/clock.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/ledger.hpp"
#include "support/solana/samples.hpp"

#include <chrono>
#include <cstdint>

namespace relay::test {

jobs::JobId make_job_id(std::uint32_t number) {
    jobs::JobId id;
    write_number(id.bytes, 0x01, number);
    return id;
}

jobs::NewJob make_new_job(std::uint32_t number) {
    return {make_job_id(number), make_withdraw(number)};
}

jobs::Timestamp wall_time(const base::Clock& clock) {
    return jobs::Timestamp(std::chrono::hours(24 * 365 * 55)) +
           std::chrono::floor<std::chrono::microseconds>(clock.now().time_since_epoch());
}

} // namespace relay::test
