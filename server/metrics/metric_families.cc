// SPDX-License-Identifier: Apache-2.0

#include "server/metrics/metric_families.h"

#include <cmath>
#include <limits>
#include <utility>

namespace spiked {
namespace {

FamilyBuilder Make(std::string name, std::string help,
                   prometheus::MetricType type) {
  FamilyBuilder builder;
  builder.family.name = std::move(name);
  builder.family.help = std::move(help);
  builder.family.type = type;
  return builder;
}

}  // namespace

FamilyBuilder FamilyBuilder::Counter(std::string name, std::string help) {
  return Make(std::move(name), std::move(help),
              prometheus::MetricType::Counter);
}
FamilyBuilder FamilyBuilder::Gauge(std::string name, std::string help) {
  return Make(std::move(name), std::move(help), prometheus::MetricType::Gauge);
}
FamilyBuilder FamilyBuilder::Histogram(std::string name, std::string help) {
  return Make(std::move(name), std::move(help),
              prometheus::MetricType::Histogram);
}

FamilyBuilder& FamilyBuilder::Add(double value, Labels labels) {
  prometheus::ClientMetric metric;
  metric.label = std::move(labels);
  if (family.type == prometheus::MetricType::Counter) {
    metric.counter.value = value;
  } else {
    metric.gauge.value = value;
  }
  family.metric.push_back(std::move(metric));
  return *this;
}

FamilyBuilder& FamilyBuilder::Add(const DurationHistogram& histogram,
                                  double first_s, double last_s,
                                  Labels labels) {
  prometheus::ClientMetric metric;
  metric.label = std::move(labels);
  const auto add_bucket = [&](int64_t count, double bound) {
    metric.histogram.bucket.push_back({static_cast<uint64_t>(count), bound});
  };
  const int octaves =
      static_cast<int>(std::floor(std::log2(last_s / first_s) + 1e-6));
  for (int octave = 0; octave <= octaves; ++octave) {
    const double bound = std::ldexp(first_s, octave);
    add_bucket(histogram.CountUpTo(std::llround(bound * 1e9)), bound);
  }
  const int64_t count = histogram.Count();
  add_bucket(count, std::numeric_limits<double>::infinity());
  metric.histogram.sample_count = static_cast<uint64_t>(count);
  metric.histogram.sample_sum = static_cast<double>(histogram.SumNanos()) / 1e9;
  family.metric.push_back(std::move(metric));
  return *this;
}

}  // namespace spiked
