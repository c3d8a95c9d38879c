// SPDX-License-Identifier: Apache-2.0
//
// The vector version of ARS for noise, on every vector target of this machine.

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tests/core/numbers/simd_random_test.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"
// After highway.h: the header is compiled once per target.
#include "core/numbers/simd_random.h"

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {

// Writes the words of the neurons from `first` on in a step; `words` is padded
// to a multiple of 16.
void FillWords(const ArsKeys& keys, int64_t step, uint32_t draw, int64_t first,
               int64_t count, uint32_t* words) {
  ForEachRandomVector(keys, step, draw, first, count,
                      [&](Words vector, int64_t i) {
                        hn::StoreU(vector, WordTag(), words + i);
                      });
}

// Writes half words in the same way; `words` is padded to a multiple of 32.
void FillHalves(const ArsKeys& keys, int64_t step, uint32_t draw, int64_t first,
                int64_t count, uint32_t* words) {
  ForEachRandomHalves(
      keys, step, draw, first, count, [&](Words vector, int64_t i) {
        const WordTag d;
        hn::StoreU(hn::And(vector, hn::Set(d, 0xffff)), d, words + i);
        hn::StoreU(hn::ShiftRight<16>(vector), d, words + i + 16);
      });
}

// Writes the words of FillWords, one by one.
void FillSingle(const ArsKeys& keys, int64_t step, uint32_t draw, int64_t first,
                int64_t count, uint32_t* words) {
  for (int64_t i = 0; i < count; ++i) {
    words[i] = RandomWord(keys, step, draw, first + i);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace spiked
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "core/numbers/vector_target.h"
#include "tests/support/statistics.h"

namespace spiked {
namespace {

using testing::ChiSquareOfEqual;
using testing::Correlation;
using testing::Mean;
using testing::Variance;

HWY_EXPORT(FillWords);
HWY_EXPORT(FillHalves);
HWY_EXPORT(FillSingle);

enum Kind { kWords, kHalves, kSingle };

std::vector<uint32_t> WordsOf(Kind kind, RandomStream stream, int64_t step,
                              int64_t count, int64_t first = 0,
                              uint32_t draw = 0) {
  std::vector<uint32_t> words((count + 31) / 32 * 32);
  const ArsKeys keys(stream);
  if (kind == kWords) {
    HWY_DYNAMIC_DISPATCH(FillWords)
    (keys, step, draw, first, count, words.data());
  } else if (kind == kHalves) {
    HWY_DYNAMIC_DISPATCH(FillHalves)
    (keys, step, draw, first, count, words.data());
  } else {
    HWY_DYNAMIC_DISPATCH(FillSingle)
    (keys, step, draw, first, count, words.data());
  }
  words.resize(count);
  return words;
}

class SimdRandom : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override { ASSERT_TRUE(ForceVectorTarget(GetParam())); }
  void TearDown() override { ForceVectorTarget(""); }
};

// Steps beyond 32 bits use the high word of the counter.
constexpr int64_t kSteps[] = {0, 1, 0x123456789abcdef0};
constexpr RandomStream kStream = {{0xa4093822, 0x299f31d0}};

TEST_P(SimdRandom, WordsAreThoseOfThePortableArs) {
  constexpr int64_t kCount = 1000;
  const ArsKeys keys(kStream);
  for (int64_t step : kSteps) {
    for (uint32_t draw : {0u, 5u}) {
      const auto words = WordsOf(kWords, kStream, step, kCount, 0, draw);
      for (int64_t i = 0; i < kCount; ++i) {
        const auto block = ArsBlock(keys, step, uint64_t{draw} << 32 | i / 4);
        ASSERT_EQ(words[i], block[i % 4]) << "neuron " << i << ", " << step;
      }
      EXPECT_EQ(WordsOf(kSingle, kStream, step, kCount, 0, draw), words);
    }
  }
}

TEST_P(SimdRandom, HalvesAreThoseOfThePortableArs) {
  constexpr int64_t kCount = 1000;
  const ArsKeys keys(kStream);
  for (int64_t step : kSteps) {
    const auto halves = WordsOf(kHalves, kStream, step, kCount, 0, 3);
    for (int64_t i = 0; i < kCount; ++i) {
      const uint64_t number = i / 32 * 4 + i % 16 / 4;
      const auto block = ArsBlock(keys, step, uint64_t{3} << 32 | number);
      ASSERT_EQ(halves[i], block[i % 4] >> i / 16 % 2 * 16 & 0xffff) << i;
    }
  }
}

TEST_P(SimdRandom, WhereARunBeginsAndEndsDoesNotChangeTheWords) {
  for (Kind kind : {kWords, kHalves}) {
    const auto all = WordsOf(kind, kStream, 5, 1000);
    for (int64_t first : {0, 64, 128, 192, 640}) {
      for (int64_t count : {1, 15, 16, 17, 31, 32, 33, 63, 64, 65, 130}) {
        EXPECT_EQ(WordsOf(kind, kStream, 5, count, first),
                  std::vector<uint32_t>(all.begin() + first,
                                        all.begin() + first + count));
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, SimdRandom,
                         ::testing::ValuesIn(VectorTargets()),
                         [](const auto& info) { return info.param; });

// All half words of many steps, neuron by neuron.
std::vector<double> ManyHalves(int64_t steps, int64_t count) {
  std::vector<double> all;
  for (int64_t step = 0; step < steps; ++step) {
    for (uint32_t x : WordsOf(kHalves, {{7, 8}}, step, count)) all.push_back(x);
  }
  return all;
}

TEST(SimdRandomStatistics, HalvesAreUniform) {
  const std::vector<double> x = ManyHalves(4000, 1000);
  const auto n = static_cast<double>(x.size());
  const double variance = (0x1p32 - 1) / 12;
  EXPECT_NEAR(Mean(x), 65535 / 2.0, 4 * std::sqrt(variance / n));
  EXPECT_NEAR(Variance(x), variance, 4 * variance * std::sqrt(0.8 / n));
  std::vector<double> counts(65536);
  for (double value : x) ++counts[static_cast<size_t>(value)];
  EXPECT_NEAR(ChiSquareOfEqual(counts), 65535, 4 * std::sqrt(2 * 65535));
}

TEST(SimdRandomStatistics, BitsOfWordsAreFair) {
  std::vector<double> ones(32);
  constexpr int kSteps = 1000, kCount = 1000;
  for (int64_t step = 0; step < kSteps; ++step) {
    for (uint32_t word : WordsOf(kWords, {{7, 8}}, step, kCount)) {
      for (int bit = 0; bit < 32; ++bit) ones[bit] += word >> bit & 1;
    }
  }
  for (int bit = 0; bit < 32; ++bit) {
    EXPECT_NEAR(ones[bit], kSteps * kCount / 2.0, 4 * std::sqrt(250000)) << bit;
  }
}

TEST(SimdRandomStatistics, NeighboursAndStepsAreUncorrelated) {
  constexpr int64_t kSteps = 500, kCount = 1000;
  const std::vector<double> x = ManyHalves(kSteps, kCount);
  const auto lagged = [&](int64_t neurons, int64_t steps) {
    std::vector<double> here, there;
    for (int64_t k = 0; k + steps < kSteps; ++k) {
      for (int64_t i = 0; i + neurons < kCount; ++i) {
        here.push_back(x[k * kCount + i]);
        there.push_back(x[(k + steps) * kCount + i + neurons]);
      }
    }
    return Correlation(here, there) *
           std::sqrt(static_cast<double>(here.size()));
  };
  for (int64_t neurons : {1, 2, 4, 8, 16, 32}) {
    EXPECT_LT(std::abs(lagged(neurons, 0)), 4) << neurons;
  }
  for (int64_t steps : {1, 2, 16, 256}) {
    EXPECT_LT(std::abs(lagged(0, steps)), 4) << steps;
    EXPECT_LT(std::abs(lagged(1, steps)), 4) << steps;
  }
}

}  // namespace
}  // namespace spiked
#endif  // HWY_ONCE
