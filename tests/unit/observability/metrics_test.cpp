#include "relay/observability/metrics.hpp"

#include <gtest/gtest.h>

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

TEST(Metrics, HistogramsCountInSeconds) {
    MetricsRegistry registry;
    auto histogram = registry.seconds("taken_seconds", "Time", {{"stage", "s"}});
    histogram.observe(0.0005);
    histogram.observe(1);
    histogram.observe(1'000);
    EXPECT_TRUE(has(registry, "taken_seconds_count{stage=\"s\"} 3\n"));
    EXPECT_TRUE(has(registry, "taken_seconds_bucket{stage=\"s\",le=\"0.001\"} 1\n"));
    EXPECT_TRUE(has(registry, "taken_seconds_bucket{stage=\"s\",le=\"1\"} 2\n"));
    EXPECT_TRUE(has(registry, "taken_seconds_bucket{stage=\"s\",le=\"120\"} 2\n"));
    EXPECT_TRUE(has(registry, "taken_seconds_bucket{stage=\"s\",le=\"+Inf\"} 3\n"));
}

TEST(Metrics, LabelsAreEscaped) {
    MetricsRegistry registry;
    registry.counter("odd_total", "Odd", {{"code", "a\"b\\c\nd"}}).add();
    EXPECT_TRUE(has(registry, "odd_total{code=\"a\\\"b\\\\c\\nd\"} 1\n"));
}

} // namespace
} // namespace relay::observability
