// SPDX-License-Identifier: Apache-2.0

#include "core/connectivity.h"

#include <algorithm>
#include <cmath>

namespace spiked {
namespace {

// The targets that a source may reach: a run of neurons, or all but a run.
struct Candidates {
  int64_t begin;  // of the run
  int64_t end;
  bool outside;  // all but the run
  int64_t target_count;

  int64_t size() const {
    return outside ? target_count - (end - begin) : end - begin;
  }
  int64_t At(int64_t i) const {
    if (!outside) return begin + i;
    return i < begin ? i : i + (end - begin);
  }
  bool Contains(int64_t j) const { return (j >= begin && j < end) != outside; }
};

Candidates CandidatesOf(const ProjectionSpec& projection,
                        const PopulationSpec& source,
                        const PopulationSpec& target, int64_t neuron) {
  if (projection.columns == ColumnRestriction::kAny) {
    return {0, target.size, false, target.size};
  }
  const int64_t column = neuron / (source.size / source.column_count);
  const int64_t width = target.size / target.column_count;
  return {column * width, (column + 1) * width,
          projection.columns == ColumnRestriction::kOther, target.size};
}

// Each of `count` candidates with probability p: jumps over the misses, whose
// number is geometrically distributed, instead of drawing for each candidate.
template <class Visit>
void ForEachBernoulli(double p, int64_t count, RandomStream stream,
                      int64_t source, Visit visit) {
  if (p <= 0) return;
  ElementRandom random(stream, static_cast<uint64_t>(source));
  const double scale = p < 1 ? 1 / std::log1p(-p) : 0;
  for (int64_t i = 0; i < count; ++i) {
    const double misses = std::floor(std::log(1 - random.Uniform01()) * scale);
    if (misses >= static_cast<double>(count - i)) return;
    i += static_cast<int64_t>(misses);
    visit(i);
  }
}

}  // namespace

void ForEachPair(const ProjectionSpec& projection, const PopulationSpec& source,
                 const PopulationSpec& target, RandomStream stream,
                 const PairSink& sink) {
  if (const auto* pairs = std::get_if<ExplicitPairs>(&projection.rule)) {
    for (size_t k = 0; k < pairs->source_indices.size(); ++k) {
      sink(pairs->source_indices[k], pairs->target_indices[k], k);
    }
    return;
  }
  const bool skip_autapses =
      projection.source == projection.target && !projection.allow_autapses;
  const auto* bernoulli = std::get_if<PairwiseBernoulli>(&projection.rule);
  const bool one_to_one = std::holds_alternative<OneToOne>(projection.rule);
  for (int64_t i = 0; i < source.size; ++i) {
    const Candidates candidates = CandidatesOf(projection, source, target, i);
    uint64_t element = static_cast<uint64_t>(i) << 32;
    const auto connect = [&](int64_t j) {
      if (skip_autapses && i == j) return;
      sink(i, j, element++);
    };
    const auto visit = [&](int64_t candidate) {
      connect(candidates.At(candidate));
    };
    if (one_to_one) {
      if (candidates.Contains(i)) connect(i);
    } else if (bernoulli != nullptr) {
      ForEachBernoulli(bernoulli->probability, candidates.size(), stream, i,
                       visit);
    } else {
      for (int64_t k = 0; k < candidates.size(); ++k) visit(k);
    }
  }
}

}  // namespace spiked
