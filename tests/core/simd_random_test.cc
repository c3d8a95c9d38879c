// SPDX-License-Identifier: Apache-2.0
//
// The vector Philox of noise, on every vector target of this machine.

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tests/core/simd_random_test.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"
// After highway.h: the header is compiled once per target.
#include "core/simd_random.h"

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {

// The word of each neuron in a step; `words` is padded to a multiple of 16.
void FillWords(RandomStream stream, int64_t step, int64_t count,
               uint32_t* words) {
  ForEachRandomVector(stream, step, 0, count, [&](Words vector, int64_t i) {
    hn::StoreU(vector, WordTag(), words + i);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace spiked
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/vector_target.h"

namespace spiked {
namespace {

HWY_EXPORT(FillWords);

std::vector<uint32_t> WordsOf(RandomStream stream, int64_t step,
                              int64_t count) {
  std::vector<uint32_t> words((count + 15) / 16 * 16);
  HWY_DYNAMIC_DISPATCH(FillWords)(stream, step, count, words.data());
  words.resize(count);
  return words;
}

class SimdRandom : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override { ASSERT_TRUE(ForceVectorTarget(GetParam())); }
  void TearDown() override { ForceVectorTarget(""); }
};

TEST_P(SimdRandom, WordsAreThoseOfTheScalarPhilox) {
  const RandomStream stream = {{0xa4093822, 0x299f31d0}};
  constexpr int64_t kCount = 1000;
  // Steps beyond 32 bits use the high word of the counter.
  for (int64_t step : {int64_t{0}, int64_t{1}, int64_t{0x123456789abcdef0}}) {
    const std::vector<uint32_t> words = WordsOf(stream, step, kCount);
    for (int64_t i = 0; i < kCount; ++i) {
      const auto block = RandomBlock(stream, step, i / 64 * 16 + i % 16);
      ASSERT_EQ(words[i], block[i / 16 % 4]) << "neuron " << i << ", " << step;
    }
  }
}

TEST_P(SimdRandom, NumberOfNeuronsDoesNotChangeTheWords) {
  const RandomStream stream = {{1, 2}};
  const std::vector<uint32_t> all = WordsOf(stream, 5, 200);
  for (int64_t count : {1, 15, 16, 17, 63, 64, 65, 130}) {
    EXPECT_EQ(WordsOf(stream, 5, count),
              std::vector<uint32_t>(all.begin(), all.begin() + count));
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, SimdRandom,
                         ::testing::ValuesIn(VectorTargets()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace spiked
#endif  // HWY_ONCE
