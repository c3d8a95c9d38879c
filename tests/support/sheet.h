// SPDX-License-Identifier: Apache-2.0
//
// Populations with positions, and distances computed from their definition.

#ifndef SPIKED_TESTS_SUPPORT_SHEET_H_
#define SPIKED_TESTS_SUPPORT_SHEET_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "core/spec/network_spec.h"

namespace spiked::testing {

// Spike sources on a grid, by default around 0.
PopulationSpec MakeGrid(const std::string& name, std::vector<int64_t> shape,
                        double spacing_mm, bool periodic = false,
                        std::vector<double> center_mm = {});

// Spike sources at uniformly drawn positions around 0.
PopulationSpec MakeScattered(const std::string& name, int64_t size,
                             std::vector<double> extent_mm,
                             bool periodic = false);

// The same positions as a list. `seed` is the network's.
PopulationSpec MakeListed(const PopulationSpec& population, int64_t seed);

// The shortest vector from a to b; a `period` of 0 means that an axis isn't
// periodic.
std::array<double, 3> Towards(const std::array<double, 3>& a,
                              const std::array<double, 3>& b,
                              const std::array<double, 3>& period);
double Length(const std::array<double, 3>& v);

// The periods of a population's space.
std::array<double, 3> PeriodOf(const PopulationSpec& population);

}  // namespace spiked::testing

#endif  // SPIKED_TESTS_SUPPORT_SHEET_H_
