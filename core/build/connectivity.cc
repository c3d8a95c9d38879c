// SPDX-License-Identifier: Apache-2.0

#include "core/build/connectivity.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include "core/numbers/discrete_random.h"
#include "core/numbers/random_words.h"

namespace spiked {
namespace {

// Smaller probabilities are drawn with a logarithm, since their table would be
// too long.
constexpr double kMinTableProbability = 1.0 / 16384;

// The cumulative distribution of the number of misses before a hit. The last
// outcome stands for all longer runs of misses.
std::vector<double> MissDistribution(double p) {
  const auto outcomes = static_cast<int>(std::min(4096.0, std::ceil(30 / p)));
  std::vector<double> cumulative;
  for (int k = 1; k < outcomes; ++k) {
    cumulative.push_back(-std::expm1(k * std::log1p(-p)));
    if (cumulative.back() >= 1 - 0x1p-34) break;
  }
  cumulative.push_back(1);
  return cumulative;
}

// Calls visit(i) for the set bits of a word.
template <class Visit>
void ForEachBit(uint64_t word, Visit visit) {
  for (; word != 0; word &= word - 1) {
    visit(static_cast<uint32_t>(std::countr_zero(word)));
  }
}

}  // namespace

Connectivity::Connectivity(const ProjectionSpec& projection,
                           const PopulationSpec& source,
                           const PopulationSpec& target, int64_t seed)
    : by_target_(std::holds_alternative<FixedIndegree>(projection.rule)),
      columns_(projection.columns),
      skip_autapses_(projection.source == projection.target &&
                     !projection.allow_autapses) {
  const PopulationSpec& owners = by_target_ ? target : source;
  const PopulationSpec& others = by_target_ ? source : target;
  owner_count_ = owners.size;
  owner_column_ = owners.size / owners.column_count;
  partner_count_ = others.size;
  partner_column_ = others.size / others.column_count;
  const std::string name = NameOf(projection);
  stream_ = MakeRandomStream(seed, RandomPurpose::kConnection, name);

  // The number of sources that a target may have.
  int64_t sources = source.size;
  const int64_t in_column = source.size / source.column_count;
  if (columns_ == ColumnRestriction::kSame) sources = in_column;
  if (columns_ == ColumnRestriction::kOther) sources = source.size - in_column;
  if (skip_autapses_ && columns_ != ColumnRestriction::kOther) --sources;
  max_indegree_ = sources;

  // The rule decides the method and may lower the bound of the in-degree.
  const Method drawn =
      projection.allow_multapses ? Method::kWithRepetition : Method::kDistinct;
  if (std::holds_alternative<OneToOne>(projection.rule)) {
    method_ = Method::kOneToOne;
    max_indegree_ = 1;
  } else if (const auto* b = std::get_if<PairwiseBernoulli>(&projection.rule)) {
    if (b->probability >= 1) return;  // all
    method_ = Method::kBernoulli;
    if (b->probability >= kMinTableProbability) {
      misses_.emplace(MissDistribution(b->probability));
      // So close to 1 that the table knows no misses.
      if (misses_->last() == 0) method_ = Method::kAll;
    } else if (b->probability > 0) {
      miss_scale_ = 1 / std::log1p(-b->probability);
    }
  } else if (const auto* e = std::get_if<ExplicitPairs>(&projection.rule)) {
    method_ = Method::kPairs;
    SortPairs(*e, target.size);
  } else if (const auto* d = std::get_if<DistanceDependent>(&projection.rule)) {
    method_ = Method::kDistance;
    distance_.emplace(*d, source, target, seed, name);
  } else if (const auto* f = std::get_if<FixedIndegree>(&projection.rule)) {
    method_ = drawn;
    degree_ = f->degree;
    max_indegree_ = degree_;
  } else if (const auto* f = std::get_if<FixedOutdegree>(&projection.rule)) {
    method_ = drawn;
    degree_ = f->degree;
    if (projection.allow_multapses) max_indegree_ *= degree_;
  } else if (const auto* f = std::get_if<FixedTotalNumber>(&projection.rule)) {
    method_ = drawn;
    max_indegree_ = projection.allow_multapses
                        ? f->count
                        : std::min(f->count, max_indegree_);
    DrawDegrees(f->count, MakeRandomStream(seed, RandomPurpose::kConnection,
                                           name, "out_degree"));
  }
}

Connectivity::Candidates Connectivity::CandidatesOf(int64_t owner) const {
  const auto all = static_cast<uint32_t>(partner_count_);
  if (columns_ == ColumnRestriction::kAny) {
    if (!skip_autapses_) return {0, all, all, 0};
    return {0, all - 1, static_cast<uint32_t>(owner), 1};
  }
  const auto width = static_cast<uint32_t>(partner_column_);
  const uint32_t begin = static_cast<uint32_t>(owner / owner_column_) * width;
  if (columns_ == ColumnRestriction::kOther) {
    return {0, all - width, begin, width};
  }
  if (!skip_autapses_) return {begin, width, begin + width, 0};
  return {begin, width - 1, static_cast<uint32_t>(owner), 1};
}

// Counting sort by source; pairs of one source keep the order of the list.
void Connectivity::SortPairs(const ExplicitPairs& pairs, int64_t target_count) {
  pairs_ = &pairs;
  begin_.assign(owner_count_ + 1, 0);
  for (int32_t i : pairs.source_indices) ++begin_[i + 1];
  std::partial_sum(begin_.begin(), begin_.end(), begin_.begin());
  order_.resize(pairs.source_indices.size());
  std::vector<uint32_t> next(begin_.begin(), begin_.end() - 1);
  for (size_t k = 0; k < order_.size(); ++k) {
    order_[next[pairs.source_indices[k]]++] = static_cast<uint32_t>(k);
  }
  std::vector<int64_t> in_degree(target_count);
  for (int32_t j : pairs.target_indices) ++in_degree[j];
  max_indegree_ = *std::max_element(in_degree.begin(), in_degree.end());
}

// Draws how `count` synapses are distributed over the owners: multinomially, or
// with a multivariate hypergeometric distribution if pairs may not repeat.
// Draws one owner after the other, given the number of synapses left.
void Connectivity::DrawDegrees(int64_t count, RandomStream stream) {
  degrees_.assign(owner_count_, 0);
  // All owners have the same number of candidates.
  const int64_t candidates = CandidatesOf(0).count;
  if (candidates == 0) return;
  const bool distinct = method_ == Method::kDistinct;
  int64_t left = distinct ? std::min(count, owner_count_ * candidates) : count;
  for (int64_t i = 0; i < owner_count_ && left > 0; ++i) {
    const double u =
        ElementRandom(stream, static_cast<uint64_t>(i)).Uniform01();
    const int64_t owners = owner_count_ - i;
    const int64_t degree =
        distinct ? Hypergeometric(owners * candidates, candidates, left, u)
                 : Binomial(left, 1.0 / static_cast<double>(owners), u);
    degrees_[i] = static_cast<uint32_t>(degree);
    left -= degree;
  }
}

int64_t Connectivity::DegreeOf(int64_t owner) const {
  return degrees_.empty() ? degree_ : degrees_[owner];
}

void Connectivity::Find(int64_t owner, Partners* partners) const {
  partners->neuron.clear();
  partners->element.clear();
  if (method_ == Method::kPairs) {
    FindPairs(owner, partners);
    return;
  }
  const Candidates candidates = CandidatesOf(owner);
  if (candidates.count == 0) return;
  switch (method_) {
    case Method::kAll:
      FindAll(candidates, partners);
      break;
    case Method::kOneToOne:
      if (candidates.Contains(static_cast<uint32_t>(owner))) {
        partners->neuron.push_back(static_cast<uint32_t>(owner));
      }
      break;
    case Method::kBernoulli:
      FindBernoulli(owner, candidates, partners);
      break;
    case Method::kWithRepetition:
      FindWithRepetition(owner, candidates, partners);
      break;
    case Method::kDistinct:
      FindDistinct(owner, candidates, partners);
      break;
    case Method::kDistance:
      distance_->Find(owner, &partners->neuron);
      std::erase_if(partners->neuron,
                    [&](uint32_t j) { return !candidates.Contains(j); });
      break;
    case Method::kPairs:
      break;
  }
}

void Connectivity::FindAll(const Candidates& candidates,
                           Partners* partners) const {
  partners->neuron.resize(candidates.count);
  for (uint32_t k = 0; k < candidates.count; ++k) {
    partners->neuron[k] = candidates.At(k);
  }
}

void Connectivity::FindPairs(int64_t owner, Partners* partners) const {
  for (uint32_t at = begin_[owner]; at < begin_[owner + 1]; ++at) {
    const uint32_t k = order_[at];
    partners->neuron.push_back(
        static_cast<uint32_t>(pairs_->target_indices[k]));
    partners->element.push_back(k);
  }
}

// Jumps over the misses, whose number is geometrically distributed, instead of
// drawing for each candidate.
void Connectivity::FindBernoulli(int64_t owner, const Candidates& candidates,
                                 Partners* partners) const {
  const int64_t count = candidates.count;
  if (!misses_.has_value()) {
    if (miss_scale_ == 0) return;  // probability 0
    ElementRandom random(stream_, static_cast<uint64_t>(owner));
    for (int64_t i = 0; i < count; ++i) {
      const double misses =
          std::floor(std::log(1 - random.Uniform01()) * miss_scale_);
      // Not a number if the probability is about the least that there is.
      if (!(misses < static_cast<double>(count - i))) return;
      i += static_cast<int64_t>(misses);
      partners->neuron.push_back(candidates.At(static_cast<uint32_t>(i)));
    }
    return;
  }
  const uint32_t beyond = misses_->last();
  RandomWordReader reader(stream_, static_cast<uint64_t>(owner));
  uint32_t found[RandomWordReader::kMaxChunk];
  for (int64_t i = 0; i < count;) {
    size_t hits = 0;
    for (uint32_t word : reader.NextChunk()) {
      if (i >= count) break;
      const uint32_t misses = (*misses_)(word);
      i += misses;
      found[hits] = candidates.At(static_cast<uint32_t>(i));
      const bool hit = misses != beyond && i < count;
      hits += hit;
      i += misses != beyond;
    }
    partners->neuron.insert(partners->neuron.end(), found, found + hits);
  }
}

void Connectivity::FindWithRepetition(int64_t owner,
                                      const Candidates& candidates,
                                      Partners* partners) const {
  partners->neuron.resize(DegreeOf(owner));
  FillRandomWords(stream_, static_cast<uint64_t>(owner),
                  partners->neuron.size(), partners->neuron.data());
  for (uint32_t& neuron : partners->neuron) {
    neuron = candidates.At(UniformBelow(candidates.count, neuron));
  }
}

// Draws candidates until `degree` different ones are marked. If that is more
// than half, draws and marks the candidates to leave out instead.
void Connectivity::FindDistinct(int64_t owner, const Candidates& candidates,
                                Partners* partners) const {
  const auto degree = static_cast<uint32_t>(
      std::min<int64_t>(DegreeOf(owner), candidates.count));
  if (degree == 0) return;
  const bool left_out = degree > candidates.count / 2;
  const uint32_t to_mark = left_out ? candidates.count - degree : degree;
  const size_t word_count = (size_t{candidates.count} + 63) / 64;
  std::vector<uint64_t>& marks = partners->marks;
  std::vector<uint64_t>& marked_words = partners->marked_words;
  if (marks.size() < word_count) {
    marks.resize(word_count, 0);
    marked_words.resize((word_count + 63) / 64, 0);
  }
  RandomWordReader reader(stream_, static_cast<uint64_t>(owner));
  // Mark. `marked_words` has a bit for each word of `marks` that isn't 0.
  for (uint32_t marked = 0; marked < to_mark;) {
    const uint32_t k = UniformBelow(candidates.count, reader.Next());
    const uint64_t bit = uint64_t{1} << (k % 64);
    marked += (marks[k / 64] & bit) == 0;
    marks[k / 64] |= bit;
    marked_words[k / 4096] |= uint64_t{1} << (k / 64 % 64);
  }
  // Collect in ascending order, and clear the marks for the next owner.
  partners->neuron.resize(degree);
  uint32_t* next = partners->neuron.data();
  const auto take = [&](uint64_t word, size_t w) {
    ForEachBit(word, [&](uint32_t bit) {
      *next++ = candidates.At(static_cast<uint32_t>(64 * w) + bit);
    });
  };
  if (left_out) {
    for (size_t w = 0; w < word_count; ++w) {
      const size_t rest = candidates.count - 64 * w;
      take(~marks[w] & (rest < 64 ? (uint64_t{1} << rest) - 1 : ~uint64_t{0}),
           w);
      marks[w] = 0;
      marked_words[w / 64] = 0;
    }
    return;
  }
  for (size_t s = 0; s < (word_count + 63) / 64; ++s) {
    ForEachBit(marked_words[s], [&](uint32_t bit) {
      const size_t w = 64 * s + bit;
      take(marks[w], w);
      marks[w] = 0;
    });
    marked_words[s] = 0;
  }
}

}  // namespace spiked
