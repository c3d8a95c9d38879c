// SPDX-License-Identifier: Apache-2.0
//
// The pairs of neurons that a projection connects.
//
// Every synapse has an owner, and all synapses of an owner are found together.
// The owner is the target for fixed in-degrees, otherwise the source. The
// synapses of an owner depend on no other owner and are not stored, so any
// number of threads can find them, in any order and repeatedly.
//
// Partners are drawn from the neurons that the column and autapse restrictions
// allow, with one random word for each draw, so the probabilities of n partners
// are equal up to a factor of 1 + n / 2^32.

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

// The synapses of one owner, ordered by element: in the order of the list for
// explicit pairs, in the order of drawing with multapses, otherwise by
// ascending partner.
struct Partners {
  std::vector<uint32_t> neuron;  // targets of a source, or sources of a target

  // For explicit pairs, the index of each pair in the list. Otherwise empty,
  // and synapse e of owner i is element (i << 32 | e).
  std::vector<uint64_t> element;

  uint64_t ElementOf(int64_t owner, size_t e) const {
    return element.empty() ? static_cast<uint64_t>(owner) << 32 | e
                           : element[e];
  }

  // Scratch memory kept between calls, all zero between them: one bit for each
  // possible partner, and one bit for each word of `marks`.
  std::vector<uint64_t> marks;
  std::vector<uint64_t> marked_words;
};

class Connectivity {
 public:
  // Requires: a valid specification. Keeps references to the pairs of
  // `projection` and, if it is by distance, to the populations, all of which
  // must live as long as this object.
  Connectivity(const ProjectionSpec& projection, const PopulationSpec& source,
               const PopulationSpec& target, int64_t seed);

  bool by_target() const { return by_target_; }
  int64_t owner_count() const { return owner_count_; }

  // Replaces *partners by the partners of an owner. Thread-safe; allocates
  // nothing once *partners has held as many.
  void Find(int64_t owner, Partners* partners) const;

  // An upper bound of the synapses that one target can receive. It is the least
  // upper bound, except for fixed out-degrees and total numbers with multapses,
  // where it is the number of synapses with any allowed source.
  int64_t MaxIndegree() const { return max_indegree_; }

 private:
  // The partners that an owner may have, in ascending order: neuron begin + k,
  // plus gap_size from gap_begin on.
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

  // For Bernoulli, the distribution of the number of misses before a hit; the
  // last outcome means that many misses without a hit. If hits are rare,
  // miss_scale_ = 1 / ln(1 - p) is used instead.
  std::optional<InverseCdf> misses_;
  double miss_scale_ = 0;

  std::optional<DistanceRule> distance_;

  int64_t degree_ = 0;             // synapses of every owner, unless
  std::vector<uint32_t> degrees_;  // [owners], where they differ

  // Explicit pairs by source: source i has the pairs order_[begin_[i]] to
  // order_[begin_[i + 1] - 1].
  const ExplicitPairs* pairs_ = nullptr;
  std::vector<uint32_t> begin_;
  std::vector<uint32_t> order_;
};

}  // namespace spiked

#endif  // SPIKED_CORE_BUILD_CONNECTIVITY_H_
