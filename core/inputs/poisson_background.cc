// SPDX-License-Identifier: Apache-2.0

#include "core/inputs/poisson_background.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/inputs/poisson_background.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"
// After highway.h: the header is compiled once per target.
#include "core/numbers/simd_random.h"

#ifndef SPIKED_CORE_INPUTS_POISSON_BACKGROUND_TABLES_
#define SPIKED_CORE_INPUTS_POISSON_BACKGROUND_TABLES_
#include <algorithm>
#include <cmath>
#include <vector>

#include "core/model/poisson_tables.h"

namespace spiked::poisson_background {

using poisson::Distribution;
using poisson::Rests;
using poisson::SmallTable;
using poisson::Tables;

// The tables of means that differ between neurons, all small enough for one.
struct SmallTables {
  explicit SmallTables(const std::vector<double>& means)
      : lambda(Tables::Different(means)) {
    for (double mean : lambda) {
      const SmallTable table{Distribution(mean)};
      entries.insert(entries.end(), table.entry,
                     table.entry + SmallTable::kSize);
    }
    for (double mean : means) {
      index.push_back(static_cast<uint32_t>(
          std::lower_bound(lambda.begin(), lambda.end(), mean) -
          lambda.begin()));
    }
  }

  std::vector<double> lambda;    // [tables] ascending
  std::vector<int16_t> entries;  // [tables][kSize]
  std::vector<uint32_t> index;   // [neurons] of the table
};

// A digit of means that are too large for a small table.
struct Digit {
  Digit(int digit, const std::vector<double>& means)
      : place(digit),
        tables(poisson::TablesOfDigit(digit)),
        table(Row(tables.table, digit, means)),
        base(Row(tables.base, digit, means)) {}

  static ParameterRow<int32_t> Row(const ParameterRow<int32_t>& of_value,
                                   int digit,
                                   const std::vector<double>& means) {
    std::vector<double> row;
    for (double mean : means) {
      row.push_back(*(of_value.At(0) + poisson::Digits(mean)[digit]));
    }
    return ParameterRow<int32_t>(row);
  }

  int place;
  const Tables& tables;
  ParameterRow<int32_t> table;  // where the table of a neuron's digit begins
  ParameterRow<int32_t> base;   // added to the outcome
};

// How counts are drawn. A count is a function of random words and of the
// neuron's own mean alone, so neither other neurons' rates nor the form in
// which they are given matter. A mean that fits a small table is drawn from
// that, with 16 bits of draw 0 (core/numbers/simd_random.h), and draw 1 to
// decide its ties. Others are sums of digits and a rest: digit k has the draws
// 2 k + 2 and 2 k + 3, the rest those after the last digit's.
struct Sampler {
  explicit Sampler(const std::vector<double>& lambda) {
    std::vector<double> small, large;  // the others are 0
    for (double mean : lambda) {
      const bool is_small = FitsSmallTable(mean);
      small.push_back(is_small ? mean : 0);
      large.push_back(is_small ? 0 : mean);
    }
    if (lambda.size() == 1 && large[0] == 0) {
      one.emplace_back(Distribution(small[0]));
      return;
    }
    const auto has_any = [](const std::vector<double>& means) {
      return *std::max_element(means.begin(), means.end()) > 0;
    };
    if (has_any(small)) each.emplace_back(small);
    std::vector<double> rest;
    for (int digit = 0; digit < poisson::kDigits; ++digit) {
      if (std::any_of(large.begin(), large.end(), [&](double mean) {
            return poisson::Digits(mean)[digit] != 0;
          })) {
        digits.emplace_back(digit, large);
      }
    }
    for (double mean : large) rest.push_back(poisson::Digits(mean).rest);
    if (has_any(rest)) rests.emplace_back(std::move(rest));
  }

  // Means below are tried: the answer is the same for equal means.
  static bool FitsSmallTable(double mean) {
    return mean < SmallTable::kSize && SmallTable::Fits(Distribution(mean));
  }

  std::vector<SmallTable> one;    // one or none, for all neurons
  std::vector<SmallTables> each;  // one or none
  std::vector<Digit> digits;
  std::vector<Rests> rests;  // one or none
};

}  // namespace spiked::poisson_background
#endif

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {

using poisson_background::Digit;
using poisson_background::Rests;
using poisson_background::Sampler;
using poisson_background::SmallTable;
using poisson_background::SmallTables;
using poisson_background::Tables;

using CountTag = hn::Rebind<int32_t, WordTag>;

// Neurons whose counts are drawn together; a multiple of 64.
constexpr int64_t kChunk = 256;

// Random numbers of the neurons [first, first + count), and their counts.
struct Draws {
  const ArsKeys& keys;
  int64_t step;
  uint32_t draw;
  int64_t first;
  int64_t count;
  int32_t* counts;  // [kChunk]

  // Random word that decides between the own outcome and the alias of an entry.
  uint32_t Tie(int64_t i) const {
    return RandomWord(keys, step, draw + 1, first + i);
  }
};

#if HWY_TARGET == HWY_SCALAR

// Draws counts from the table of a mean that all neurons share.
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

// Looks up the table entries that the low bits of words choose.
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

// Decides the draws whose word and entry have equal high bits; `ties` has a bit
// for each lane.
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

// Draws counts from the table of a mean that all neurons share.
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
        // Equal high bits are rare, and decided one by one.
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

// Draws the count of each neuron from its own table, as DrawSmall would.
void DrawSmallOfEach(const SmallTables& tables, const Draws& to) {
  constexpr int kMask = SmallTable::kSize - 1;
  const auto count_of = [&](uint32_t half, int64_t i) -> int32_t {
    const auto neuron = static_cast<size_t>(to.first + i);
    if (neuron >= tables.index.size()) return 0;  // padding
    const uint32_t table = tables.index[neuron];
    const auto word = static_cast<int16_t>(half);
    const int own = word & kMask;
    const int16_t entry =
        tables.entries[static_cast<size_t>(table) * SmallTable::kSize + own];
    if (HWY_LIKELY((word ^ entry) >> SmallTable::kBits != 0)) {
      return std::min(word, entry) & kMask;
    }
    const SmallTable whole{poisson::Distribution(tables.lambda[table])};
    return to.Tie(i) < whole.rest[own] ? own : entry & kMask;
  };
  ForEachRandomHalves(to.keys, to.step, to.draw, to.first, to.count,
                      [&](Words words, int64_t i) {
                        HWY_ALIGN uint32_t lanes[16];
                        hn::Store(words, WordTag(), lanes);
                        for (size_t k = 0; k < hn::Lanes(WordTag()); ++k) {
                          const int64_t at = i + static_cast<int64_t>(k);
                          to.counts[at] = count_of(lanes[k] & 0xffff, at);
                          to.counts[at + 16] =
                              count_of(lanes[k] >> 16, at + 16);
                        }
                      });
}

// Draws a count for each neuron from its digit's alias table, and adds it to
// the counts.
void DrawDigit(const Digit& digit, const Draws& to) {
  const CountTag d;
  const Tables& tables = digit.tables;
  const int32_t mask = (1 << tables.bits) - 1;
  const auto low_bits = hn::Set(d, mask);
  ForEachRandomVector(
      to.keys, to.step, to.draw, to.first, to.count,
      [&](Words random, int64_t i) {
        const auto words = hn::BitCast(d, random);
        const auto begin = hn::Load(d, digit.table.At(to.first + i));
        const auto entries = hn::GatherIndex(
            d, tables.entry.data(), hn::Add(begin, hn::And(words, low_bits)));
        const auto outcome = hn::And(hn::Min(words, entries), low_bits);
        const auto base = hn::Load(d, digit.base.At(to.first + i));
        const auto before = hn::Load(d, to.counts + i);
        hn::Store(hn::Add(before, hn::Add(base, outcome)), d, to.counts + i);
        // Where the high bits are equal, replace the outcome by one that
        // further bits decide.
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

// Draws the rest of each neuron's mean, nearly always 0, and adds it to the
// counts.
void DrawRests(const Rests& rests, const Draws& to) {
  const CountTag d;
  // One rest may stand for all neurons.
  const auto rest_count = static_cast<int64_t>(rests.lambda.size());
  const int64_t neurons = rest_count == 1 ? to.first + to.count : rest_count;
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
          const int64_t rest = rest_count == 1 ? 0 : neuron;
          if (word - 0x80000000 > *(rests.threshold.At(0) + rest)) continue;
          to.counts[at] +=
              rests.Count(rest, uint64_t{lanes[lane]} << 32 | to.Tie(at));
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

// Adds the weight times a Poisson number to the input of each neuron.
template <typename T>
HWY_INLINE void AddPoisson(const ArsKeys& keys, const Sampler& sampler,
                           const ParameterRow<T>& weight, int64_t step,
                           int64_t first, int64_t count, T* row) {
  HWY_ALIGN int32_t counts[kChunk];
  for (int64_t begin = 0; begin < count; begin += kChunk) {
    Draws to = {keys,  step, 0, first + begin, std::min(kChunk, count - begin),
                counts};
    if (!sampler.one.empty()) {
      DrawSmall(sampler.one[0], to);
    } else {
      std::fill_n(counts, kChunk, 0);
      for (const SmallTables& each : sampler.each) DrawSmallOfEach(each, to);
      for (const Digit& digit : sampler.digits) {
        to.draw = 2 * digit.place + 2;
        DrawDigit(digit, to);
      }
      to.draw = 2 * poisson::kDigits + 2;
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
  rate.max = poisson::kMaxRateHz;
  info.parameters = {
      rate, {"weight", "unit of the receptor", "What one spike adds.", 1}};
  return info;
}

}  // namespace

const ModelInfo& PoissonBackground::info() const {
  static const auto* const info = new ModelInfo(MakeInfo());
  return *info;
}

ValueRange PoissonBackground::AmountsOf(
    absl::Span<const ValueRange> parameters) const {
  return parameters[kWeight];
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
