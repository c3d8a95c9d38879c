// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_STREAMS_SPIKE_READER_H_
#define SPIKED_SERVER_RPC_STREAMS_SPIKE_READER_H_

#include <cstdint>
#include <memory>

#include "grpcpp/support/byte_buffer.h"
#include "server/rpc/streams/batch_header.h"
#include "server/rpc/streams/spike_feed.h"
#include "server/session/history/spike_cursor.h"

namespace spiked {

// Reads a ring of spikes into messages of bounded size, v1::SpikeBatch as
// bytes. Over all messages, spikes sent + spikes dropped = spikes wanted. Used
// by one thread at a time.
class SpikeReader {
 public:
  using Message = grpc::ByteBuffer;

  SpikeReader(std::unique_ptr<SpikeCursor> cursor,
              std::shared_ptr<SpikeFeed> feed);

  // Takes the next block of the ring, unless spikes taken earlier are not
  // written yet. Further silence extends the batch. Taken spikes are lost if
  // they are never written.
  void Read();

  // Whether a message would have news: spikes, losses, or the end of an epoch,
  // rather than silence only.
  bool has_news() const {
    return HasSpikes() || dropped_ > 0 || epoch_ended_ ||
           epoch_ != written_epoch_;
  }
  // Whether the batch has steps beyond the previously written one.
  bool has_moved() const { return end_step() > first_step_; }

  // Writes the batch. Each begins where the previous one ended, unless spikes
  // were dropped or the session was reset.
  void Write(const BatchHeader& header, Message* message);

  // Whether the ring had more than Read has taken.
  bool behind() const { return has_more_ || epoch_ended_ || IsTooFar(); }

  // The batch that Write would write now.
  int64_t epoch() const { return epoch_; }
  int64_t end_step() const;
  int64_t dropped() const { return dropped_; }

  // Counts skipped spikes, which the next batch reports.
  void AddDropped(int64_t spikes) { dropped_ += spikes; }
  // Gives up all spikes that are not written yet, and releases the ring.
  void Discard();

  // Whether all spikes up to a position are taken or given up.
  bool Reaches(SpikeRing::Position end) const {
    return cursor_ == nullptr || !(cursor_->position() < end);
  }

  // The cursor; null after Discard.
  SpikeCursor* cursor() { return cursor_.get(); }

 private:
  bool HasSpikes() const {
    return block_ != nullptr && block_->spike_count > 0;
  }
  // Whether the silence before the spikes is longer than kMaxStepOffset.
  bool IsTooFar() const;
  void Take(SpikeRing::Position from, std::shared_ptr<const SpikeBlock> block);

  std::unique_ptr<SpikeCursor> cursor_;
  std::shared_ptr<SpikeFeed> feed_;

  // The batch: the steps [first_step_, end_step()) of an epoch.
  int64_t epoch_ = 0;
  int64_t first_step_ = 0;
  int64_t silent_until_ = 0;  // end of the batch if block_ is null
  std::shared_ptr<const SpikeBlock> block_;  // null: only silence
  int64_t dropped_ = 0;                      // not yet reported
  bool has_more_ = false;
  bool epoch_ended_ = false;  // and a new one has begun
  int64_t written_epoch_ = 0;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_STREAMS_SPIKE_READER_H_
