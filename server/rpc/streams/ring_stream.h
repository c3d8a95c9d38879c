// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_STREAMS_RING_STREAM_H_
#define SPIKED_SERVER_RPC_STREAMS_RING_STREAM_H_

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "server/rpc/call/stream_reactor.h"
#include "server/rpc/call/stream_times.h"
#include "server/rpc/convert/status_details.h"
#include "server/rpc/streams/rate_reader.h"
#include "server/rpc/streams/slow_consumer.h"
#include "server/rpc/streams/spike_reader.h"
#include "server/session/session.h"

namespace spiked {

// A stream of the messages that a Reader makes of a session's ring of spikes.
// The first message comes at once and says where the stream begins. Then one
// comes per batch window while there is news, else one per progress interval.
// When a session stops stepping, a message with its last step follows within a
// window.
template <class Reader>
class RingStream : public StreamReactor<typename Reader::Message> {
 public:
  using Message = typename Reader::Message;
  using typename StreamReactor<Message>::Filling;

  RingStream(const RpcEnvironment& environment, StreamKind kind)
      : StreamReactor<Message>(environment, kind) {}

  // Sets what to stream; called before Begin.
  void Take(std::shared_ptr<Session> session, const SessionNetwork& network,
            Reader reader, SlowConsumer slow_consumer, StreamTimes times) {
    session_ = std::move(session);
    incarnation_id_ = session_->incarnation_id();
    network_revision_ = network.revision;
    reader_.emplace(std::move(reader));
    slow_consumer_.emplace(std::move(slow_consumer));
    times_ = times;
    use_ = SessionUse(session_->lifetime(), SessionUse::Kind::kStream);
    // The position of the first message, for Disconnect before it is written.
    epoch_ = reader_->epoch();
    end_step_ = reader_->end_step();
  }

 private:
  Filling Fill(int64_t now_nanos, Message* message) override {
    if (!reader_.has_value()) return {.end = grpc::Status::CANCELLED};
    // The end is checked before reading, so that no spikes come after this
    // reading if it is seen.
    const bool ending = SeesEnd();
    SpikeRing::Position end;
    if (ending && reader_->cursor() != nullptr) {
      end = reader_->cursor()->ring()->end();
    }
    reader_->Read();
    // A block that another stream encoded earlier may end before `end`.
    const bool behind = reader_->behind() || (ending && !reader_->Reaches(end));
    if (!behind) slow_consumer_->CaughtUp();
    const int64_t dropped = reader_->dropped();
    if (dropped > 0 && slow_consumer_->must_be_complete()) {
      return {.end = Disconnect()};
    }
    const bool last = ending && !behind;
    const int64_t due = behind ? now_nanos : times_.NextWindow(now_nanos);
    // Without news, write only once per progress interval.
    if (!last && !IsNews() &&
        now_nanos < write_nanos_ + times_.progress_nanos) {
      return {.due_nanos = due};
    }
    epoch_ = reader_->epoch();
    end_step_ = reader_->end_step();
    const absl::string_view incarnation_id =
        sequence_ == 0 ? absl::string_view(incarnation_id_) : "";
    reader_->Write({.sequence = sequence_++,
                    .session_step = status_.epoch == epoch_
                                        ? std::max(status_.step, end_step_)
                                        : status_.step,
                    .end_of_stream = last,
                    .incarnation_id = incarnation_id},
                   message);
    this->environment().statistics->dropped_spikes.Add(dropped);
    write_nanos_ = now_nanos;
    return {.write = true,
            .last = last,
            .hurry = behind,
            .due_nanos = behind ? now_nanos + kLookAgainNanos : due};
  }

  int64_t WhileWriting(int64_t now_nanos) override {
    GiveUpDeleted(now_nanos);
    SpikeCursor* cursor = reader_.has_value() ? reader_->cursor() : nullptr;
    if (cursor == nullptr) return now_nanos + kProgressNanos;
    const SlowConsumer::Verdict verdict =
        slow_consumer_->Check(now_nanos, cursor);
    reader_->AddDropped(verdict.dropped);
    if (verdict.disconnect) {
      this->End(Disconnect());  // after the current write
    }
    return now_nanos + (slow_consumer_->is_limited() ? kLookAgainNanos
                                                     : times_.window_nanos);
  }

  // Gives up the rest of the spikes of a deleted session or replaced network
  // after kGiveUpNanos, so that a client that doesn't read does not keep its
  // memory in use.
  void GiveUpDeleted(int64_t now_nanos) {
    if (session_ == nullptr || !IsOver(session_->status(), network_revision_)) {
      return;
    }
    if (!deleted_nanos_.has_value()) deleted_nanos_ = now_nanos;
    if (now_nanos < *deleted_nanos_ + kGiveUpNanos) return;
    reader_->Discard();
    LookAtSession();
    Release();
  }

  // Gives up the reader. Returns the status that tells the client the step to
  // continue from.
  grpc::Status Disconnect() {
    this->environment().statistics->slow_disconnects.Add();
    reader_.reset();
    Release();
    return SlowConsumerStatus({epoch_, end_step_}, sequence_, incarnation_id_);
  }

  void OnClosed() override {
    reader_.reset();
    Release();
  }
  void Release() {
    use_ = SessionUse();
    session_.reset();
  }

  bool SeesEnd() {
    LookAtSession();
    return is_over_ || this->draining();
  }

  void LookAtSession() {
    if (session_ == nullptr) return;
    status_ = session_->status();
    is_over_ = IsOver(status_, network_revision_);
    status_.built = nullptr;  // don't keep the network in memory
  }

  bool IsNews() const {
    return sequence_ == 0 || reader_->has_news() ||
           (reader_->has_moved() && status_.state != SessionState::kRunning);
  }

  std::shared_ptr<Session> session_;  // null: given up or closed
  SessionUse use_;                    // as long as there is a session
  std::string incarnation_id_;        // of the session
  int64_t network_revision_ = 0;
  std::optional<Reader> reader_;  // none: disconnected or closed
  std::optional<SlowConsumer> slow_consumer_;
  StreamTimes times_;

  SessionStatus status_;  // from before the last reading
  bool is_over_ = false;  // from before the last reading
  int64_t sequence_ = 0;
  // Time and end of the last written message.
  int64_t write_nanos_ = 0;
  int64_t epoch_ = 0;
  int64_t end_step_ = 0;
  // When a write in flight first saw that the session was deleted or edited.
  std::optional<int64_t> deleted_nanos_;
};

using SpikeStream = RingStream<SpikeReader>;
using RateStream = RingStream<RateReader>;

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_STREAMS_RING_STREAM_H_
