#include "relay/observability/metrics.hpp"

#include "relay/observability/process_metrics.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace relay::observability {
namespace {

bool has(const MetricsRegistry& registry, const std::string& text) {
    return registry.text().find(text) != std::string::npos;
}

TEST(Metrics, TheSameNameAndLabelsAreTheSameMetric) {
    MetricsRegistry registry;
    registry.counter("jobs_total", "Jobs", {{"code", "a"}}).add();
    registry.counter("jobs_total", "Jobs", {{"code", "a"}}).add(2);
    registry.counter("jobs_total", "Jobs", {{"code", "b"}}).add();
    EXPECT_TRUE(has(registry, "# HELP jobs_total Jobs\n# TYPE jobs_total counter\n"));
    EXPECT_TRUE(has(registry, "jobs_total{code=\"a\"} 3\n"));
    EXPECT_TRUE(has(registry, "jobs_total{code=\"b\"} 1\n"));
}

TEST(Metrics, HandlesStayGoodAsTheRegistryGrows) {
    MetricsRegistry registry;
    auto first = registry.gauge("first", "First");
    for (int number = 0; number < 200; ++number) {
        registry.gauge("gauge_" + std::to_string(number), "More").set(number);
    }
    first.set(7);
    EXPECT_TRUE(has(registry, "first 7\n"));
}

TEST(Metrics, AGaugeThatWasNeverSetIsAbsent) {
    MetricsRegistry registry;
    auto balance = registry.gauge("balance_lamports", "Balance");
    EXPECT_FALSE(has(registry, "\nbalance_lamports "));
    balance.set(0);
    EXPECT_TRUE(has(registry, "\nbalance_lamports 0\n"));
}

TEST(Metrics, HistogramsCountInSeconds) {
    MetricsRegistry registry;
    auto histogram = registry.histogram("taken_seconds", "Time", MetricsRegistry::Buckets::Lives,
                                        {{"stage", "s"}});
    histogram.observe(std::chrono::milliseconds(50));
    histogram.observe(std::chrono::milliseconds(350));
    histogram.observe(std::chrono::hours(1));
    EXPECT_TRUE(has(registry, "taken_seconds_count{stage=\"s\"} 3\n"));
    EXPECT_TRUE(has(registry, "taken_seconds_bucket{stage=\"s\",le=\"0.1\"} 1\n"));
    EXPECT_TRUE(has(registry, "taken_seconds_bucket{stage=\"s\",le=\"0.3\"} 1\n"));
    EXPECT_TRUE(has(registry, "taken_seconds_bucket{stage=\"s\",le=\"0.4\"} 2\n"));
    EXPECT_TRUE(has(registry, "taken_seconds_bucket{stage=\"s\",le=\"1800\"} 2\n"));
    EXPECT_TRUE(has(registry, "taken_seconds_bucket{stage=\"s\",le=\"+Inf\"} 3\n"));
}

TEST(Metrics, DurationsAreASumAndANumber) {
    MetricsRegistry registry;
    auto durations = registry.durations("call_seconds", "Time");
    durations.observe(std::chrono::milliseconds(250));
    durations.observe(std::chrono::milliseconds(500));
    EXPECT_TRUE(has(registry, "call_seconds_count 2\ncall_seconds_sum 0.75\n"));
}

TEST(Metrics, WhatIsReadOnlyWhenAskedForIsReadEachTime) {
    MetricsRegistry registry;
    registry.before_text(
        [reads = 0, gauge = registry.gauge("reads", "Reads")]() mutable { gauge.set(++reads); });
    EXPECT_TRUE(has(registry, "\nreads 1\n"));
    EXPECT_TRUE(has(registry, "\nreads 2\n"));
}

TEST(Metrics, TheProcessTellsWhatTheSystemSaysOfIt) {
    MetricsRegistry registry;
    add_process_metrics(registry);
    const auto text = registry.text();
    for (const auto* name : {"process_cpu_seconds_total", "process_resident_memory_bytes",
                             "process_virtual_memory_bytes", "process_open_fds", "process_max_fds",
                             "process_start_time_seconds", "process_threads"}) {
        EXPECT_NE(text.find("\n" + std::string(name) + " "), std::string::npos) << name;
    }
    EXPECT_EQ(text.find("\nprocess_open_fds 0\n"), std::string::npos);
}

TEST(Metrics, LabelsAreEscaped) {
    MetricsRegistry registry;
    registry.counter("odd_total", "Odd", {{"code", "a\"b\\c\nd"}}).add();
    EXPECT_TRUE(has(registry, "odd_total{code=\"a\\\"b\\\\c\\nd\"} 1\n"));
}

} // namespace
} // namespace relay::observability
