#pragma once
// Jobs for tests, any number of them, told apart by a number.

#include "relay/base/clock.hpp"
#include "relay/jobs/job.hpp"
#include "relay/jobs/ledger.hpp"
#include "support/solana/samples.hpp"

#include <cstdint>

namespace relay::test {

/// The same number gives the same id; they are ordered as their numbers.
jobs::JobId make_job_id(std::uint32_t number);

jobs::NewJob make_new_job(std::uint32_t number);

/// As the stores in memory tell the time.
jobs::Timestamp wall_time(const base::Clock& clock);

} // namespace relay::test
