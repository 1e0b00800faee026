#include "relay/observability/process_metrics.hpp"

#include "relay/observability/metrics.hpp"

#include <sys/resource.h>
#include <unistd.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <system_error>

namespace relay::observability {

namespace {

/// The fields of /proc/self/stat that are of use here, in proc(5)'s units.
struct Stat {
    double user_ticks = 0;
    double system_ticks = 0;
    double threads = 0;
    double start_ticks = 0;
    double virtual_bytes = 0;
    double resident_pages = 0;
};

bool read(Stat& stat) {
    std::ifstream file("/proc/self/stat");
    std::string text;
    std::getline(file, text);
    const auto name_end = text.rfind(')'); // the name may hold anything
    if (name_end == std::string::npos) {
        return false;
    }
    std::istringstream fields(text.substr(name_end + 1));
    std::string state;
    double ignored = 0;
    fields >> state;
    const auto skip = [&](int count) {
        for (int index = 0; index < count; ++index) {
            fields >> ignored;
        }
    };
    skip(10); // 4 ppid to 13 cmajflt
    fields >> stat.user_ticks >> stat.system_ticks;
    skip(4); // 16 cutime to 19 nice
    fields >> stat.threads >> ignored >> stat.start_ticks >> stat.virtual_bytes >>
        stat.resident_pages;
    return static_cast<bool>(fields);
}

/// When the system started, in seconds since 1970; 0: not told.
double boot_time() {
    std::ifstream file("/proc/stat");
    std::string word;
    while (file >> word) {
        if (word == "btime") {
            double seconds = 0;
            file >> seconds;
            return seconds;
        }
    }
    return 0;
}

/// 0: not told.
double open_descriptors() {
    std::error_code error;
    const std::filesystem::directory_iterator all("/proc/self/fd", error);
    return error ? 0 : static_cast<double>(std::distance(begin(all), end(all)));
}

class ProcessMetrics {
  public:
    explicit ProcessMetrics(MetricsRegistry& metrics)
        : cpu_(metrics.counter("process_cpu_seconds_total", "CPU time, user and system")),
          resident_(metrics.gauge("process_resident_memory_bytes", "Resident memory")),
          virtual_(metrics.gauge("process_virtual_memory_bytes", "Virtual memory")),
          started_(metrics.gauge("process_start_time_seconds", "Start time since 1970")),
          threads_(metrics.gauge("process_threads", "Threads")),
          open_(metrics.gauge("process_open_fds", "Open file descriptors")),
          most_(metrics.gauge("process_max_fds", "File descriptors that may be open")) {}

    void update() {
        Stat stat;
        const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
        if (read(stat)) {
            const double cpu = (stat.user_ticks + stat.system_ticks) / ticks;
            cpu_.add(cpu - counted_cpu_);
            counted_cpu_ = cpu;
            resident_.set(stat.resident_pages * static_cast<double>(::sysconf(_SC_PAGESIZE)));
            virtual_.set(stat.virtual_bytes);
            threads_.set(stat.threads);
            if (const auto booted = boot_time(); booted > 0) {
                started_.set(booted + stat.start_ticks / ticks);
            }
        }
        if (const auto open = open_descriptors(); open > 0) {
            open_.set(open);
        }
        rlimit limit{};
        if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
            most_.set(static_cast<double>(limit.rlim_cur));
        }
    }

  private:
    Counter cpu_;
    double counted_cpu_ = 0;
    Gauge resident_;
    Gauge virtual_;
    Gauge started_;
    Gauge threads_;
    Gauge open_;
    Gauge most_;
};

} // namespace

void add_process_metrics(MetricsRegistry& metrics) {
    metrics.before_text([process = ProcessMetrics(metrics)]() mutable { process.update(); });
}

} // namespace relay::observability
