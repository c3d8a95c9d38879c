// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_SPIKE_READER_H_
#define SPIKED_SERVER_RPC_SPIKE_READER_H_

#include <cstdint>
#include <vector>

#include "server/session/spike_ring.h"
#include "spiked/v1/recording.pb.h"

namespace spiked {

// Reads a ring of spikes into messages of bounded size. Over all messages,
// spikes sent + spikes dropped = spikes of the wanted populations. Used by one
// thread at a time.
class SpikeReader {
 public:
  // The ring outlives the reader's reads.
  SpikeReader(const SpikeRing* ring, SpikeRing::Cursor cursor,
              v1::SpikeEncoding encoding);

  // Sets everything of the batch that is about spikes: epoch, steps, spikes and
  // drops. Each batch begins where the one before has ended, unless spikes were
  // dropped or the session was reset.
  void Read(v1::SpikeBatch* batch);

  // Whether the last batch left out something that was there when it was read.
  bool behind() const { return next_step_ < steps_.size() || ring_has_more_; }

  // Gives up all spikes that are left: the next batch reports them as dropped.
  // Requires: nothing is added to the ring any more.
  void Discard();

  // A message has at most so many spikes, or one step.
  static constexpr int64_t kMaxSpikes = 50'000;

 private:
  void Refill();
  void TakeSteps(v1::SpikeBatch* batch);

  const SpikeRing* ring_;
  SpikeRing::Cursor cursor_;
  const v1::SpikeEncoding encoding_;
  const bool all_populations_;

  // What was read from the ring, and how far it is sent.
  std::vector<SpikeRun::Step> steps_;
  std::vector<int32_t> neurons_;
  size_t next_step_ = 0;
  size_t next_neuron_ = 0;
  int64_t epoch_ = 0;
  int64_t position_ = 0;  // first step that is not sent
  int64_t end_step_ = 0;
  int64_t dropped_ = 0;  // not yet reported
  bool ring_has_more_ = false;
  bool discarded_ = false;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_SPIKE_READER_H_
