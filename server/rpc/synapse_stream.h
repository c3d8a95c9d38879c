// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_SYNAPSE_STREAM_H_
#define SPIKED_SERVER_RPC_SYNAPSE_STREAM_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "core/state.h"
#include "server/rpc/stream_reactor.h"
#include "server/session/command.h"
#include "spiked/v1/recording.pb.h"

namespace spiked {

// ReadSynapses: a list that was read at once, in messages of bounded size.
class SynapseStream : public StreamReactor<v1::SynapseBatch> {
 public:
  SynapseStream(const RpcEnvironment& environment, v1::ValueEncoding encoding)
      : StreamReactor(environment, StreamKind::kSynapses),
        encoding_(encoding) {}

  // What a ReadSynapsesCommand gave. Called once, before Begin.
  void Take(Outcome outcome) { outcome_ = std::move(outcome); }

  // A message has at most so many synapses.
  static constexpr int64_t kMaxSynapses = 20'000;

 private:
  Filling Fill(int64_t now_nanos, v1::SynapseBatch* batch) override;
  int64_t WhileWriting(int64_t now_nanos) override;
  void OnClosed() override { outcome_.synapses.reset(); }

  const v1::ValueEncoding encoding_;
  Outcome outcome_;
  int64_t next_ = 0;  // synapse
  int64_t sequence_ = 0;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_SYNAPSE_STREAM_H_
