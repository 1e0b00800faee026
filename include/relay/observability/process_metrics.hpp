#pragma once
// What the system says of this process, by the names that Prometheus' own clients use:
// process_cpu_seconds_total, process_resident_memory_bytes, process_virtual_memory_bytes,
// process_open_fds, process_max_fds, process_start_time_seconds, process_threads.
// Source: proc(5), https://prometheus.io/docs/instrumenting/writing_clientlibs/.

#include "relay/observability/metrics.hpp"

namespace relay::observability {

/// Read anew at each text(). What the system does not tell is absent.
void add_process_metrics(MetricsRegistry& metrics);

} // namespace relay::observability
