// SPDX-License-Identifier: Apache-2.0

#include "tests/support/sheet.h"

#include <cmath>
#include <utility>

#include "core/build/positions.h"
#include "tests/support/network_builder.h"

namespace spiked::testing {

PopulationSpec MakeGrid(const std::string& name, std::vector<int64_t> shape,
                        double spacing_mm, bool periodic,
                        std::vector<double> center_mm) {
  int64_t size = 1;
  for (int64_t n : shape) size *= n;
  PopulationSpec p = MakePopulation(name, "spike_source", size);
  p.positions.emplace();
  p.positions->layout =
      GridPositions{std::move(shape), {spacing_mm}, std::move(center_mm)};
  p.positions->periodic = periodic;
  return p;
}

PopulationSpec MakeScattered(const std::string& name, int64_t size,
                             std::vector<double> extent_mm, bool periodic) {
  PopulationSpec p = MakePopulation(name, "spike_source", size);
  p.positions.emplace();
  p.positions->layout = UniformPositions{std::move(extent_mm), {}};
  p.positions->periodic = periodic;
  return p;
}

PopulationSpec MakeListed(const PopulationSpec& population, int64_t seed) {
  const Positions positions(population, seed);
  const Extent& extent = positions.extent();
  ListedPositions list;
  for (int k = 0; k < extent.dimensions; ++k) {
    list.extent_mm.push_back(extent.size[k]);
    list.center_mm.push_back(extent.low[k] + 0.5 * extent.size[k]);
  }
  for (int64_t i = 0; i < population.size; ++i) {
    const Point at = positions.At(i);
    list.x_mm.push_back(at[0]);
    list.y_mm.push_back(at[1]);
    if (extent.dimensions == 3) list.z_mm.push_back(at[2]);
  }
  PopulationSpec listed = population;
  listed.positions->layout = std::move(list);
  return listed;
}

std::array<double, 3> Towards(const std::array<double, 3>& a,
                              const std::array<double, 3>& b,
                              const std::array<double, 3>& period) {
  std::array<double, 3> v = {};
  for (int k = 0; k < 3; ++k) {
    v[k] = b[k] - a[k];
    if (period[k] > 0) v[k] -= period[k] * std::round(v[k] / period[k]);
  }
  return v;
}

double Length(const std::array<double, 3>& v) {
  return std::sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
}

std::array<double, 3> PeriodOf(const PopulationSpec& population) {
  const Extent extent = ExtentOf(*population.positions);
  return extent.periodic ? extent.size : std::array<double, 3>{};
}

}  // namespace spiked::testing
