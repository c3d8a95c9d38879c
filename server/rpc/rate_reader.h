// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_RATE_READER_H_
#define SPIKED_SERVER_RPC_RATE_READER_H_

#include <cstdint>
#include <vector>

#include "server/session/spike_ring.h"
#include "spiked/v1/recording.pb.h"

namespace spiked {

// Neurons of the network that are counted together: a population, or a column
// of one.
struct RateGroup {
  int64_t begin;
  int64_t end;  // exclusive
};

// Counts the spikes of a ring in bins of time, into messages of bounded size.
// Only whole bins are told: what a gap or the end of an epoch cuts is left out.
// Used by one thread at a time.
class RateReader {
 public:
  // Groups are in ascending order and in the cursor's populations. The ring
  // outlives the reader's reads.
  RateReader(const SpikeRing* ring, SpikeRing::Cursor cursor,
             std::vector<RateGroup> groups, int64_t bin_steps);

  // Sets everything of the batch that is about bins: epoch, steps, counts and
  // drops. Each batch begins where the one before has ended, unless spikes were
  // dropped or the session was reset.
  void Read(v1::RateBatch* batch);

  // Whether the last batch left out something that was there when it was read.
  bool behind() const { return position_ < end_step_ || ring_has_more_; }

  // Gives up all spikes that are left: the next batch reports them as dropped.
  // Requires: nothing is added to the ring any more.
  void Discard();

  // A message has at most so many counts, or one bin.
  static constexpr int64_t kMaxCounts = 65'536;

 private:
  void Refill();
  // Counts the spikes before a step into the open bin.
  void CountUntil(int64_t step);
  void BeginBinAt(int64_t step);

  const SpikeRing* ring_;
  SpikeRing::Cursor cursor_;
  const std::vector<RateGroup> groups_;
  const int64_t bin_steps_;

  // What was read from the ring, up to end_step_, and how far it is counted.
  std::vector<SpikeRun::Step> steps_;
  std::vector<int32_t> neurons_;
  size_t next_step_ = 0;
  size_t next_neuron_ = 0;
  int64_t epoch_;
  int64_t position_;
  int64_t end_step_;
  // The open bin.
  int64_t bin_begin_ = 0;
  std::vector<int32_t> counts_;  // [groups]

  int64_t dropped_ = 0;  // not yet reported
  bool ring_has_more_ = false;
  bool discarded_ = false;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_RATE_READER_H_
