// SPDX-License-Identifier: Apache-2.0
//
// The behaviour of clients/networks/polychronization_2006.yaml, second by
// second.

#ifndef SPIKED_TESTS_SUPPORT_POLYCHRONIZATION_H_
#define SPIKED_TESTS_SUPPORT_POLYCHRONIZATION_H_

#include <numeric>
#include <vector>

#include "tests/support/simulation.h"
#include "tests/support/spectrum.h"

namespace spiked::testing {

// Seconds are counted from 1; ranges [first, last] include both ends.
class Polychronization {
 public:
  static constexpr int kExcitatory = 800;
  static constexpr int kInhibitory = 200;
  static constexpr int kSecond = 1000;  // steps

  Polychronization(const NetworkSpec& network, int seconds)
      : simulation_(network), all_(seconds * kSecond), excitatory_(all_) {
    simulation_.Run(static_cast<int64_t>(all_.size()));
    for (const Spike& spike : simulation_.spikes()) {
      all_[spike.step] += 1;
      if (spike.neuron < kExcitatory) excitatory_[spike.step] += 1;
    }
  }

  double ExcitatoryHz(int first, int last) const {
    return Sum(excitatory_, first, last) / kExcitatory / (last - first + 1);
  }
  double InhibitoryHz(int first, int last) const {
    return (Sum(all_, first, last) - Sum(excitatory_, first, last)) /
           kInhibitory / (last - first + 1);
  }
  double PeakHz(int first, int last, double low, double high) const {
    return PeakFrequency(
        {all_.begin() + (first - 1) * kSecond, all_.begin() + last * kSecond},
        low, high);
  }

  // Percentage of excitatory weights in [low, high] at the end.
  double PercentOfWeights(double low, double high) const {
    double inside = 0, all = 0;
    for (int p : {0, 1}) {
      for (const SynapseReading& s : simulation_.Synapses(p)) {
        inside += s.weight >= low && s.weight <= high ? 1 : 0;
        all += 1;
      }
    }
    return 100 * inside / all;
  }

 private:
  static double Sum(const std::vector<double>& counts, int first, int last) {
    return std::accumulate(counts.begin() + (first - 1) * kSecond,
                           counts.begin() + last * kSecond, 0.0);
  }

  Simulation simulation_;
  std::vector<double> all_;
  std::vector<double> excitatory_;
};

}  // namespace spiked::testing

#endif  // SPIKED_TESTS_SUPPORT_POLYCHRONIZATION_H_
