// SPDX-License-Identifier: Apache-2.0

#include "core/build/validate_positions.h"

#include <cmath>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/build/positions.h"
#include "core/spec/names.h"

namespace spiked {
namespace {

bool Fail(Violations* violations, const std::string& path,
          std::string description) {
  violations->Add(path, std::move(description));
  return false;
}

bool CheckLength(double mm, const std::string& path, Violations* violations) {
  const std::string problem = LengthProblem(mm);
  return problem.empty() || Fail(violations, path, problem);
}

bool CheckCoordinate(double mm, const std::string& path,
                     Violations* violations) {
  return std::abs(mm) <= kMaxLengthMm ||  // false for NaN
         Fail(violations, path,
              absl::StrCat(mm, " is not in [", -kMaxLengthMm, ", ",
                           kMaxLengthMm, "] mm"));
}

// Calls check(number, path, violations) for a list, up to the first failure.
template <class Check>
bool CheckEach(const std::vector<double>& list, const std::string& path,
               Violations* violations, Check check) {
  for (size_t i = 0; i < list.size(); ++i) {
    if (!check(list[i], absl::StrCat(path, "[", i, "]"), violations)) {
      return false;
    }
  }
  return true;
}

// Checks each kind of layout; returns false after adding violations.
class LayoutChecker {
 public:
  LayoutChecker(int64_t size, std::string path, Violations* violations)
      : size_(size), path_(std::move(path)), violations_(violations) {}

  bool operator()(std::monostate) const {
    return Fail(violations_, path_,
                "has no layout; give grid, list or uniform");
  }

  bool operator()(const GridPositions& grid) const {
    const std::string path = path_ + ".grid";
    if (!CheckDimensions(grid.shape.size(), path + ".shape")) return false;
    // One point for each neuron.
    double points = 1;
    for (size_t k = 0; k < grid.shape.size(); ++k) {
      if (grid.shape[k] < 1) {
        return Fail(violations_, absl::StrCat(path, ".shape[", k, "]"),
                    absl::StrCat(grid.shape[k], " is less than 1"));
      }
      points *= static_cast<double>(grid.shape[k]);
    }
    if (size_ > 0 && points != static_cast<double>(size_)) {
      return Fail(
          violations_, path + ".shape",
          absl::StrCat("the grid has ", points, " points; it must have ", size_,
                       ", one per neuron"));
    }
    // Spacing, centre and size of the grid.
    if (grid.spacing_mm.size() != 1 &&
        grid.spacing_mm.size() != grid.shape.size()) {
      return Fail(violations_, path + ".spacing_mm",
                  absl::StrCat(grid.spacing_mm.size(),
                               " numbers; there must be one, or one for each "
                               "of the ",
                               grid.shape.size(), " dimensions"));
    }
    if (!CheckEach(grid.spacing_mm, path + ".spacing_mm", violations_,
                   CheckLength) ||
        !CheckCenter(grid.center_mm, grid.shape.size(), path)) {
      return false;
    }
    const Extent extent = ExtentOf({grid, false});
    for (size_t k = 0; k < grid.shape.size(); ++k) {
      if (extent.size[k] <= kMaxLengthMm) continue;
      return Fail(
          violations_, path + ".spacing_mm",
          absl::StrCat("the grid is ", extent.size[k], " mm long; at most ",
                       kMaxLengthMm, " mm are allowed"));
    }
    return true;
  }

  bool operator()(const ListedPositions& list) const {
    const std::string path = path_ + ".list";
    const size_t count = list.x_mm.size();
    const size_t dimensions = list.z_mm.empty() ? 2 : 3;
    if (size_ > 0 && count != static_cast<size_t>(size_)) {
      return Fail(violations_, path + ".x_mm",
                  absl::StrCat("the list has ", count, " values; it must have ",
                               size_, ", one per neuron"));
    }
    for (const auto& [name, values] :
         {std::pair(".y_mm", &list.y_mm), std::pair(".z_mm", &list.z_mm)}) {
      const bool is_missing = values == &list.z_mm && values->empty();
      if (values->size() == count || is_missing) continue;
      return Fail(
          violations_, path + name,
          absl::StrCat("the list has ", values->size(),
                       " values; it must have ", count, ", as many as x_mm"));
    }
    if (!CheckExtent(list.extent_mm, list.center_mm, dimensions, path)) {
      return false;
    }
    const Extent extent =
        ExtentOf({UniformPositions{list.extent_mm, list.center_mm}, false});
    return CheckInside(list.x_mm, extent, 0, path + ".x_mm") &&
           CheckInside(list.y_mm, extent, 1, path + ".y_mm") &&
           CheckInside(list.z_mm, extent, 2, path + ".z_mm");
  }

  bool operator()(const UniformPositions& uniform) const {
    const std::string path = path_ + ".uniform";
    const size_t dimensions = uniform.extent_mm.size();
    return CheckDimensions(dimensions, path + ".extent_mm") &&
           CheckExtent(uniform.extent_mm, uniform.center_mm, dimensions, path);
  }

 private:
  bool CheckDimensions(size_t count, const std::string& path) const {
    return count == 2 || count == 3 ||
           Fail(violations_, path,
                absl::StrCat(count,
                             " numbers; there must be two or three, one per "
                             "dimension"));
  }

  bool CheckCenter(const std::vector<double>& center_mm, size_t dimensions,
                   const std::string& path) const {
    if (!center_mm.empty() && center_mm.size() != dimensions) {
      return Fail(violations_, path + ".center_mm",
                  absl::StrCat(center_mm.size(), " numbers; there must be ",
                               dimensions, ", one per dimension, or none"));
    }
    return CheckEach(center_mm, path + ".center_mm", violations_,
                     CheckCoordinate);
  }

  bool CheckExtent(const std::vector<double>& extent_mm,
                   const std::vector<double>& center_mm, size_t dimensions,
                   const std::string& path) const {
    if (extent_mm.size() != dimensions) {
      return Fail(violations_, path + ".extent_mm",
                  absl::StrCat(extent_mm.size(), " numbers; there must be ",
                               dimensions, ", one per dimension"));
    }
    return CheckEach(extent_mm, path + ".extent_mm", violations_,
                     CheckLength) &&
           CheckCenter(center_mm, dimensions, path);
  }

  // Checks coordinates against the extent, with slack for rounding.
  bool CheckInside(const std::vector<double>& values, const Extent& extent,
                   int axis, const std::string& path) const {
    const double slack = 1e-9 * extent.size[axis];
    return CheckEach(
        values, path, violations_,
        [&](double mm, const std::string& at, Violations* violations) {
          const bool inside =
              mm >= extent.low[axis] - slack && mm <= extent.high(axis) + slack;
          return inside || Fail(violations, at,
                                absl::StrCat(mm, " is not in the extent, [",
                                             extent.low[axis], ", ",
                                             extent.high(axis), "] mm"));
        });
  }

  int64_t size_;
  std::string path_;
  Violations* violations_;
};

bool CheckKernel(const DistanceDependent& rule, const std::string& path,
                 Violations* violations) {
  if (const auto* box = std::get_if<BoxKernel>(&rule.kernel)) {
    return box->radius_mm == BoxKernel().radius_mm ||  // the default: no radius
           CheckLength(box->radius_mm, path + ".box.radius_mm", violations);
  }
  if (const auto* gaussian = std::get_if<GaussianKernel>(&rule.kernel)) {
    return CheckLength(gaussian->std_mm, path + ".gaussian.std_mm", violations);
  }
  if (const auto* e = std::get_if<ExponentialKernel>(&rule.kernel)) {
    return CheckLength(e->decay_mm, path + ".exponential.decay_mm", violations);
  }
  return Fail(violations, path,
              "has no kernel; give box, gaussian or exponential");
}

bool CheckMask(const DistanceMask& mask, int dimensions,
               const std::string& path, Violations* violations) {
  if (mask.radius_mm != DistanceMask().radius_mm &&
      !CheckLength(mask.radius_mm, path + ".radius_mm", violations)) {
    return false;
  }
  if (!(mask.inner_radius_mm >= 0 && mask.inner_radius_mm <= kMaxLengthMm)) {
    return Fail(violations, path + ".inner_radius_mm",
                absl::StrCat(mask.inner_radius_mm, " is not in [0, ",
                             kMaxLengthMm, "] mm"));
  }
  if (mask.inner_radius_mm > mask.radius_mm) {
    return Fail(
        violations, path + ".inner_radius_mm",
        absl::StrCat(mask.inner_radius_mm, " is greater than radius_mm (",
                     mask.radius_mm, ")"));
  }
  // The corners of a box, if there is one.
  if (mask.lower_mm.size() != mask.upper_mm.size()) {
    return Fail(
        violations, path + ".upper_mm",
        absl::StrCat(mask.upper_mm.size(),
                     " numbers; there must be as many as lower_mm has (",
                     mask.lower_mm.size(), ")"));
  }
  const size_t corners = mask.lower_mm.size();
  if (corners != 0 && dimensions != 0 &&
      corners != static_cast<size_t>(dimensions)) {
    return Fail(violations, path + ".lower_mm",
                absl::StrCat(corners, " numbers; there must be ", dimensions,
                             ", one per dimension, or none"));
  }
  if (corners != 0 && corners != 2 && corners != 3) {
    return Fail(violations, path + ".lower_mm",
                absl::StrCat(corners,
                             " numbers; there must be two or three, one per "
                             "dimension, or none"));
  }
  if (!CheckEach(mask.lower_mm, path + ".lower_mm", violations,
                 CheckCoordinate) ||
      !CheckEach(mask.upper_mm, path + ".upper_mm", violations,
                 CheckCoordinate)) {
    return false;
  }
  for (size_t k = 0; k < corners; ++k) {
    if (mask.lower_mm[k] <= mask.upper_mm[k]) continue;
    return Fail(violations, absl::StrCat(path, ".upper_mm[", k, "]"),
                absl::StrCat(mask.upper_mm[k], " is less than lower_mm (",
                             mask.lower_mm[k], ")"));
  }
  return true;
}

}  // namespace

std::string LengthProblem(double mm) {
  if (mm >= kMinLengthMm && mm <= kMaxLengthMm) return "";
  return absl::StrCat(mm, " is not in [", kMinLengthMm, ", ", kMaxLengthMm,
                      "] mm");
}

bool ValidatePositions(const PositionsSpec& positions, int64_t size,
                       const std::string& path, Violations* violations) {
  return std::visit(LayoutChecker(size, path, violations), positions.layout);
}

bool ValidateSpace(const PopulationSpec& source, const PopulationSpec& target,
                   const std::string& path, Violations* violations) {
  for (const PopulationSpec* p : {&source, &target}) {
    if (p->positions.has_value()) continue;
    return Fail(violations, path,
                absl::StrCat("needs positions, which population ",
                             Quoted(p->name), " doesn't have"));
  }
  const Extent a = ExtentOf(*source.positions);
  const Extent b = ExtentOf(*target.positions);
  if (a.dimensions != b.dimensions) {
    return Fail(violations, path,
                absl::StrCat("the positions of the populations have ",
                             a.dimensions, " and ", b.dimensions,
                             " dimensions; they must have as many"));
  }
  if (a.periodic != b.periodic) {
    return Fail(violations, path,
                absl::StrCat("of the populations only ",
                             Quoted((a.periodic ? source : target).name),
                             " is periodic; both must be, or neither"));
  }
  if (!a.periodic) return true;
  for (int k = 0; k < a.dimensions; ++k) {
    // Grids of different spacings may give the same extent, up to rounding.
    const double slack = 1e-9 * b.size[k];
    if (std::abs(a.size[k] - b.size[k]) <= slack &&
        std::abs(a.low[k] - b.low[k]) <= slack) {
      continue;
    }
    return Fail(
        violations, path,
        absl::StrCat("the periodic extents of the populations are [", a.low[k],
                     ", ", a.high(k), "] and [", b.low[k], ", ", b.high(k),
                     "] mm along dimension ", k, "; they must be the same"));
  }
  return true;
}

bool ValidateRule(const DistanceDependent& rule, int dimensions,
                  const std::string& path, Violations* violations) {
  if (!(rule.probability >= 0 && rule.probability <= 1)) {
    return Fail(violations, path + ".probability",
                absl::StrCat(rule.probability, " is not in [0, 1]"));
  }
  return CheckKernel(rule, path, violations) &&
         CheckMask(rule.mask, dimensions, path + ".mask", violations);
}

}  // namespace spiked
