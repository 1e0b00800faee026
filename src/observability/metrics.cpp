#include "relay/observability/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/summary.h>
#include <prometheus/text_serializer.h>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace relay::observability {

namespace {

prometheus::Histogram::BucketBoundaries boundaries(MetricsRegistry::Buckets buckets) {
    switch (buckets) {
        case MetricsRegistry::Buckets::Calls:
            return {0.005, 0.025, 0.1, 0.3, 1, 3, 10, 30};
        case MetricsRegistry::Buckets::Lives:
            return {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1,   1.5,
                    2,   3,   5,   10,  20,  30,  60,  120, 300, 600, 1800};
    }
    std::unreachable();
}

std::map<std::string, std::string> to_map(MetricsRegistry::Labels labels) {
    std::map<std::string, std::string> map;
    for (const auto& [name, value] : labels) {
        map.emplace(name, value);
    }
    return map;
}

double seconds(std::chrono::nanoseconds duration) {
    return std::chrono::duration<double>(duration).count();
}

} // namespace

void Counter::add(double amount) {
    counter_->Increment(amount);
}

void Gauge::set(double value) {
    if (made_->gauge == nullptr) {
        made_->gauge = &made_->make();
    }
    made_->gauge->Set(value);
}

void Histogram::observe(std::chrono::nanoseconds duration) {
    histogram_->Observe(seconds(duration));
}

void Durations::observe(std::chrono::nanoseconds duration) {
    summary_->Observe(seconds(duration));
}

struct MetricsRegistry::Families {
    // Merge: asking for a family or a metric again gives the first one.
    prometheus::Registry registry{prometheus::Registry::InsertBehavior::Merge};
    std::vector<std::function<void()>> updates;
};

MetricsRegistry::MetricsRegistry() : families_(std::make_unique<Families>()) {}
MetricsRegistry::~MetricsRegistry() = default;

Counter MetricsRegistry::counter(const std::string& name, const std::string& help, Labels labels) {
    auto& family = prometheus::BuildCounter().Name(name).Help(help).Register(families_->registry);
    return Counter(family.Add(to_map(labels)));
}

Gauge MetricsRegistry::gauge(const std::string& name, const std::string& help, Labels labels) {
    auto& family = prometheus::BuildGauge().Name(name).Help(help).Register(families_->registry);
    return Gauge(
        [&family, labels = to_map(labels)]() -> prometheus::Gauge& { return family.Add(labels); });
}

Histogram MetricsRegistry::histogram(const std::string& name, const std::string& help,
                                     Buckets buckets, Labels labels) {
    auto& family = prometheus::BuildHistogram().Name(name).Help(help).Register(families_->registry);
    return Histogram(family.Add(to_map(labels), boundaries(buckets)));
}

Durations MetricsRegistry::durations(const std::string& name, const std::string& help,
                                     Labels labels) {
    auto& family = prometheus::BuildSummary().Name(name).Help(help).Register(families_->registry);
    return Durations(family.Add(to_map(labels), prometheus::Summary::Quantiles{}));
}

void MetricsRegistry::before_text(std::function<void()> update) {
    families_->updates.push_back(std::move(update));
}

std::string MetricsRegistry::text() const {
    for (const auto& update : families_->updates) {
        update();
    }
    return prometheus::TextSerializer().Serialize(families_->registry.Collect());
}

} // namespace relay::observability
