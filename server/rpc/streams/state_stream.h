// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_STREAMS_STATE_STREAM_H_
#define SPIKED_SERVER_RPC_STREAMS_STATE_STREAM_H_

#include <memory>
#include <string>

#include "server/rpc/call/stream_reactor.h"
#include "server/rpc/call/stream_times.h"
#include "server/session/history/state_probe.h"
#include "server/session/session.h"
#include "spiked/v1/recording.pb.h"

namespace spiked {

// The stream of StreamState: a message at once when the probe is in place, then
// one per batch window while there are samples, else one per progress interval.
class StateStream : public StreamReactor<v1::StateBatch> {
 public:
  // Take follows, before Begin.
  explicit StateStream(const RpcEnvironment& environment)
      : StreamReactor(environment, StreamKind::kState) {}
  ~StateStream() override;

  // What the stream tells: the selection, which is of the session's network.
  void Take(std::shared_ptr<Session> session, const SessionNetwork& network,
            StateProbe::Selection selection, v1::ValueEncoding encoding,
            v1::SlowConsumerPolicy policy, const StreamTimes& times);

  const std::shared_ptr<StateProbe>& probe() const { return probe_; }

 private:
  Filling Fill(int64_t now_nanos, v1::StateBatch* batch) override;
  int64_t WhileWriting(int64_t now_nanos) override;
  void OnClosed() override;

  bool SeesEnd();
  void AddSamples(const StateProbe::Reading& reading,
                  v1::StateBatch* batch) const;

  std::shared_ptr<Session> session_;  // null: deleted, edited or closed
  SessionUse use_;                    // as long as there is a session
  std::string incarnation_id_;        // of the session
  int64_t network_revision_ = 0;
  std::shared_ptr<StateProbe> probe_;  // null before Take
  v1::ValueEncoding encoding_{};
  size_t max_samples_ = 0;
  bool must_be_complete_ = false;
  StreamTimes times_;

  SessionStatus status_;
  bool is_over_ = false;
  int64_t sequence_ = 0;
  int64_t write_nanos_ = 0;
  SpikeRing::Position next_;  // the step after the last written sample
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_STREAMS_STATE_STREAM_H_
