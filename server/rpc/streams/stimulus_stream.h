// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_STREAMS_STIMULUS_STREAM_H_
#define SPIKED_SERVER_RPC_STREAMS_STIMULUS_STREAM_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "grpcpp/support/server_callback.h"
#include "server/rpc/call/environment.h"
#include "server/rpc/call/stream_life.h"
#include "server/rpc/convert/session_name.h"
#include "server/rpc/internals/raw_messages.h"
#include "server/session/session.h"
#include "spiked/v1/stimulus.pb.h"

namespace spiked {

// The stream of StreamStimuli, which handles one request at a time.
//
//   1. Read a request. If the client ends without end_of_input, the stream ends
//      with DATA_LOSS; if there is no memory for the request, with
//      RESOURCE_EXHAUSTED.
//   2. Check the sequence and the session. A mistake ends the stream.
//   3. Check the stimuli and hand them to the session. Bad stimuli, or a
//      session that doesn't take them, are answered with `error`.
//   4. Write the answer, on the dispatcher's thread; then go to 1, or after
//      end_of_input finish with OK.
//
// The next request is read when the answer to the previous one is written, so a
// client cannot send faster than the session takes stimuli. From 3 to the end
// of 4 the stream counts as writing, because it owes an answer.
//
// Serve ends the stream when the session was deleted or the server stops, so
// that a client that sends nothing learns it too.
//
// The steps run one after the other, but on different threads. Serve reads only
// StreamLife and the session, which is written once, before `has_session_`.
class StimulusStream
    : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
      public DispatchedStream,
      public std::enable_shared_from_this<StimulusStream> {
 public:
  // Makes a stream that lives until OnDone; `memory` outlives it.
  static StimulusStream* Open(const RpcEnvironment& environment,
                              const RequestMemory* memory);

  StimulusStream(const RpcEnvironment& environment,
                 const RequestMemory* memory);

 private:
  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override { FinishWith(life_.Cancel()); }
  void OnDone() override;
  std::optional<int64_t> Serve(int64_t now_nanos) override;

  grpc::Status CheckRequest();
  void Read(bool ok);
  void Process();
  void Inject(Session& session, Session::Built built,
              std::vector<StimulusSpec> stimuli);
  void Answer(const InjectResult& result);
  void AnswerOrThrow(const InjectResult& result);
  void Answer(std::string error);
  void WriteAnswer();
  bool IsDeleted() const;
  grpc::Status Deleted() const;
  void EndInsteadOfAnswer(grpc::Status status);
  void EndAsDeleted();  // with NOT_FOUND
  void FinishWith(std::optional<grpc::Status> status);

  const RpcEnvironment environment_;
  const RequestMemory* const memory_;
  StreamStatistics& statistics_;
  StreamLife life_;
  std::shared_ptr<StimulusStream> self_;  // until OnDone

  SessionTarget target_;            // without a name before the first message
  std::weak_ptr<Session> session_;  // weak: an idle stream keeps no network
  std::optional<SessionUse> use_;   // set with session_
  std::atomic<bool> has_session_{false};
  int64_t sequence_ = 0;  // expected of the next request
  RawRequest<v1::StreamStimuliRequest> request_;
  int stimulus_count_ = 0;  // of the request, whose list is freed once read
  v1::StreamStimuliResponse response_;
  grpc::ByteBuffer written_;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_STREAMS_STIMULUS_STREAM_H_
