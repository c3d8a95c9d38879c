// SPDX-License-Identifier: Apache-2.0
//
// Random words in bulk: the words of RandomBlock, many times faster, and the
// same on every vector target.

#ifndef SPIKED_CORE_NUMBERS_RANDOM_WORDS_H_
#define SPIKED_CORE_NUMBERS_RANDOM_WORDS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/numbers/random.h"

namespace spiked {

// Word w of block (high, first_low + b), b < count, goes to words[4 b + w].
void FillRandomBlocks(RandomStream stream, uint64_t high, uint64_t first_low,
                      size_t count, uint32_t* words);

// The first `count` words of the blocks (high, 0), (high, 1), ... in a row.
void FillRandomWords(RandomStream stream, uint64_t high, size_t count,
                     uint32_t* words);

// A number below n, uniform up to a bias of less than n / 2^32 of its
// probability.
inline uint32_t UniformBelow(uint32_t n, uint32_t word) {
  return static_cast<uint32_t>((uint64_t{word} * n) >> 32);
}

// Reads the words of FillRandomWords one after the other, without an end.
class RandomWordReader {
 public:
  RandomWordReader(RandomStream stream, uint64_t high)
      : stream_(stream), high_(high) {}

  uint32_t Next() {
    if (next_ == end_) Refill();
    return words_[next_++];
  }

  static constexpr size_t kMaxChunk = 256;
  // The words that have been drawn and not read: 1 to kMaxChunk.
  std::span<const uint32_t> NextChunk() {
    if (next_ == end_) Refill();
    const std::span<const uint32_t> chunk(words_ + next_, end_ - next_);
    next_ = end_;
    return chunk;
  }

 private:
  // Draws twice as many as the last time, as some users need few and others
  // many.
  void Refill() {
    end_ = end_ == 0 ? 32 : std::min(2 * end_, kMaxChunk);
    FillRandomBlocks(stream_, high_, next_block_, end_ / 4, words_);
    next_block_ += end_ / 4;
    next_ = 0;
  }

  RandomStream stream_;
  uint64_t high_;
  uint64_t next_block_ = 0;
  size_t next_ = 0;
  size_t end_ = 0;
  alignas(64) uint32_t words_[kMaxChunk];
};

}  // namespace spiked

#endif  // SPIKED_CORE_NUMBERS_RANDOM_WORDS_H_
