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

  // Takes what comes next, unless what was taken before is still to be written:
  // silence grows, spikes wait. What is taken is lost if it is never written.
  void Read();

  // Whether there is something to write that nobody knows yet: spikes, losses,
  // or the end of an epoch; else only silence.
  bool has_news() const {
    return HasSpikes() || dropped_ > 0 || epoch_ended_ ||
           epoch_ != written_epoch_;
  }
  // Whether the batch moves on from the one that was written before.
  bool has_moved() const { return end_step() > first_step_; }

  // Writes the batch. Each begins where the one before has ended, unless spikes
  // were dropped or the session was reset.
  void Write(const BatchHeader& header, Message* message);

  // Whether there was more than what is taken when it was read.
  bool behind() const { return has_more_ || epoch_ended_ || IsTooFar(); }

  // Of the batch.
  int64_t epoch() const { return epoch_; }
  int64_t end_step() const;
  int64_t dropped() const { return dropped_; }

  // Spikes were skipped: the next batch reports them.
  void AddDropped(int64_t spikes) { dropped_ += spikes; }
  // Gives up all spikes that are left, and the ring.
  void Discard();

  // Whether everything up to a position is taken, or given up.
  bool Reaches(SpikeRing::Position end) const {
    return cursor_ == nullptr || !(cursor_->position() < end);
  }

  // Null after Discard.
  SpikeCursor* cursor() { return cursor_.get(); }

 private:
  bool HasSpikes() const {
    return block_ != nullptr && block_->spike_count > 0;
  }
  // Whether the silence before the spikes is longer than an offset can tell.
  bool IsTooFar() const;
  void Take(SpikeRing::Position from, std::shared_ptr<const SpikeBlock> block);

  std::unique_ptr<SpikeCursor> cursor_;
  std::shared_ptr<SpikeFeed> feed_;

  // What is taken: the steps [first_step_, end_step()) of an epoch.
  int64_t epoch_ = 0;
  int64_t first_step_ = 0;
  int64_t silent_until_ = 0;                 // if there is no block
  std::shared_ptr<const SpikeBlock> block_;  // null: silence
  int64_t dropped_ = 0;                      // not yet reported
  bool has_more_ = false;
  bool epoch_ended_ = false;  // and a new one has begun
  int64_t written_epoch_ = 0;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_STREAMS_SPIKE_READER_H_
