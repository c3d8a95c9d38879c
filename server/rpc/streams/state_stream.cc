// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/streams/state_stream.h"

#include <algorithm>
#include <utility>

#include "server/rpc/convert/status_details.h"
#include "server/rpc/convert/value_bytes.h"

namespace spiked {
namespace {

constexpr size_t kProbeBytes = 8 << 20;
constexpr size_t kMessageBytes = 256 << 10;

}  // namespace

StateStream::~StateStream() {
  if (probe_ != nullptr) probe_->Discard();
}

void StateStream::Take(std::shared_ptr<Session> session,
                       const SessionNetwork& network,
                       StateProbe::Selection selection,
                       v1::ValueEncoding encoding,
                       v1::SlowConsumerPolicy policy,
                       const StreamTimes& times) {
  session_ = std::move(session);
  use_ = SessionUse(session_->lifetime(), SessionUse::Kind::kStream);
  incarnation_id_ = session_->incarnation_id();
  network_revision_ = network.revision;
  probe_ = std::make_shared<StateProbe>(
      std::move(selection), kProbeBytes,
      policy == v1::BLOCK ? session_->WakeUp() : nullptr,
      environment().registry->ledger(), environment().caller.tenant);
  encoding_ = encoding;
  max_samples_ = std::max<size_t>(
      1, kMessageBytes / (probe_->values_per_sample() * sizeof(double)));
  must_be_complete_ = policy == v1::DISCONNECT || policy == v1::BLOCK;
  times_ = times;
  const SessionStatus status = session_->status();
  next_ = {status.epoch, status.step};
}

StateStream::Filling StateStream::Fill(int64_t now_nanos,
                                       v1::StateBatch* batch) {
  // The end is checked before reading, so that no samples come after this
  // reading if it is seen.
  const bool ending = SeesEnd();
  const StateProbe::Reading reading = probe_->Take(max_samples_);
  if (reading.dropped_sample_count > 0 && must_be_complete_) {
    environment().statistics->slow_disconnects.Add();
    OnClosed();
    return {.end = SlowConsumerStatus(next_, sequence_, incarnation_id_)};
  }
  const bool more =
      !reading.samples.empty() || reading.dropped_sample_count > 0;
  const bool last = ending && !more;
  const bool full = reading.samples.size() == max_samples_;
  const int64_t due =
      full || ending ? now_nanos + kCatchUpNanos : times_.NextWindow(now_nanos);
  // Without samples, write only once per progress interval.
  if (!more && !last && sequence_ > 0 &&
      now_nanos < write_nanos_ + times_.progress_nanos) {
    return {.due_nanos = due};
  }
  // Write a batch.
  batch->Clear();
  batch->set_epoch(status_.epoch);
  AddSamples(reading, batch);
  if (sequence_ == 0) batch->set_incarnation_id(incarnation_id_);
  batch->set_sequence(sequence_++);
  batch->set_session_step(status_.step);
  batch->set_end_of_stream(last);
  write_nanos_ = now_nanos;
  if (!reading.samples.empty()) {
    next_ = {reading.samples.back().epoch, reading.samples.back().step + 1};
  }
  return {.write = true, .last = last, .hurry = full, .due_nanos = due};
}

bool StateStream::SeesEnd() {
  if (session_ != nullptr) {
    status_ = session_->status();
    is_over_ = IsOver(status_, network_revision_);
    status_.built = nullptr;
    // The probe has the rest of the samples; release the session.
    if (is_over_) OnClosed();
  }
  return is_over_ || draining();
}

void StateStream::AddSamples(const StateProbe::Reading& reading,
                             v1::StateBatch* batch) const {
  batch->set_dropped_sample_count(reading.dropped_sample_count);
  environment().statistics->dropped_samples.Add(reading.dropped_sample_count);
  std::string* values = batch->mutable_values();
  // Grown step by step, a string takes up to twice its size.
  if (reading.samples.size() == 1) {
    values->reserve(reading.samples[0].values.size() * sizeof(double));
  }
  for (const StateProbe::SampleRow& sample : reading.samples) {
    batch->set_epoch(sample.epoch);
    batch->add_steps(sample.step);
    for (double value : sample.values) AppendValue(value, encoding_, values);
  }
}

int64_t StateStream::WhileWriting(int64_t now_nanos) {
  SeesEnd();
  return now_nanos + times_.window_nanos;
}

void StateStream::OnClosed() {
  use_ = SessionUse();
  session_.reset();
  if (probe_ != nullptr) probe_->Close();
}

}  // namespace spiked
