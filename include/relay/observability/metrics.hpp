#pragma once
// Counters, gauges and histograms with labels, and their Prometheus text. Names follow Prometheus'
// manner: base units (seconds, lamports), counters end in _total.
//
// Handles are cheap values that stay good as long as their registry lives. Safe from any thread.

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
} // namespace prometheus

namespace relay::observability {

class Counter {
  public:
    explicit Counter(prometheus::Counter& counter) : counter_(&counter) {}
    void add(double amount = 1);

  private:
    prometheus::Counter* counter_;
};

class Gauge {
  public:
    explicit Gauge(prometheus::Gauge& gauge) : gauge_(&gauge) {}
    void set(double value);

  private:
    prometheus::Gauge* gauge_;
};

class Histogram {
  public:
    explicit Histogram(prometheus::Histogram& histogram) : histogram_(&histogram) {}
    void observe(double value);

  private:
    prometheus::Histogram* histogram_;
};

class MetricsRegistry {
  public:
    using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

    MetricsRegistry();
    ~MetricsRegistry();
    MetricsRegistry(const MetricsRegistry&) = delete;
    MetricsRegistry& operator=(const MetricsRegistry&) = delete;

    /// The same name and labels give the same metric.
    Counter counter(const std::string& name, const std::string& help, Labels labels = {});
    Gauge gauge(const std::string& name, const std::string& help, Labels labels = {});
    /// In seconds, with buckets from 1 ms to 2 minutes.
    Histogram seconds(const std::string& name, const std::string& help, Labels labels = {});

    /// Prometheus' text exposition format.
    std::string text() const;

  private:
    struct Families;
    std::unique_ptr<Families> families_;
};

} // namespace relay::observability
