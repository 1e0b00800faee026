#pragma once
// Counters, gauges and histograms with labels, and their Prometheus text. Names follow Prometheus'
// manner: base units (seconds, lamports), counters end in _total. HELP says of which relays a
// metric tells: those "of the fleet" are the same from each relay, for max() and not for sum().
//
// Handles are cheap values that stay good as long as their registry lives. Safe from any thread,
// but for before_text().

#include <chrono>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
class Summary;
} // namespace prometheus

namespace relay::observability {

class Counter {
  public:
    explicit Counter(prometheus::Counter& counter) : counter_(&counter) {}
    void add(double amount = 1);

  private:
    prometheus::Counter* counter_;
};

/// Absent from the text until it is set: what was never read is not 0.
class Gauge {
  public:
    using Make = std::function<prometheus::Gauge&()>;

    explicit Gauge(Make make) : made_(std::make_shared<Made>(std::move(make))) {}
    void set(double value);

  private:
    struct Made {
        Make make;
        prometheus::Gauge* gauge = nullptr;
        explicit Made(Make maker) : make(std::move(maker)) {}
    };
    std::shared_ptr<Made> made_;
};

class Histogram {
  public:
    explicit Histogram(prometheus::Histogram& histogram) : histogram_(&histogram) {}
    void observe(std::chrono::nanoseconds duration);

  private:
    prometheus::Histogram* histogram_;
};

/// Their sum and their number: the mean over any time. Two series, where a histogram takes twenty.
class Durations {
  public:
    explicit Durations(prometheus::Summary& summary) : summary_(&summary) {}
    void observe(std::chrono::nanoseconds duration);

  private:
    prometheus::Summary* summary_;
};

class MetricsRegistry {
  public:
    using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;
    enum class Buckets {
        /// 5 ms to 30 s: a call, a request.
        Calls,
        /// 100 ms to 30 minutes, fine where a withdraw completes that all goes well for.
        Lives,
    };

    MetricsRegistry();
    ~MetricsRegistry();
    MetricsRegistry(const MetricsRegistry&) = delete;
    MetricsRegistry& operator=(const MetricsRegistry&) = delete;

    /// The same name and labels give the same metric.
    Counter counter(const std::string& name, const std::string& help, Labels labels = {});
    Gauge gauge(const std::string& name, const std::string& help, Labels labels = {});
    Histogram histogram(const std::string& name, const std::string& help, Buckets buckets,
                        Labels labels = {});
    Durations durations(const std::string& name, const std::string& help, Labels labels = {});

    /// Done before each text(): for what is read only when somebody asks.
    void before_text(std::function<void()> update);

    /// Prometheus' text exposition format.
    std::string text() const;

  private:
    struct Families;
    std::unique_ptr<Families> families_;
};

} // namespace relay::observability
