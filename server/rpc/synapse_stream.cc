// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/synapse_stream.h"

#include <algorithm>

#include "server/rpc/stream_times.h"
#include "server/rpc/value_bytes.h"

namespace spiked {

SynapseStream::Filling SynapseStream::Fill(int64_t now_nanos,
                                           v1::SynapseBatch* batch) {
  const std::vector<SynapseReading>& synapses = *outcome_.synapses;
  const int64_t end =
      std::min<int64_t>(std::ssize(synapses), next_ + kMaxSynapses);
  batch->Clear();
  batch->set_sequence(sequence_++);
  batch->set_epoch(outcome_.session.epoch);
  batch->set_step(outcome_.session.step);
  for (; next_ < end; ++next_) {
    const SynapseReading& synapse = synapses[next_];
    batch->add_source_indices(synapse.source);
    batch->add_target_indices(synapse.target);
    batch->add_delay_steps(synapse.delay_steps);
    AppendValue(synapse.weight, encoding_, batch->mutable_weights());
  }
  const bool last = next_ == std::ssize(synapses);
  batch->set_end_of_stream(last);
  return {.write = true, .last = last, .due_nanos = now_nanos};
}

int64_t SynapseStream::WhileWriting(int64_t now_nanos) {
  return now_nanos + kCatchUpNanos;
}

}  // namespace spiked
