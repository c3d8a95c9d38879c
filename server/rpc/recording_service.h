// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_RECORDING_SERVICE_H_
#define SPIKED_SERVER_RPC_RECORDING_SERVICE_H_

#include "server/rpc/environment.h"
#include "spiked/v1/recording.grpc.pb.h"

namespace spiked {

// RecordingService of proto/spiked/v1/recording.proto. Thread-safe.
class RecordingService : public v1::RecordingService::CallbackService {
 public:
  explicit RecordingService(const RpcEnvironment& environment)
      : environment_(environment) {}

  grpc::ServerWriteReactor<v1::SpikeBatch>* StreamSpikes(
      grpc::CallbackServerContext* context,
      const v1::StreamSpikesRequest* request) override;
  grpc::ServerWriteReactor<v1::StateBatch>* StreamState(
      grpc::CallbackServerContext* context,
      const v1::StreamStateRequest* request) override;
  grpc::ServerWriteReactor<v1::RateBatch>* StreamRates(
      grpc::CallbackServerContext* context,
      const v1::StreamRatesRequest* request) override;
  grpc::ServerWriteReactor<v1::SynapseBatch>* ReadSynapses(
      grpc::CallbackServerContext* context,
      const v1::ReadSynapsesRequest* request) override;
  grpc::ServerUnaryReactor* GetStateHash(
      grpc::CallbackServerContext* context,
      const v1::GetStateHashRequest* request,
      v1::GetStateHashResponse* response) override;

 private:
  const RpcEnvironment environment_;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_RECORDING_SERVICE_H_
