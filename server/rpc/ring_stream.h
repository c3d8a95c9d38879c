// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_RING_STREAM_H_
#define SPIKED_SERVER_RPC_RING_STREAM_H_

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "server/rpc/rate_reader.h"
#include "server/rpc/spike_reader.h"
#include "server/rpc/stream_reactor.h"
#include "server/rpc/stream_times.h"
#include "server/session/session.h"
#include "spiked/v1/recording.pb.h"

namespace spiked {

// What a Reader makes of a session's ring of spikes: a message at once, which
// says where the stream begins; then one per batch window while there is news,
// else one per second.
template <typename Batch, class Reader>
class RingStream : public StreamReactor<Batch> {
 public:
  using typename StreamReactor<Batch>::Filling;

  RingStream(const RpcEnvironment& environment, StreamKind kind,
             std::shared_ptr<Session> session, Reader reader,
             int64_t window_nanos)
      : StreamReactor<Batch>(environment, kind),
        session_(std::move(session)),
        reader_(std::move(reader)),
        window_nanos_(window_nanos) {
    session_->AddStream(1);
  }

 private:
  Filling Fill(int64_t now_nanos, Batch* batch) override {
    // Asked before reading: after the end nothing more comes.
    const bool ending = SeesEnd();
    reader_.Read(batch);
    this->environment().statistics->dropped_spikes.Add(
        batch->dropped_spike_count());
    const bool last = ending && !reader_.behind();
    const int64_t due =
        now_nanos + (reader_.behind() ? kCatchUpNanos : window_nanos_);
    if (!last && !IsNews(*batch) && now_nanos < write_nanos_ + kProgressNanos) {
      return {.due_nanos = due};
    }
    batch->set_sequence(sequence_++);
    batch->set_session_step(status_.epoch == batch->epoch()
                                ? std::max(status_.step, batch->end_step())
                                : status_.step);
    batch->set_end_of_stream(last);
    write_nanos_ = now_nanos;
    epoch_ = batch->epoch();
    end_step_ = batch->end_step();
    return {.write = true, .last = last, .due_nanos = due};
  }

  // A client that doesn't read must not keep the memory of a deleted session.
  int64_t WhileWriting(int64_t now_nanos) override {
    if (session_ != nullptr &&
        session_->status().state == SessionState::kDeleting) {
      if (!deleted_nanos_.has_value()) deleted_nanos_ = now_nanos;
      if (now_nanos >= *deleted_nanos_ + kGiveUpNanos) {
        reader_.Discard();
        status_ = session_->status();
        session_->AddStream(-1);
        session_.reset();
      }
    }
    return now_nanos + (reader_.behind()
                            ? std::min(window_nanos_, kLookAgainNanos)
                            : window_nanos_);
  }

  void OnClosed() override {
    if (session_ != nullptr) session_->AddStream(-1);
    session_.reset();
  }

  bool SeesEnd() {
    if (session_ != nullptr) status_ = session_->status();
    return status_.state == SessionState::kDeleting || this->draining();
  }

  bool IsNews(const Batch& batch) const {
    return sequence_ == 0 || batch.epoch() != epoch_ ||
           batch.end_step() != end_step_ || batch.dropped_spike_count() > 0;
  }

  std::shared_ptr<Session> session_;  // null: given up, or closed
  Reader reader_;
  const int64_t window_nanos_;

  SessionStatus status_;  // as it was before the last reading
  int64_t sequence_ = 0;
  // The last message that was written.
  int64_t write_nanos_ = 0;
  int64_t epoch_ = 0;
  int64_t end_step_ = 0;
  // When the session was seen to be deleted while a write was in flight.
  std::optional<int64_t> deleted_nanos_;
};

using SpikeStream = RingStream<v1::SpikeBatch, SpikeReader>;
using RateStream = RingStream<v1::RateBatch, RateReader>;

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_RING_STREAM_H_
