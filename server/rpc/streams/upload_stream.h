// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_STREAMS_UPLOAD_STREAM_H_
#define SPIKED_SERVER_RPC_STREAMS_UPLOAD_STREAM_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>

#include "grpcpp/support/server_callback.h"
#include "server/rpc/call/environment.h"
#include "server/rpc/call/stream_life.h"
#include "server/rpc/internals/raw_messages.h"
#include "server/rpc/streams/upload_builder.h"
#include "spiked/v1/upload.pb.h"

namespace spiked {

// The stream of UploadSynapses, which handles one request at a time like
// StimulusStream: read, take, answer, read the next. It finishes with OK after
// commit, or with the first error. From the end of reading to the end of the
// answer the stream counts as writing.
//
// A stream that sends nothing for SynapseUploads::kLifeNanos is ended, because
// it holds memory.
class UploadStream
    : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
      public DispatchedStream,
      public std::enable_shared_from_this<UploadStream> {
 public:
  // Makes a stream that lives until OnDone; `memory` outlives it.
  static UploadStream* Open(const RpcEnvironment& environment,
                            const RequestMemory* memory);

  UploadStream(const RpcEnvironment& environment, const RequestMemory* memory);

 private:
  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override { FinishWith(life_.Cancel()); }
  void OnDone() override;
  std::optional<int64_t> Serve(int64_t now_nanos) override;

  void Read(bool ok);
  void Process();
  void EndInsteadOfAnswer(grpc::Status status);
  void FinishWith(std::optional<grpc::Status> status);

  const RpcEnvironment environment_;
  const RequestMemory* const memory_;
  StreamStatistics& statistics_;
  StreamLife life_;
  std::shared_ptr<UploadStream> self_;  // until OnDone
  std::atomic<int64_t> last_nanos_;     // time of the latest message

  std::optional<UploadBuilder> builder_;  // none after OnDone
  RawRequest<v1::UploadSynapsesRequest> request_;
  v1::UploadSynapsesResponse response_;
  grpc::ByteBuffer written_;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_STREAMS_UPLOAD_STREAM_H_
