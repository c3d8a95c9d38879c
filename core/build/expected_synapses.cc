// SPDX-License-Identifier: Apache-2.0

#include "core/build/expected_synapses.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <variant>

#include "core/build/expected_by_distance.h"

namespace spiked {

double ExpectedSynapseCount(const ProjectionSpec& projection,
                            const PopulationSpec& source,
                            const PopulationSpec& target) {
  if (const auto* pairs = std::get_if<ExplicitPairs>(&projection.rule)) {
    return static_cast<double>(pairs->source_indices.size());
  }
  if (const auto* in = std::get_if<FixedIndegree>(&projection.rule)) {
    return static_cast<double>(in->degree) * static_cast<double>(target.size);
  }
  if (const auto* out = std::get_if<FixedOutdegree>(&projection.rule)) {
    return static_cast<double>(out->degree) * static_cast<double>(source.size);
  }
  if (const auto* total = std::get_if<FixedTotalNumber>(&projection.rule)) {
    return static_cast<double>(total->count);
  }
  if (std::holds_alternative<DistanceDependent>(projection.rule)) {
    return ExpectedByDistance(projection, source, target);
  }
  const bool same_population = projection.source == projection.target;
  const auto sources = static_cast<double>(source.size);
  const auto columns = static_cast<double>(source.column_count);
  const bool one_to_one = std::holds_alternative<OneToOne>(projection.rule);
  double pairs = sources * (one_to_one ? 1 : static_cast<double>(target.size));
  double autapses = same_population ? sources : 0;
  if (projection.columns == ColumnRestriction::kSame && !one_to_one) {
    pairs /= columns;
  } else if (projection.columns == ColumnRestriction::kOther) {
    pairs *= one_to_one ? 0 : 1 - 1 / columns;
    autapses = 0;
  }
  if (!projection.allow_autapses) pairs -= std::min(autapses, pairs);
  if (const auto* b = std::get_if<PairwiseBernoulli>(&projection.rule)) {
    pairs *= b->probability;
  }
  return pairs;
}

std::vector<double> ExpectedSynapseCounts(const NetworkSpec& spec) {
  std::map<std::string_view, const PopulationSpec*> populations;
  for (const PopulationSpec& p : spec.populations) {
    populations.emplace(p.name, &p);
  }
  std::vector<double> counts;
  counts.reserve(spec.projections.size());
  for (const ProjectionSpec& p : spec.projections) {
    counts.push_back(ExpectedSynapseCount(p, *populations.at(p.source),
                                          *populations.at(p.target)));
  }
  return counts;
}

}  // namespace spiked
