#include "support/jobs/jobs.hpp"

#include "relay/jobs/job.hpp"
#include "relay/jobs/ledger.hpp"
#include "support/solana/samples.hpp"

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

} // namespace relay::test
