#include "relay/observability/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <map>
#include <memory>
#include <string>

namespace relay::observability {

namespace {

const prometheus::Histogram::BucketBoundaries kSecondBuckets = {
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120};

std::map<std::string, std::string> to_map(MetricsRegistry::Labels labels) {
    std::map<std::string, std::string> map;
    for (const auto& [name, value] : labels) {
        map.emplace(name, value);
    }
    return map;
}

} // namespace

void Counter::add(double amount) {
    counter_->Increment(amount);
}

void Gauge::set(double value) {
    gauge_->Set(value);
}

void Histogram::observe(double value) {
    histogram_->Observe(value);
}

struct MetricsRegistry::Families {
    // Merge: asking for a family or a metric again gives the first one.
    prometheus::Registry registry{prometheus::Registry::InsertBehavior::Merge};
};

MetricsRegistry::MetricsRegistry() : families_(std::make_unique<Families>()) {}
MetricsRegistry::~MetricsRegistry() = default;

Counter MetricsRegistry::counter(const std::string& name, const std::string& help, Labels labels) {
    auto& family = prometheus::BuildCounter().Name(name).Help(help).Register(families_->registry);
    return Counter(family.Add(to_map(labels)));
}

Gauge MetricsRegistry::gauge(const std::string& name, const std::string& help, Labels labels) {
    auto& family = prometheus::BuildGauge().Name(name).Help(help).Register(families_->registry);
    return Gauge(family.Add(to_map(labels)));
}

Histogram MetricsRegistry::seconds(const std::string& name, const std::string& help,
                                   Labels labels) {
    auto& family = prometheus::BuildHistogram().Name(name).Help(help).Register(families_->registry);
    return Histogram(family.Add(to_map(labels), kSecondBuckets));
}

std::string MetricsRegistry::text() const {
    return prometheus::TextSerializer().Serialize(families_->registry.Collect());
}

} // namespace relay::observability
