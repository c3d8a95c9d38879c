// SPDX-License-Identifier: Apache-2.0

#include "core/build/positions.h"

#include <algorithm>
#include <variant>
#include <vector>

#include "core/spec/value.h"

namespace spiked {
namespace {

double SpacingOf(const GridPositions& grid, size_t axis) {
  return grid.spacing_mm[grid.spacing_mm.size() == 1 ? 0 : axis];
}

double CenterOf(const std::vector<double>& center_mm, size_t axis) {
  return center_mm.empty() ? 0 : center_mm[axis];
}

Extent Around(const std::vector<double>& center_mm,
              const std::vector<double>& extent_mm) {
  Extent extent;
  extent.dimensions = static_cast<int>(extent_mm.size());
  for (size_t k = 0; k < extent_mm.size(); ++k) {
    extent.size[k] = extent_mm[k];
    extent.low[k] = CenterOf(center_mm, k) - 0.5 * extent_mm[k];
  }
  return extent;
}

Extent ExtentOfLayout(std::monostate) { return {}; }
Extent ExtentOfLayout(const GridPositions& grid) {
  std::vector<double> extent_mm;
  for (size_t k = 0; k < grid.shape.size(); ++k) {
    extent_mm.push_back(static_cast<double>(grid.shape[k]) *
                        SpacingOf(grid, k));
  }
  return Around(grid.center_mm, extent_mm);
}
Extent ExtentOfLayout(const ListedPositions& list) {
  return Around(list.center_mm, list.extent_mm);
}
Extent ExtentOfLayout(const UniformPositions& uniform) {
  return Around(uniform.center_mm, uniform.extent_mm);
}

}  // namespace

Extent ExtentOf(const PositionsSpec& positions) {
  Extent extent =
      std::visit([](const auto& layout) { return ExtentOfLayout(layout); },
                 positions.layout);
  extent.periodic = positions.periodic;
  return extent;
}

Periods::Periods(const Extent& extent) {
  for (int k = 0; k < 3; ++k) {
    const bool periodic = extent.periodic && k < extent.dimensions;
    period_[k] = periodic ? extent.size[k] : kInfinity;
  }
}

Positions::Positions(const PopulationSpec& population, int64_t seed)
    : spec_(*population.positions),
      extent_(ExtentOf(spec_)),
      stream_(
          MakeRandomStream(seed, RandomPurpose::kPosition, population.name)) {}

Point Positions::At(int64_t neuron) const {
  if (const auto* grid = std::get_if<GridPositions>(&spec_.layout)) {
    return OnGrid(*grid, neuron);
  }
  if (const auto* list = std::get_if<ListedPositions>(&spec_.layout)) {
    return {list->x_mm[neuron], list->y_mm[neuron],
            list->z_mm.empty() ? 0 : list->z_mm[neuron]};
  }
  return Drawn(neuron);
}

Point Positions::OnGrid(const GridPositions& grid, int64_t neuron) const {
  Point point = {};
  for (size_t k = 0; k < grid.shape.size(); ++k) {
    const int64_t count = grid.shape[k];
    const double steps = static_cast<double>(neuron % count) -
                         0.5 * static_cast<double>(count - 1);
    point[k] = CenterOf(grid.center_mm, k) + steps * SpacingOf(grid, k);
    neuron /= count;
  }
  return point;
}

Point Positions::Drawn(int64_t neuron) const {
  Point point = {};
  ElementRandom random(stream_, static_cast<uint64_t>(neuron));
  for (int k = 0; k < extent_.dimensions; ++k) {
    point[k] = extent_.low[k] + extent_.size[k] * random.Uniform01();
  }
  return point;
}

DistanceRange DistancesBetween(const Extent& a, const Extent& b) {
  const Periods periods(b);
  double nearest = 0;
  double farthest = 0;
  for (int k = 0; k < b.dimensions; ++k) {
    if (b.periodic) {
      farthest += 0.25 * b.size[k] * b.size[k];
      continue;
    }
    const double gap =
        std::max({0.0, b.low[k] - a.high(k), a.low[k] - b.high(k)});
    const double reach = std::max(b.high(k) - a.low[k], a.high(k) - b.low[k]);
    nearest += gap * gap;
    farthest += reach * reach;
  }
  // Coordinates are rounded, so the range is widened.
  return {std::sqrt(nearest) * (1 - 1e-9), std::sqrt(farthest) * (1 + 1e-9)};
}

}  // namespace spiked
