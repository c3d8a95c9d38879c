// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_STREAMS_RATE_READER_H_
#define SPIKED_SERVER_RPC_STREAMS_RATE_READER_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "server/rpc/streams/batch_header.h"
#include "server/session/history/spike_counter.h"
#include "server/session/history/spike_cursor.h"
#include "spiked/v1/recording.pb.h"

namespace spiked {

// Counts the spikes of a ring in bins of time, into messages of bounded size.
// Only whole bins are sent: bins that are cut by a gap or by the end of an
// epoch are left out. Used by one thread at a time.
class RateReader {
 public:
  using Message = v1::RateBatch;

  // Requires: groups are in ascending order, and the cursor's filter passes
  // their neurons.
  RateReader(std::unique_ptr<SpikeCursor> cursor,
             std::vector<SpikeGroup> groups, int64_t bin_steps);

  // Counts the next spikes of the ring, unless a message is full.
  void Read();

  // Whether a message would have news: whole bins, losses or a new epoch.
  bool has_news() const {
    return whole_bins() > 0 || dropped_ > 0 || epoch_ != written_epoch_;
  }
  // Always false, because bins without spikes are news already.
  bool has_moved() const { return false; }

  // Writes the whole bins. Each batch begins where the previous one ended,
  // unless spikes were dropped or the session was reset.
  void Write(const BatchHeader& header, Message* message);

  // Whether the ring had more spikes than Read has counted.
  bool behind() const { return has_more_ || has_to_write_first_; }

  // The batch that Write would write now.
  int64_t epoch() const { return epoch_; }
  int64_t end_step() const { return first_step_ + whole_bins() * bin_steps_; }
  int64_t dropped() const { return dropped_; }

  // Counts skipped spikes, which the next batch reports.
  void AddDropped(int64_t spikes) { dropped_ += spikes; }
  // Gives up all spikes not yet read, and releases the ring.
  void Discard();

  // Whether all spikes up to a position are read or given up.
  bool Reaches(SpikeRing::Position end) const {
    return cursor_ == nullptr || !(cursor_->position() < end);
  }

  // The cursor; null after Discard.
  SpikeCursor* cursor() { return cursor_.get(); }

  // The most counts of a message, unless one bin alone has more.
  static constexpr int64_t kMaxCounts = 65'536;

  // What a group takes in memory: its bounds, its counts in a bin that is read
  // and in one that waits, in a message and in the bytes of that.
  static constexpr int64_t kBytesPerGroup = sizeof(SpikeGroup) + 4 * 5;

 private:
  int64_t whole_bins() const {
    return position_ <= first_step_ ? 0
                                    : (position_ - first_step_) / bin_steps_;
  }
  // Begins counting with the first bin that starts at this position or later.
  void BeginAt(SpikeRing::Position position);
  void Count(const SpikeRing::Reading& reading);

  std::unique_ptr<SpikeCursor> cursor_;
  const std::vector<SpikeGroup> groups_;
  const int64_t bin_steps_;
  const int64_t max_bins_;  // per message

  int64_t epoch_ = 0;
  int64_t first_step_ = 0;       // of the first bin
  int64_t position_ = 0;         // the step that is counted next
  std::vector<int32_t> counts_;  // [bins, groups]; the last bin may be open
  int64_t dropped_ = 0;          // not yet reported
  bool has_more_ = false;
  bool has_to_write_first_ = false;  // bins before a gap wait
  int64_t written_epoch_ = 0;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_STREAMS_RATE_READER_H_
