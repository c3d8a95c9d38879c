// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_SPIKE_STREAM_H_
#define SPIKED_SERVER_RPC_SPIKE_STREAM_H_

#include <memory>
#include <optional>

#include "server/rpc/spike_reader.h"
#include "server/rpc/stream_reactor.h"
#include "server/session/session.h"
#include "spiked/v1/recording.pb.h"

namespace spiked {

// StreamSpikes: a message at once, which says where the stream begins; then one
// per batch window while the session moves, else one per second.
class SpikeStream : public StreamReactor<v1::SpikeBatch> {
 public:
  SpikeStream(const RpcEnvironment& environment,
              std::shared_ptr<Session> session, SpikeReader reader,
              int64_t window_nanos);

 private:
  Filling Fill(int64_t now_nanos, v1::SpikeBatch* batch) override;
  int64_t WhileWriting(int64_t now_nanos) override;
  void OnClosed() override;

  bool SeesEnd();
  bool IsNews(const v1::SpikeBatch& batch) const;

  std::shared_ptr<Session> session_;  // null: given up, or closed
  SpikeReader reader_;
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

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_SPIKE_STREAM_H_
