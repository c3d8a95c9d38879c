// SPDX-License-Identifier: Apache-2.0
//
// Which pairs of neurons a projection connects.
//
// Every synapse has an owner, whose synapses are found together: its target for
// fixed in-degrees, otherwise its source. What an owner has depends on no other
// and is not stored, so that any number of threads can ask, in any order and
// again.
//
// Partners are drawn from those that columns and autapses allow, one random
// word for each draw, so the probabilities of n partners are equal up to a
// factor of 1 + n / 2^32.

#ifndef SPIKED_CORE_BUILD_CONNECTIVITY_H_
#define SPIKED_CORE_BUILD_CONNECTIVITY_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "core/build/distance_rule.h"
#include "core/numbers/inverse_cdf.h"
#include "core/numbers/random.h"
#include "core/spec/network_spec.h"

namespace spiked {

// The synapses of one owner, in the order of their elements: as listed or, with
// multapses, as drawn; otherwise by ascending partner.
struct Partners {
  std::vector<uint32_t> neuron;  // targets of a source, or sources of a target

  // Of explicit pairs only: their indices in the list. Otherwise empty, and
  // synapse e of owner i is element (i << 32 | e).
  std::vector<uint64_t> element;

  uint64_t ElementOf(int64_t owner, size_t e) const {
    return element.empty() ? static_cast<uint64_t>(owner) << 32 | e
                           : element[e];
  }

  // Kept between calls, so that they need no memory: one bit per possible
  // partner, all zero, and one per word of that.
  std::vector<uint64_t> marks;
  std::vector<uint64_t> marked_words;
};

class Connectivity {
 public:
  // Requires: a valid specification. Refers to the pairs of `projection`, and
  // for distances to the populations, which must live as long.
  Connectivity(const ProjectionSpec& projection, const PopulationSpec& source,
               const PopulationSpec& target, int64_t seed);

  bool by_target() const { return by_target_; }
  int64_t owner_count() const { return owner_count_; }

  // Replaces *partners by those of an owner. Thread-safe, and without
  // allocations once *partners has been used for owners as large.
  void Find(int64_t owner, Partners* partners) const;

  // A bound of the synapses that one target can receive. The least there is,
  // but for fixed out-degrees and total numbers with multapses: all synapses
  // that have any allowed source.
  int64_t MaxIndegree() const { return max_indegree_; }

 private:
  // The partners that an owner may have, in ascending order: begin + k, and
  // beyond a gap from there on.
  struct Candidates {
    uint32_t begin;
    uint32_t count;
    uint32_t gap_begin;
    uint32_t gap_size;

    uint32_t At(uint32_t k) const {
      const uint32_t neuron = begin + k;
      return neuron + (neuron >= gap_begin ? gap_size : 0);
    }
    bool Contains(uint32_t neuron) const {
      return neuron >= begin && neuron - begin < count + gap_size &&
             neuron - gap_begin >= gap_size;
    }
  };

  Candidates CandidatesOf(int64_t owner) const;
  void SortPairs(const ExplicitPairs& pairs, int64_t target_count);
  void DrawDegrees(int64_t count, RandomStream stream);
  int64_t DegreeOf(int64_t owner) const;

  void FindAll(const Candidates& candidates, Partners* partners) const;
  void FindBernoulli(int64_t owner, const Candidates& candidates,
                     Partners* partners) const;
  void FindPairs(int64_t owner, Partners* partners) const;
  void FindWithRepetition(int64_t owner, const Candidates& candidates,
                          Partners* partners) const;
  void FindDistinct(int64_t owner, const Candidates& candidates,
                    Partners* partners) const;

  enum class Method {
    kAll,
    kOneToOne,
    kBernoulli,
    kPairs,
    kWithRepetition,
    kDistinct,
    kDistance
  };
  Method method_ = Method::kAll;
  bool by_target_ = false;
  ColumnRestriction columns_;
  bool skip_autapses_;
  int64_t owner_count_;
  int64_t owner_column_;   // neurons in one column of the owners' population
  int64_t partner_count_;  // neurons of the other population
  int64_t partner_column_;
  int64_t max_indegree_ = 0;
  RandomStream stream_;

  // Bernoulli: the number of misses before a hit; the last number stands for
  // "as many, and no hit". Or, if hits are rare, 1 / ln(1 - p).
  std::optional<InverseCdf> misses_;
  double miss_scale_ = 0;

  std::optional<DistanceRule> distance_;

  int64_t degree_ = 0;             // of every owner, or
  std::vector<uint32_t> degrees_;  // [owners]

  // Explicit pairs by source: those of source i are order_[begin_[i]] to
  // order_[begin_[i + 1] - 1].
  const ExplicitPairs* pairs_ = nullptr;
  std::vector<uint32_t> begin_;
  std::vector<uint32_t> order_;
};

}  // namespace spiked

#endif  // SPIKED_CORE_BUILD_CONNECTIVITY_H_
