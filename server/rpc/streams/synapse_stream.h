// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_STREAMS_SYNAPSE_STREAM_H_
#define SPIKED_SERVER_RPC_STREAMS_SYNAPSE_STREAM_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "core/network/state.h"
#include "server/rpc/call/stream_reactor.h"
#include "server/session/command.h"
#include "server/session/session.h"
#include "spiked/v1/recording.pb.h"

namespace spiked {

// The stream of ReadSynapses: a list that the session has read in one step, in
// messages of bounded size. The list takes much memory, so a client that
// doesn't read loses the rest of it.
class SynapseStream : public StreamReactor<v1::SynapseBatch> {
 public:
  SynapseStream(const RpcEnvironment& environment, v1::ValueEncoding encoding)
      : StreamReactor(environment, StreamKind::kSynapses),
        encoding_(encoding) {}

  // Takes the result of a ReadSynapsesCommand. Called once, before Begin.
  void Take(std::shared_ptr<Session> session, ReadSynapsesResult result) {
    session_ = std::move(session);
    result_ = std::move(result);
    result_.session.built = nullptr;  // don't keep the network in memory
  }

  // The most synapses of a message.
  static constexpr int64_t kMaxSynapses = 20'000;

 private:
  Filling Fill(int64_t now_nanos, v1::SynapseBatch* batch) override;
  int64_t WhileWriting(int64_t now_nanos) override;
  int64_t WhileThrottled(int64_t now_nanos) override;
  void OnClosed() override;

  // Ends the stream before the end of the list.
  void GiveUp(grpc::Status status);

  std::shared_ptr<Session> session_;  // null: given up or closed
  const v1::ValueEncoding encoding_;
  ReadSynapsesResult result_;
  int64_t next_ = 0;  // index of the next synapse
  int64_t sequence_ = 0;
  int64_t write_nanos_ = 0;               // when the last write began
  std::optional<int64_t> deleted_nanos_;  // when deletion was seen
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_STREAMS_SYNAPSE_STREAM_H_
