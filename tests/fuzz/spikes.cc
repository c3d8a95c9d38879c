// SPDX-License-Identifier: Apache-2.0

#include <cstdint>
#include <vector>

#include "server/rpc/streams/spike_encoder.h"
#include "tests/fuzz/targets.h"
#include "tests/server/rpc/spike_decoder.h"

namespace spiked::fuzz {
namespace {

// Reads numbers of one or four bytes, so that both small and large numbers
// occur.
class Numbers {
 public:
  explicit Numbers(absl::string_view bytes) : bytes_(bytes) {}

  bool empty() const { return bytes_.empty(); }
  uint32_t Next() {
    if (empty()) return 0;
    const auto first = static_cast<uint8_t>(bytes_[0]);
    bytes_.remove_prefix(1);
    if (first < 240) return first;
    uint32_t number = first;
    for (int i = 0; i < 3 && !empty(); ++i) {
      number = number << 8 | static_cast<uint8_t>(bytes_[0]);
      bytes_.remove_prefix(1);
    }
    return number;
  }

 private:
  absl::string_view bytes_;
};

}  // namespace

void FuzzSpikes(absl::string_view bytes) {
  Numbers numbers(bytes);
  const auto first_step = static_cast<int64_t>(numbers.Next());
  std::vector<SpikeRun::Step> steps;
  std::vector<int32_t> neurons;
  std::vector<testing::DecodedSpike> wanted;
  int64_t step = first_step;
  while (!numbers.empty()) {
    step += (steps.empty() ? 0 : 1) + numbers.Next() % (uint32_t{1} << 30);
    const auto count = static_cast<int32_t>(1 + numbers.Next() % 20);
    int64_t neuron = 0;
    int32_t added = 0;
    for (; added < count; ++added) {
      neuron += (added == 0 ? 0 : 1) + numbers.Next() % (uint32_t{1} << 28);
      if (neuron > INT32_MAX) break;
      neurons.push_back(static_cast<int32_t>(neuron));
      wanted.push_back({step, neurons.back()});
    }
    steps.push_back({step, added});
  }
  for (const v1::SpikeEncoding encoding :
       {v1::DELTA_VARINT, v1::FIXED32_BYTES}) {
    v1::SpikeBatch batch;
    batch.set_first_step(first_step);
    EncodeSpikes(first_step, steps, neurons, encoding, &batch);
    FUZZ_CHECK(testing::DecodeSpikes(batch) == wanted);
  }
}

}  // namespace spiked::fuzz
