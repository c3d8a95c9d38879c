// SPDX-License-Identifier: Apache-2.0
//
// How the neurons of a network are split over blocks. A block belongs to one
// thread, which alone updates its neurons and delivers their input, so that no
// locks are needed.

#ifndef SPIKED_CORE_NETWORK_BLOCKS_H_
#define SPIKED_CORE_NETWORK_BLOCKS_H_

#include <cstdint>
#include <vector>

namespace spiked {

// Runs of neurons begin at multiples of this, so that vectors and cache lines
// never cross from one block to another.
inline constexpr int64_t kRunMultiple = 64;

// Number of neurons whose inputs are gathered and used while in the L1 cache.
inline constexpr int64_t kChunk = 1024;

// The neurons of one population in one block.
struct Run {
  int64_t first = 0;        // neuron of the population; a multiple of 64
  int64_t count = 0;        // may be 0
  uint32_t first_slot = 0;  // slot of `first`; a multiple of 64
};

// Users count *neurons*; a block counts *slots*: its runs one after the other,
// each padded to a multiple of 64, so that a slot fits 16 bits.
struct Block {
  std::vector<Run> runs;    // [populations]
  uint32_t slot_count = 0;  // a multiple of 64; at most kMaxBlockSlots

  // Rows of inputs have a few slots more, where padding synapses end.
  int64_t row_length() const { return slot_count + kRunMultiple; }
};
inline constexpr int64_t kMaxBlockSlots = 65536 - kRunMultiple;

// Splits populations over a multiple of `thread_count` blocks, as few as
// possible and as equal as possible; every population is cut evenly.
std::vector<Block> MakeBlocks(const std::vector<int64_t>& population_sizes,
                              int thread_count);

// Finds the block and slot of each neuron of one population.
class SlotMap {
 public:
  SlotMap(const std::vector<Block>& blocks, int population);

  struct Location {
    uint32_t block;
    uint32_t slot;
  };
  Location Find(int64_t neuron) const {
    const uint32_t block = blocks_[neuron / kRunMultiple];
    return {block, static_cast<uint32_t>(neuron + offsets_[block])};
  }

 private:
  std::vector<uint32_t> blocks_;  // block of each 64 neurons
  std::vector<int64_t> offsets_;  // [blocks] slot minus neuron
};

}  // namespace spiked

#endif  // SPIKED_CORE_NETWORK_BLOCKS_H_
