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
#include <string>
#include <vector>

#include "tests/support/simulation.h"
#include "tests/support/statistics.h"

namespace spiked::testing {

struct Activity {
  double rate_hz = 0;          // per neuron
  double cv = 0;               // of interspike intervals, mean over neurons
  std::vector<double> per_ms;  // spikes in each millisecond
};

// A range of neurons of a network.
struct NeuronRange {
  int64_t first, count;
};

inline NeuronRange RangeOf(const Simulation& simulation,
                           const std::string& population) {
  const Network& network = simulation.network();
  const Population& p = network.populations[network.FindPopulation(population)];
  return {p.first_neuron, p.count};
}

// Activity of some neurons, from step `first` to step `last`. The CV is over
// neurons with three intervals or more.
inline Activity MeasureActivity(const Simulation& simulation, double dt_ms,
                                int64_t first, int64_t last,
                                NeuronRange range) {
  std::vector<std::vector<double>> times(range.count);
  Activity activity;
  const double duration_ms = static_cast<double>(last - first) * dt_ms;
  activity.per_ms.resize(static_cast<size_t>(duration_ms));
  double count = 0;
  for (const Spike& spike : simulation.spikes()) {
    if (spike.step < first || spike.step >= last) continue;
    const int64_t neuron = spike.neuron - range.first;
    if (neuron < 0 || neuron >= range.count) continue;
    const double t = static_cast<double>(spike.step - first) * dt_ms;
    times[neuron].push_back(t);
    const auto bin = static_cast<size_t>(t);
    if (bin < activity.per_ms.size()) activity.per_ms[bin] += 1;
    count += 1;
  }
  activity.rate_hz =
      count / static_cast<double>(range.count) / (duration_ms / 1000);
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

// Activity of all neurons.
inline Activity MeasureActivity(const Simulation& simulation, double dt_ms,
                                int64_t first, int64_t last) {
  return MeasureActivity(simulation, dt_ms, first, last,
                         {0, simulation.network().neuron_count});
}

// Variance over mean of the spike counts in bins of `bin_ms`: 1 for independent
// neurons with low rates.
inline double Synchrony(const std::vector<double>& per_ms, size_t bin_ms) {
  std::vector<double> bins;
  for (size_t i = 0; i + bin_ms <= per_ms.size(); i += bin_ms) {
    double sum = 0;
    for (size_t k = 0; k < bin_ms; ++k) sum += per_ms[i + k];
    bins.push_back(sum);
  }
  return Variance(bins) / Mean(bins);
}

// The frequency in [low, high] Hz with the most power, in windows of
// `window_ms` that overlap by half: with a resolution of 1000 / window_ms Hz.
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
        // The Hann window itself has no power at k >= 2.
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
