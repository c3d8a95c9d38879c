// SPDX-License-Identifier: Apache-2.0
//
// Random numbers as functions, not as sequences: a number is determined by
// (seed, purpose, name of the owner, element, index) and by nothing else. So
// results don't depend on threads or on the order of construction, there is no
// generator state to save, and adding a population leaves the others' numbers
// as they were. Philox4x32-10: Salmon et al. 2011, doi:10.1145/2063384.2063405.

#ifndef SPIKED_CORE_NUMBERS_RANDOM_H_
#define SPIKED_CORE_NUMBERS_RANDOM_H_

#include <array>
#include <cstdint>
#include <string_view>

namespace spiked {

// The use of a random number; part of the key of its stream. Never renumber.
enum class RandomPurpose : uint32_t {
  kParameter = 1,
  kInitialValue = 2,
  kConnection = 3,
  kWeight = 4,
  kDelay = 5,
  kInput = 6,
  kNeuron = 7,
  kPosition = 8,
  kChange = 9,
  kRateStimulus = 10,
};

// The Philox key of one stream.
struct RandomStream {
  std::array<uint32_t, 2> key;
};

// The stream of `owner` (and, where it has several, of the named `part`) for
// one purpose. Distinct arguments give independent streams, up to a 64-bit
// hash.
RandomStream MakeRandomStream(int64_t seed, RandomPurpose purpose,
                              std::string_view owner,
                              std::string_view part = "");

// The four words of block (high, low) of a stream.
std::array<uint32_t, 4> RandomBlock(RandomStream stream, uint64_t high,
                                    uint64_t low);

// The numbers of one element of a stream, one after the other.
class ElementRandom {
 public:
  ElementRandom(RandomStream stream, uint64_t element)
      : stream_(stream), element_(element) {}

  // Uniform over [0, 1), 53 bits.
  double Uniform01();

  // Standard normal (Box-Muller).
  double StandardNormal();

 private:
  uint32_t NextWord();

  RandomStream stream_;
  uint64_t element_;
  uint64_t next_block_ = 0;
  int next_word_ = 4;
  std::array<uint32_t, 4> block_{};
};

}  // namespace spiked

#endif  // SPIKED_CORE_NUMBERS_RANDOM_H_
