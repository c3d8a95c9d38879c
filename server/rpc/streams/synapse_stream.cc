// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/streams/synapse_stream.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/rpc/call/stream_times.h"
#include "server/rpc/convert/status_details.h"
#include "server/rpc/convert/value_bytes.h"

namespace spiked {

SynapseStream::Filling SynapseStream::Fill(int64_t now_nanos,
                                           v1::SynapseBatch* batch) {
  if (result_.synapses == nullptr) return {.end = grpc::Status::CANCELLED};
  const std::vector<SynapseReading>& synapses = *result_.synapses;
  const int64_t end =
      std::min<int64_t>(std::ssize(synapses), next_ + kMaxSynapses);
  batch->Clear();
  if (sequence_ == 0) batch->set_incarnation_id(session_->incarnation_id());
  batch->set_sequence(sequence_++);
  batch->set_epoch(result_.session.epoch);
  batch->set_step(result_.session.step);
  for (; next_ < end; ++next_) {
    const SynapseReading& synapse = synapses[next_];
    batch->add_source_indices(synapse.source);
    batch->add_target_indices(synapse.target);
    batch->add_delay_steps(synapse.delay_steps);
    AppendValue(synapse.weight, encoding_, batch->mutable_weights());
  }
  const bool last = next_ == std::ssize(synapses);
  batch->set_end_of_stream(last);
  if (last) OnClosed();
  write_nanos_ = now_nanos;
  return {.write = true,
          .last = last,
          .hurry = !last,
          .due_nanos = now_nanos + kLookAgainNanos};
}

int64_t SynapseStream::WhileWriting(int64_t now_nanos) {
  if (result_.synapses == nullptr) return now_nanos + kProgressNanos;
  if (now_nanos >= write_nanos_ + kUnreadNanos) {
    environment().statistics->slow_disconnects.Add();
    GiveUp(ToGrpcStatus(
        Refusal(Reason::kSlowConsumer,
                absl::StrCat("the client read nothing for ",
                             kUnreadNanos / 1'000'000'000,
                             " s; the rest of the list is dropped")),
        {{"next_sequence", absl::StrCat(sequence_)}}));
  }
  return WhileThrottled(now_nanos);
}

int64_t SynapseStream::WhileThrottled(int64_t now_nanos) {
  if (!deleted_nanos_.has_value() && session_ != nullptr &&
      session_->status().state == SessionState::kDeleting) {
    deleted_nanos_ = now_nanos;
  }
  if (deleted_nanos_.has_value() && session_ != nullptr &&
      now_nanos >= std::max(*deleted_nanos_, write_nanos_) + kGiveUpNanos) {
    GiveUp(ToGrpcStatus(
        Refusal(Reason::kSessionNotFound,
                absl::StrCat("session \"sessions/", session_->id(),
                             "\" was deleted, and the client doesn't read; the "
                             "rest of the list is "
                             "dropped"))));
  }
  return now_nanos + kLookAgainNanos;
}

void SynapseStream::GiveUp(grpc::Status status) {
  OnClosed();
  End(std::move(status));  // after the current write
}

void SynapseStream::OnClosed() {
  result_.synapses.reset();
  session_.reset();
}

}  // namespace spiked
