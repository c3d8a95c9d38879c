// SPDX-License-Identifier: Apache-2.0
//
// Buffers in which the input that arrives at the neurons of a block in one step
// is added up, and how it becomes the input that neuron models read.

#ifndef SPIKED_CORE_MODEL_INPUT_BUFFER_H_
#define SPIKED_CORE_MODEL_INPUT_BUFFER_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/numbers/aligned_array.h"
#include "core/spec/network_spec.h"

namespace spiked {

// Most receptors of a model: a 64-bit word has one bit for each.
inline constexpr int kMaxReceptors = 64;

// The rows of every block's buffer.
struct InputRows {
  int sums = 0;      // scalars, one row for each receptor index
  int integers = 0;  // i16 and i32, for the receptors of 16-bit weights
  int counts = 0;    // u16, one row for each group of constant weights
};

// Input of one receptor of a population in a step:
// sum + unit * integer + weight[0] * count[0] + weight[1] * count[1] + ...
struct ReceptorInput {
  int integer_row = -1;  // -1: none
  double unit = 0;       // value of 1 in the integers
  struct Counts {
    int row;
    double weight;
  };
  std::vector<Counts> counts;
  bool has_inputs = false;  // inputs of the network add to the sum
};

// Input that arrives in the coming step at the slots of one block.
struct InputBuffer {
  AlignedArray sums;       // T [rows x length]
  AlignedArray integers;   // i16 [rows x length]
  AlignedArray carries;    // i32 [rows x length]: to be added to `integers`
  AlignedArray counts;     // u16 [rows x length]
  uint64_t sums_used = 0;  // bit r: row r of the sums may not be all 0
  bool carries_used = false;
  size_t length = 0;  // Block::row_length()

  void Allocate(const InputRows& rows, size_t row_length, size_t scalar_bytes);

  // A row of sums to add to, marked as used.
  template <typename T>
  T* SumRow(int row) {
    sums_used |= uint64_t{1} << row;
    return sums.as<T>() + row * length;
  }
  int16_t* IntegerRow(int row) { return integers.as<int16_t>() + row * length; }
  int32_t* CarryRow(int row) { return carries.as<int32_t>() + row * length; }
  uint16_t* CountRow(int row) { return counts.as<uint16_t>() + row * length; }
};

// Writes the input of a receptor at the slots [slot, slot + count) to `row`,
// padded to a multiple of 16, and clears what it read. `slot` is a multiple of
// 64.
void TakeInput(const ReceptorInput& receptor, int receptor_index,
               Precision precision, int64_t slot, int64_t count,
               InputBuffer& buffer, void* row);

}  // namespace spiked

#endif  // SPIKED_CORE_MODEL_INPUT_BUFFER_H_
