// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_SERVICES_POPULATION_SPECTRUM_H_
#define SPIKED_SERVER_RPC_SERVICES_POPULATION_SPECTRUM_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"

namespace spiked {

struct Spectrum {
  std::vector<double> frequencies_hz;  // ascending, without 0
  std::vector<double> power;           // spikes^2 / s
};

// The power spectrum of spike counts in M bins of `bin_s` seconds:
//
//   P(f_k) = 1 / (M bin_s) |sum_j (n_j - mean) exp(-2 pi i j k / M)|^2
//   f_k    = k / (M bin_s),  k = 1 .. floor(M / 2)
//
// a periodogram (e.g. Percival & Walden 1993, ch. 6), exactly at the f_k for
// any M: the transform is Bluestein's (1970, doi:10.1109/TAU.1970.1162132), a
// convolution of a power of two. Takes time in proportion to M log M.
Spectrum MakeSpectrum(absl::Span<const int32_t> counts, double bin_s);

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_SERVICES_POPULATION_SPECTRUM_H_
