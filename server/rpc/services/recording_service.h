// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_SERVICES_RECORDING_SERVICE_H_
#define SPIKED_SERVER_RPC_SERVICES_RECORDING_SERVICE_H_

#include <memory>

#include "server/base/executor.h"
#include "server/base/log_thrown.h"
#include "server/base/owner_turns.h"
#include "server/rpc/call/environment.h"
#include "server/rpc/streams/ring_stream.h"
#include "server/rpc/streams/spike_feed.h"
#include "server/rpc/streams/state_stream.h"
#include "server/rpc/streams/synapse_stream.h"
#include "spiked/v1/recording.grpc.pb.h"

namespace spiked {

// The methods of RecordingService and how they are served: streams of spikes
// as bytes, which many subscribers share.
using RecordingMethods =
    v1::RecordingService::WithRawCallbackMethod_StreamSpikes<
        v1::RecordingService::WithCallbackMethod_StreamState<
            v1::RecordingService::WithCallbackMethod_StreamRates<
                v1::RecordingService::WithCallbackMethod_ReadSynapses<
                    v1::RecordingService::WithCallbackMethod_GetWeightHistogram<
                        v1::RecordingService::
                            WithCallbackMethod_GetPopulationSpectrum<
                                v1::RecordingService::
                                    WithCallbackMethod_GetStateHash<
                                        v1::RecordingService::Service>>>>>>>;

// RecordingService of proto/spiked/v1/recording.proto. Thread-safe.
class RecordingService : public RecordingMethods {
 public:
  explicit RecordingService(const RpcEnvironment& environment)
      : environment_(environment) {}

  grpc::ServerWriteReactor<grpc::ByteBuffer>* StreamSpikes(
      grpc::CallbackServerContext* context,
      const grpc::ByteBuffer* request) override;
  grpc::ServerWriteReactor<v1::StateBatch>* StreamState(
      grpc::CallbackServerContext* context,
      const v1::StreamStateRequest* request) override;
  grpc::ServerWriteReactor<v1::RateBatch>* StreamRates(
      grpc::CallbackServerContext* context,
      const v1::StreamRatesRequest* request) override;
  grpc::ServerWriteReactor<v1::SynapseBatch>* ReadSynapses(
      grpc::CallbackServerContext* context,
      const v1::ReadSynapsesRequest* request) override;
  grpc::ServerUnaryReactor* GetWeightHistogram(
      grpc::CallbackServerContext* context,
      const v1::GetWeightHistogramRequest* request,
      v1::GetWeightHistogramResponse* response) override;
  grpc::ServerUnaryReactor* GetPopulationSpectrum(
      grpc::CallbackServerContext* context,
      const v1::GetPopulationSpectrumRequest* request,
      v1::GetPopulationSpectrumResponse* response) override;
  grpc::ServerUnaryReactor* GetStateHash(
      grpc::CallbackServerContext* context,
      const v1::GetStateHashRequest* request,
      v1::GetStateHashResponse* response) override;

 private:
  // Read a request; what follows opens its stream, or refuses it.
  SpikeStream::Next OpenSpikes(const RpcEnvironment& environment,
                               const v1::StreamSpikesRequest& request,
                               const std::shared_ptr<SpikeStream>& stream);
  static StateStream::Next OpenState(
      const RpcEnvironment& environment, const v1::StreamStateRequest* request,
      const std::shared_ptr<StateStream>& stream);
  static RateStream::Next OpenRates(const RpcEnvironment& environment,
                                    const v1::StreamRatesRequest* request,
                                    const std::shared_ptr<RateStream>& stream);
  static SynapseStream::Next OpenSynapses(
      const RpcEnvironment& environment, const v1::ReadSynapsesRequest* request,
      const std::shared_ptr<SynapseStream>& stream);

  const RpcEnvironment environment_;
  SpikeFeeds feeds_;
  // A thread for what takes long to compute, and turns for copies of states:
  // one of each tenant at a time.
  struct Analysis {
    Executor executor{1, LogThrownBy("analysis")};
    OwnerTurns histograms{&executor};
  };
  // Shared with answers that come late.
  const std::shared_ptr<Analysis> analysis_ = std::make_shared<Analysis>();
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_SERVICES_RECORDING_SERVICE_H_
