// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/spike_stream.h"

#include <algorithm>
#include <utility>

#include "server/rpc/stream_times.h"

namespace spiked {

SpikeStream::SpikeStream(const RpcEnvironment& environment,
                         std::shared_ptr<Session> session, SpikeReader reader,
                         int64_t window_nanos)
    : StreamReactor(environment, StreamKind::kSpikes),
      session_(std::move(session)),
      reader_(std::move(reader)),
      window_nanos_(window_nanos) {
  session_->AddStream(1);
}

SpikeStream::Filling SpikeStream::Fill(int64_t now_nanos,
                                       v1::SpikeBatch* batch) {
  // Asked before reading: after the end nothing more comes.
  const bool ending = SeesEnd();
  reader_.Read(batch);
  environment().statistics->dropped_spikes.Add(batch->dropped_spike_count());
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

bool SpikeStream::SeesEnd() {
  if (session_ != nullptr) status_ = session_->status();
  return status_.state == SessionState::kDeleting || draining();
}

bool SpikeStream::IsNews(const v1::SpikeBatch& batch) const {
  return sequence_ == 0 || batch.epoch() != epoch_ ||
         batch.end_step() != end_step_ || batch.dropped_spike_count() > 0;
}

// A client that doesn't read must not keep the memory of a deleted session.
int64_t SpikeStream::WhileWriting(int64_t now_nanos) {
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

void SpikeStream::OnClosed() {
  if (session_ != nullptr) session_->AddStream(-1);
  session_.reset();
}

}  // namespace spiked
