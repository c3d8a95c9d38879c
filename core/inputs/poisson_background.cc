// SPDX-License-Identifier: Apache-2.0

#include "core/inputs/poisson_background.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/inputs/poisson_background.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"
// After highway.h: the header is compiled once per target.
#include "core/simd_random.h"

#ifndef SPIKED_CORE_INPUTS_POISSON_BACKGROUND_TABLES_
#define SPIKED_CORE_INPUTS_POISSON_BACKGROUND_TABLES_
#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

namespace spiked::poisson_background {

// Tables are computed with +, -, * and / only, and so the same everywhere.

// The probabilities of base, base + 1, ... Their sum is 1; what is left out at
// either end had a probability below 2^-51.
struct Distribution {
  explicit Distribution(double lambda) {
    const double mode = std::floor(lambda);
    std::vector<double> down, up;  // relative to the mode
    const auto negligible = 0x1p-80;
    for (double k = mode, q = 1; k > 0 && q > negligible; --k) {
      down.push_back(q *= k / lambda);
    }
    for (double k = mode + 1, q = 1; q > negligible; ++k) {
      up.push_back(q *= lambda / k);
    }
    double sum = 1;
    for (double q : down) sum += q;
    for (double q : up) sum += q;
    Trim(0x1p-51 * sum, &down);
    Trim(0x1p-51 * sum, &up);
    base = static_cast<int32_t>(mode) - static_cast<int32_t>(down.size());
    probability.assign(down.rbegin(), down.rend());
    probability.push_back(1);
    probability.insert(probability.end(), up.begin(), up.end());
    for (double& q : probability) q /= sum;
  }

  // Removes from the end what adds up to less than `limit`.
  static void Trim(double limit, std::vector<double>* tail) {
    double removed = 0;
    while (!tail->empty() && (removed += tail->back()) < limit) {
      tail->pop_back();
    }
  }

  int32_t base;
  std::vector<double> probability;
};

// An alias table of 2^bits entries for random words of `word_bits` bits. The
// low `bits` of a word, w, choose an entry, of which the high bits are a
// threshold and the low bits an alias; seen as signed numbers, the smaller of
// word and entry has the outcome in its low bits. If their high bits are equal,
// it is the alias if 32 further bits are `rest` or more.
struct AliasTable {
  AliasTable(std::vector<double> probability, int bits, int word_bits)
      : entry(size_t{1} << bits), rest(entry.size()) {
    const size_t size = entry.size();
    const double steps = std::ldexp(1.0, word_bits - bits);
    probability.resize(size);
    std::vector<size_t> small, large;
    for (size_t k = 0; k < size; ++k) {
      probability[k] *= static_cast<double>(size);
      (probability[k] < 1 ? small : large).push_back(k);
    }
    const auto set = [&](size_t k, double own, size_t alias) {
      const double threshold = std::min(std::floor(own * steps), steps - 1);
      entry[k] = static_cast<int32_t>((threshold - steps / 2) *
                                          static_cast<double>(size) +
                                      static_cast<double>(alias));
      rest[k] = static_cast<uint32_t>(
          std::min((own * steps - threshold) * 0x1p32, 0x1.fffffffep31));
    };
    while (!small.empty() && !large.empty()) {
      const size_t k = small.back();
      const size_t other = large.back();
      small.pop_back();
      set(k, probability[k], other);
      probability[other] -= 1 - probability[k];
      if (probability[other] >= 1) continue;
      large.pop_back();
      small.push_back(other);
    }
    // Probabilities of 1, but for rounding.
    for (size_t k : small) set(k, 1, k);
    for (size_t k : large) set(k, 1, k);
  }

  std::vector<int32_t> entry;
  std::vector<uint32_t> rest;
};

// One table for all neurons, of counts below 32, for half words.
struct SmallTable {
  static constexpr int kBits = 5;
  static constexpr int kSize = 1 << kBits;

  static bool Fits(const Distribution& d) {
    return d.base + d.probability.size() <= kSize;
  }

  explicit SmallTable(const Distribution& d) {
    std::vector<double> probability(d.base, 0.0);
    probability.insert(probability.end(), d.probability.begin(),
                       d.probability.end());
    const AliasTable table(probability, kBits, 16);
    for (int k = 0; k < kSize; ++k) {
      entry[k] = static_cast<int16_t>(table.entry[k]);
      low[k] = static_cast<uint8_t>(table.entry[k]);
      high[k] = static_cast<uint8_t>(table.entry[k] >> 8);
      rest[k] = table.rest[k];
    }
  }

  alignas(64) int16_t entry[kSize];
  alignas(16) uint8_t low[kSize];  // of entry
  alignas(16) uint8_t high[kSize];
  uint32_t rest[kSize];
};

// A table for every different lambda, and for every neuron which one; for whole
// words.
struct Tables {
  explicit Tables(const std::vector<double>& lambda)
      : Tables(lambda, Different(lambda)) {}

  static std::vector<double> Different(std::vector<double> lambda) {
    std::sort(lambda.begin(), lambda.end());
    lambda.erase(std::unique(lambda.begin(), lambda.end()), lambda.end());
    return lambda;
  }

  int bits = 1;
  std::vector<int32_t> entry;  // [tables][2^bits]
  std::vector<uint32_t> rest;
  ParameterRow<int32_t> table;  // where the table of a neuron begins
  ParameterRow<int32_t> base;   // what is added to the outcome

 private:
  Tables(const std::vector<double>& lambda,
         const std::vector<double>& different)
      : table({0}), base({0}) {
    std::vector<Distribution> distributions(different.begin(), different.end());
    size_t longest = 2;
    for (const Distribution& d : distributions) {
      longest = std::max(longest, d.probability.size());
    }
    bits = std::bit_width(longest - 1);
    for (Distribution& d : distributions) {
      const AliasTable alias(std::move(d.probability), bits, 32);
      entry.insert(entry.end(), alias.entry.begin(), alias.entry.end());
      rest.insert(rest.end(), alias.rest.begin(), alias.rest.end());
    }
    std::vector<double> begin, first;
    for (double x : lambda) {
      const auto at = std::lower_bound(different.begin(), different.end(), x) -
                      different.begin();
      begin.push_back(std::ldexp(static_cast<double>(at), bits));
      first.push_back(distributions[at].base);
    }
    table = ParameterRow<int32_t>(begin);
    base = ParameterRow<int32_t>(first);
  }
};

// Counts of small lambda of every neuron, nearly always 0.
struct Rests {
  // Of the probability of a count above 0, the first 32 bits, less 2^31.
  static std::vector<double> Thresholds(const std::vector<double>& lambda) {
    std::vector<double> thresholds;
    for (double x : lambda) {
      thresholds.push_back(std::floor(Above(x, 1) * 0x1p32) - 0x1p31);
    }
    return thresholds;
  }

  explicit Rests(std::vector<double> lambda)
      : threshold(Thresholds(lambda)), lambda(std::move(lambda)) {}

  // The probability of a count of `least` or more. Requires: `least` > 0 and
  // lambda < 1/64, for which ten terms of a series are enough.
  static double Above(double lambda, int least) {
    // The sum of lambda^j k! / (k + j)! over j.
    const auto series = [&](int k) {
      double sum = 1;
      for (int j = 10; j > 0; --j) sum = 1 + lambda / (k + j) * sum;
      return sum;
    };
    double term = 1;
    for (int k = 1; k <= least; ++k) term *= lambda / k;
    return term * series(least) / series(0);
  }

  // The count of neuron i by 64 random bits.
  int32_t Count(int64_t i, uint64_t word) const {
    const double p = static_cast<double>(word >> 11) * 0x1p-53;
    int count = 0;
    while (p < Above(lambda[i], count + 1)) ++count;
    return count;
  }

  ParameterRow<int32_t> threshold;
  std::vector<double> lambda;
};

// How counts are drawn: from `small`, or as the sum of `tables` and `rests`.
// Of each, the draw (of core/simd_random.h) is twice its number here, and one
// more for what decides ties.
struct Sampler {
  static constexpr size_t kMostTables = 64;

  explicit Sampler(const std::vector<double>& lambda) {
    if (lambda.size() == 1) {
      const Distribution distribution(lambda[0]);
      if (SmallTable::Fits(distribution)) {
        small.emplace_back(distribution);
        return;
      }
    }
    if (Tables::Different(lambda).size() <= kMostTables) {
      tables.emplace_back(lambda);
      return;
    }
    std::vector<double> left = lambda;
    for (double unit : {4096.0, 64.0, 1.0, 0x1p-6}) {
      std::vector<double> part;
      for (double& x : left) {
        part.push_back(std::floor(x / unit) * unit);
        x -= part.back();
      }
      if (*std::max_element(part.begin(), part.end()) > 0) {
        tables.emplace_back(part);
      }
    }
    rests.emplace_back(std::move(left));
  }

  std::vector<SmallTable> small;  // one or none
  std::vector<Tables> tables;
  std::vector<Rests> rests;  // one or none
};

}  // namespace spiked::poisson_background
#endif

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {

using poisson_background::Rests;
using poisson_background::Sampler;
using poisson_background::SmallTable;
using poisson_background::Tables;

using CountTag = hn::Rebind<int32_t, WordTag>;

// Neurons are done so many at a time; a multiple of 64.
constexpr int64_t kChunk = 256;

// Where the numbers of some neurons come from, and go to.
struct Draws {
  const ArsKeys& keys;
  int64_t step;
  uint32_t draw;
  int64_t first;
  int64_t count;
  int32_t* counts;  // [kChunk]

  // Decides whether an outcome is the own or the alias.
  uint32_t Tie(int64_t i) const {
    return RandomWord(keys, step, draw + 1, first + i);
  }
};

#if HWY_TARGET == HWY_SCALAR

void DrawSmall(const SmallTable& table, const Draws& to) {
  const auto count = [&](uint32_t half, int64_t i) -> int32_t {
    constexpr int kMask = SmallTable::kSize - 1;
    const auto word = static_cast<int16_t>(half);
    const int own = word & kMask;
    const int16_t entry = table.entry[own];
    if ((word ^ entry) >> SmallTable::kBits != 0) {
      return std::min(word, entry) & kMask;
    }
    return to.Tie(i) < table.rest[own] ? own : entry & kMask;
  };
  ForEachRandomHalves(to.keys, to.step, to.draw, to.first, to.count,
                      [&](Words words, int64_t i) {
                        const uint32_t word = hn::GetLane(words);
                        to.counts[i] = count(word & 0xffff, i);
                        to.counts[i + 16] = count(word >> 16, i + 16);
                      });
}

#else

using HalfTag = hn::Repartition<int16_t, WordTag>;
using Halves = hn::Vec<HalfTag>;

// The entries that the low bits of words choose.
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
class SmallLookup {
 public:
  HWY_INLINE explicit SmallLookup(const SmallTable& table)
      : entries_(hn::Load(HalfTag(), table.entry)) {}
  HWY_INLINE Halves operator()(Halves words) const {
    return Halves{_mm512_permutexvar_epi16(words.raw, entries_.raw)};
  }

 private:
  Halves entries_;
};
#else
class SmallLookup {
 public:
  HWY_INLINE explicit SmallLookup(const SmallTable& table) : table_(table) {}
  HWY_INLINE Halves operator()(Halves words) const {
    const HalfTag d;
    const hn::Repartition<uint8_t, HalfTag> bytes;
    const auto own = hn::And(words, hn::Set(d, SmallTable::kSize - 1));
    // In both bytes, the index with its bit 4 moved to bit 7: a lookup gives 0
    // where bit 7 is set.
    const auto in_both = hn::Or(own, hn::ShiftLeft<8>(own));
    const auto lower =
        hn::BitCast(bytes, hn::And(hn::Add(in_both, hn::Set(d, 0x7070)),
                                   hn::Set(d, static_cast<int16_t>(0x8f8f))));
    const auto upper = hn::Xor(lower, hn::Set(bytes, 0x80));
    const auto look_up = [&](const uint8_t* from) {
      return hn::Or(
          hn::TableLookupBytesOr0(hn::LoadDup128(bytes, from), lower),
          hn::TableLookupBytesOr0(hn::LoadDup128(bytes, from + 16), upper));
    };
    return hn::BitCast(d,
                       hn::OddEven(look_up(table_.high), look_up(table_.low)));
  }

 private:
  const SmallTable& table_;
};
#endif

// The words and entries of half words, where some have equal high bits.
HWY_NOINLINE void DecideSmallTies(const SmallTable& table, const Draws& to,
                                  int64_t i, const int16_t* words,
                                  const int16_t* entries, uint64_t ties) {
  for (; ties != 0; ties &= ties - 1) {
    const int lane = hwy::Num0BitsBelowLS1Bit_Nonzero64(ties);
    const int64_t at = i + lane / 2 + lane % 2 * 16;
    const int own = words[lane] & (SmallTable::kSize - 1);
    to.counts[at] = to.Tie(at) < table.rest[own]
                        ? own
                        : entries[lane] & (SmallTable::kSize - 1);
  }
}

void DrawSmall(const SmallTable& table, const Draws& to) {
  const HalfTag d;
  const WordTag dw;
  const SmallLookup look_up(table);
  const auto low_bits = hn::Set(dw, SmallTable::kSize - 1);
  const auto high_bits = hn::Set(d, static_cast<int16_t>(-SmallTable::kSize));
  auto* const counts = reinterpret_cast<uint32_t*>(to.counts);
  ForEachRandomHalves(
      to.keys, to.step, to.draw, to.first, to.count,
      [&](Words words, int64_t i) {
        const Halves half_words = hn::BitCast(d, words);
        const Halves entries = look_up(half_words);
        const Words chosen = hn::BitCast(dw, hn::Min(half_words, entries));
        hn::Store(hn::And(chosen, low_bits), dw, counts + i);
        hn::Store(hn::And(hn::ShiftRight<16>(chosen), low_bits), dw,
                  counts + i + 16);
        const auto tie = hn::Eq(
            hn::And(hn::Xor(half_words, entries), high_bits), hn::Zero(d));
        if (HWY_UNLIKELY(!hn::AllFalse(d, tie))) {
          HWY_ALIGN int16_t word_lanes[32];
          HWY_ALIGN int16_t entry_lanes[32];
          hn::Store(half_words, d, word_lanes);
          hn::Store(entries, d, entry_lanes);
          uint8_t bits[8] = {};
          hn::StoreMaskBits(d, tie, bits);
          uint64_t ties = 0;
          for (int k = 0; k < 8; ++k) ties |= uint64_t{bits[k]} << 8 * k;
          DecideSmallTies(table, to, i, word_lanes, entry_lanes, ties);
        }
      });
}

#endif

// Adds to the counts.
void DrawFromTables(const Tables& tables, const Draws& to) {
  const CountTag d;
  const int32_t mask = (1 << tables.bits) - 1;
  const auto low_bits = hn::Set(d, mask);
  ForEachRandomVector(
      to.keys, to.step, to.draw, to.first, to.count,
      [&](Words random, int64_t i) {
        const auto words = hn::BitCast(d, random);
        const auto begin = hn::Load(d, tables.table.At(to.first + i));
        const auto entries = hn::GatherIndex(
            d, tables.entry.data(), hn::Add(begin, hn::And(words, low_bits)));
        const auto outcome = hn::And(hn::Min(words, entries), low_bits);
        const auto base = hn::Load(d, tables.base.At(to.first + i));
        const auto before = hn::Load(d, to.counts + i);
        hn::Store(hn::Add(before, hn::Add(base, outcome)), d, to.counts + i);
        const auto tie =
            hn::Eq(hn::AndNot(low_bits, hn::Xor(words, entries)), hn::Zero(d));
        if (HWY_LIKELY(hn::AllFalse(d, tie))) return;
        HWY_ALIGN int32_t word_lanes[16];
        HWY_ALIGN int32_t entry_lanes[16];
        HWY_ALIGN int32_t begin_lanes[16];
        hn::Store(words, d, word_lanes);
        hn::Store(entries, d, entry_lanes);
        hn::Store(begin, d, begin_lanes);
        for (size_t lane = 0; lane < hn::Lanes(d); ++lane) {
          const int32_t word = word_lanes[lane], entry = entry_lanes[lane];
          if (((word ^ entry) & ~mask) != 0) continue;
          const int64_t at = i + static_cast<int64_t>(lane);
          const int own = word & mask;
          to.counts[at] -= std::min(word, entry) & mask;
          to.counts[at] += to.Tie(at) < tables.rest[begin_lanes[lane] + own]
                               ? own
                               : entry & mask;
        }
      });
}

// Adds to the counts.
void DrawRests(const Rests& rests, const Draws& to) {
  const CountTag d;
  const auto neurons = static_cast<int64_t>(rests.lambda.size());
  ForEachRandomVector(
      to.keys, to.step, to.draw, to.first, to.count,
      [&](Words random, int64_t i) {
        const auto top = hn::Set(WordTag(), 0x80000000u);
        const auto words = hn::BitCast(d, hn::Xor(random, top));
        const auto thresholds = hn::Load(d, rests.threshold.At(to.first + i));
        if (HWY_LIKELY(hn::AllTrue(d, hn::Lt(thresholds, words)))) return;
        HWY_ALIGN uint32_t lanes[16];
        hn::Store(random, WordTag(), lanes);
        for (size_t lane = 0; lane < hn::Lanes(d); ++lane) {
          const int64_t at = i + static_cast<int64_t>(lane);
          const int64_t neuron = to.first + at;
          if (neuron >= neurons) break;
          const int64_t word = lanes[lane];
          if (word - 0x80000000 > *(rests.threshold.At(0) + neuron)) continue;
          to.counts[at] +=
              rests.Count(neuron, uint64_t{lanes[lane]} << 32 | to.Tie(at));
        }
      });
}

void AddWeighted(const ParameterRow<float>& weight, int64_t first,
                 int64_t count, const int32_t* counts, float* row) {
  const hn::CappedTag<float, 16> d;
  const CountTag di;
  for (int64_t i = 0; i < count; i += static_cast<int64_t>(hn::Lanes(d))) {
    const auto k = hn::ConvertTo(d, hn::Load(di, counts + i));
    const auto w = hn::Load(d, weight.At(first + i));
    hn::Store(hn::Add(hn::Load(d, row + i), hn::Mul(w, k)), d, row + i);
  }
}

void AddWeighted(const ParameterRow<double>& weight, int64_t first,
                 int64_t count, const int32_t* counts, double* row) {
  const hn::CappedTag<double, 8> d;
  const hn::Rebind<int32_t, decltype(d)> di;
  for (int64_t i = 0; i < count; i += static_cast<int64_t>(hn::Lanes(d))) {
    const auto k = hn::PromoteTo(d, hn::Load(di, counts + i));
    const auto w = hn::Load(d, weight.At(first + i));
    hn::Store(hn::Add(hn::Load(d, row + i), hn::Mul(w, k)), d, row + i);
  }
}

template <typename T>
HWY_INLINE void AddPoisson(const ArsKeys& keys, const Sampler& sampler,
                           const ParameterRow<T>& weight, int64_t step,
                           int64_t first, int64_t count, T* row) {
  HWY_ALIGN int32_t counts[kChunk];
  for (int64_t begin = 0; begin < count; begin += kChunk) {
    Draws to = {keys,  step, 0, first + begin, std::min(kChunk, count - begin),
                counts};
    if (!sampler.small.empty()) {
      DrawSmall(sampler.small[0], to);
    } else {
      std::fill_n(counts, kChunk, 0);
      for (const Tables& tables : sampler.tables) {
        DrawFromTables(tables, to);
        to.draw += 2;
      }
      for (const Rests& rests : sampler.rests) DrawRests(rests, to);
    }
    AddWeighted(weight, to.first, to.count, counts, row + begin);
  }
}

void AddPoissonF32(const ArsKeys& keys, const Sampler& sampler,
                   const ParameterRow<float>& weight, int64_t step,
                   int64_t first, int64_t count, void* row) {
  AddPoisson(keys, sampler, weight, step, first, count,
             static_cast<float*>(row));
}
void AddPoissonF64(const ArsKeys& keys, const Sampler& sampler,
                   const ParameterRow<double>& weight, int64_t step,
                   int64_t first, int64_t count, void* row) {
  AddPoisson(keys, sampler, weight, step, first, count,
             static_cast<double*>(row));
}

}  // namespace HWY_NAMESPACE
}  // namespace spiked
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spiked {
namespace {

HWY_EXPORT(AddPoissonF32);
HWY_EXPORT(AddPoissonF64);

enum Parameter { kRate, kWeight };

std::vector<double> Lambda(const Parameters& p, double dt_ms) {
  std::vector<double> lambda = p.column(kRate);
  for (double& x : lambda) x *= dt_ms / 1000;
  return lambda;
}

// T: the scalar type of the network.
template <typename T>
class Kernel : public InputKernel {
 public:
  Kernel(const Parameters& p, const InputBuild& build)
      : keys_(build.stream),
        sampler_(Lambda(p, build.dt_ms)),
        weight_(p.column(kWeight)) {}

  void Add(const InputUpdate& u) const override {
    if constexpr (sizeof(T) == sizeof(float)) {
      HWY_DYNAMIC_DISPATCH(AddPoissonF32)
      (keys_, sampler_, weight_, u.step, u.first, u.count, u.row);
    } else {
      HWY_DYNAMIC_DISPATCH(AddPoissonF64)
      (keys_, sampler_, weight_, u.step, u.first, u.count, u.row);
    }
  }

 private:
  ArsKeys keys_;
  poisson_background::Sampler sampler_;
  ParameterRow<T> weight_;
};

ModelInfo MakeInfo() {
  ModelInfo info;
  info.name = "poisson_background";
  info.summary =
      "Poisson spike trains from outside the network, to each neuron its own.";
  info.equations =
      "Input += weight k, k ~ Poisson(rate dt), independent for each neuron "
      "and step. Alias method: Walker 1977, doi:10.1145/355744.355749.";
  ParameterInfo rate = {"rate_hz", "Hz",
                        "Spikes per second of all sources of a neuron "
                        "together.",
                        0};
  rate.min = 0;
  rate.max = 1e6;
  info.parameters = {
      rate, {"weight", "unit of the receptor", "What one spike adds.", 1}};
  return info;
}

}  // namespace

const ModelInfo& PoissonBackground::info() const {
  static const auto* const info = new ModelInfo(MakeInfo());
  return *info;
}

std::unique_ptr<InputKernel> PoissonBackground::Compile(
    const Parameters& parameters, const InputBuild& build) const {
  if (build.precision == Precision::kFloat32) {
    return std::make_unique<Kernel<float>>(parameters, build);
  }
  return std::make_unique<Kernel<double>>(parameters, build);
}

}  // namespace spiked
#endif  // HWY_ONCE
