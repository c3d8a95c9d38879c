// SPDX-License-Identifier: Apache-2.0
//
// Measures of a network's activity.

#ifndef SPIKED_TESTS_SUPPORT_ACTIVITY_H_
#define SPIKED_TESTS_SUPPORT_ACTIVITY_H_

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdint>
#include <numbers>
#include <vector>

#include "tests/support/simulation.h"
#include "tests/support/statistics.h"

namespace spiked::testing {

struct Activity {
  double rate_hz = 0;          // per neuron
  double cv = 0;               // of interspike intervals, mean over neurons
  std::vector<double> per_ms;  // spikes in each millisecond
};

// Of all neurons, from step `first` to step `last`. The CV is over neurons of
// three intervals or more.
inline Activity MeasureActivity(const Simulation& simulation, double dt_ms,
                                int64_t first, int64_t last) {
  const auto neurons = static_cast<size_t>(simulation.network().neuron_count);
  std::vector<std::vector<double>> times(neurons);
  Activity activity;
  const double duration_ms = static_cast<double>(last - first) * dt_ms;
  activity.per_ms.resize(static_cast<size_t>(duration_ms));
  double count = 0;
  for (const Spike& spike : simulation.spikes()) {
    if (spike.step < first || spike.step >= last) continue;
    const double t = static_cast<double>(spike.step - first) * dt_ms;
    times[spike.neuron].push_back(t);
    const auto bin = static_cast<size_t>(t);
    if (bin < activity.per_ms.size()) activity.per_ms[bin] += 1;
    count += 1;
  }
  activity.rate_hz =
      count / static_cast<double>(neurons) / (duration_ms / 1000);
  std::vector<double> cvs;
  for (const std::vector<double>& t : times) {
    if (t.size() < 4) continue;
    std::vector<double> intervals;
    for (size_t i = 1; i < t.size(); ++i) intervals.push_back(t[i] - t[i - 1]);
    cvs.push_back(std::sqrt(Variance(intervals)) / Mean(intervals));
  }
  if (!cvs.empty()) activity.cv = Mean(cvs);
  return activity;
}

// The frequency in [low, high] Hz with the most power, in windows of
// `window_ms` that overlap by half: to 1000 / window_ms Hz.
inline double PeakFrequency(const std::vector<double>& per_ms, int window_ms,
                            double low, double high) {
  double peak = 0, most = -1;
  for (int k = 1; k <= window_ms / 2; ++k) {
    const double hz = 1000.0 * k / window_ms;
    if (hz < low || hz > high) continue;
    double power = 0;
    for (size_t begin = 0; begin + window_ms <= per_ms.size();
         begin += window_ms / 2) {
      std::complex<double> sum = 0;
      for (int i = 0; i < window_ms; ++i) {
        const double phase = 2 * std::numbers::pi * i / window_ms;
        // A Hann window has no part of its own at k >= 2.
        sum += per_ms[begin + i] * (0.5 - 0.5 * std::cos(phase)) *
               std::polar(1.0, -phase * k);
      }
      power += std::norm(sum);
    }
    if (power > most) {
      most = power;
      peak = hz;
    }
  }
  return peak;
}

}  // namespace spiked::testing

#endif  // SPIKED_TESTS_SUPPORT_ACTIVITY_H_
