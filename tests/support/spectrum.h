// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_SUPPORT_SPECTRUM_H_
#define SPIKED_TESTS_SUPPORT_SPECTRUM_H_

#include <cmath>
#include <complex>
#include <cstddef>
#include <numbers>
#include <vector>

namespace spiked::testing {

// The frequency in [low, high] Hz at which counts in steps of 1 ms have the
// most power, averaged over windows of 2 s.
inline double PeakFrequency(const std::vector<double>& counts, double low,
                            double high) {
  constexpr int kWindow = 2000;
  double peak = 0, most = -1;
  for (double hz = low; hz <= high; hz += 0.5) {
    double power = 0;
    for (size_t begin = 0; begin + kWindow <= counts.size();
         begin += kWindow / 2) {
      double mean = 0;
      for (int k = 0; k < kWindow; ++k) mean += counts[begin + k] / kWindow;
      std::complex<double> sum = 0;
      for (int k = 0; k < kWindow; ++k) {
        const double hann =
            0.5 - 0.5 * std::cos(2 * std::numbers::pi * k / kWindow);
        sum += (counts[begin + k] - mean) * hann *
               std::polar(1.0, -2 * std::numbers::pi * hz * k / 1000);
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

#endif  // SPIKED_TESTS_SUPPORT_SPECTRUM_H_
