// SPDX-License-Identifier: Apache-2.0
//
// Populations with positions, and distances by the definition.

#ifndef SPIKED_TESTS_SUPPORT_SHEET_H_
#define SPIKED_TESTS_SUPPORT_SHEET_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "core/spec/network_spec.h"

namespace spiked::testing {

// Spike sources on a grid around 0, or elsewhere.
PopulationSpec MakeGrid(const std::string& name, std::vector<int64_t> shape,
                        double spacing_mm, bool periodic = false,
                        std::vector<double> center_mm = {});

// Spike sources at uniformly drawn places around 0.
PopulationSpec MakeScattered(const std::string& name, int64_t size,
                             std::vector<double> extent_mm,
                             bool periodic = false);

// The same places as a list. The seed is that of the network.
PopulationSpec MakeListed(const PopulationSpec& population, int64_t seed);

// From a to b on the shortest way; `period` of 0: no period along an axis.
std::array<double, 3> Towards(const std::array<double, 3>& a,
                              const std::array<double, 3>& b,
                              const std::array<double, 3>& period);
double Length(const std::array<double, 3>& v);

// The periods of a population's space.
std::array<double, 3> PeriodOf(const PopulationSpec& population);

}  // namespace spiked::testing

#endif  // SPIKED_TESTS_SUPPORT_SHEET_H_
