// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/streams/upload_stream.h"

#include <memory>
#include <utility>

#include "server/rpc/call/stream_times.h"
#include "server/rpc/convert/status_details.h"

namespace spiked {

UploadStream* UploadStream::Open(const RpcEnvironment& environment,
                                 const RequestMemory* memory) {
  auto stream = std::make_shared<UploadStream>(environment, memory);
  stream->self_ = stream;
  environment.dispatcher->Add(stream);
  stream->StartRead(stream->request_.ForNext());
  return stream.get();
}

UploadStream::UploadStream(const RpcEnvironment& environment,
                           const RequestMemory* memory)
    : environment_(environment),
      memory_(memory),
      statistics_(environment.statistics->stream(StreamKind::kUploads)),
      last_nanos_(environment.clock->NowNanos()),
      builder_(std::in_place, environment.registry, environment.caller.tenant) {
  statistics_.open.Add(1);
}

void UploadStream::OnReadDone(bool ok) {
  RunOrEnd([&] { Read(ok); },
           [this](grpc::Status status) {
             FinishWith(life_.End(std::move(status)));
           });
}

void UploadStream::Read(bool ok) {
  last_nanos_ = environment_.clock->NowNanos();
  if (ok) {
    const absl::Status memory = request_.TakeMemory(
        *memory_, environment_.caller.tenant, environment_.connection.get());
    if (!memory.ok()) return FinishWith(life_.End(ToGrpcStatus(memory)));
  }
  if (!ok || !request_.Parse()) {
    return FinishWith(life_.End(ToGrpcStatus(
        Refusal(Reason::kMessagesLost,
                "the stream ended without commit; nothing is kept"))));
  }
  // From here until the answer is written the stream counts as writing.
  if (!life_.BeginWrite()) return;
  const auto self = shared_from_this();
  const auto end = [self](grpc::Status status) {
    self->EndInsteadOfAnswer(std::move(status));
  };
  RunOrEnd(
      [&] {
        environment_.Run(
            request_->ByteSizeLong(), [self] { self->Process(); }, end);
      },
      end);
}

void UploadStream::EndInsteadOfAnswer(grpc::Status status) {
  life_.End(std::move(status));
  FinishWith(life_.EndWrite(true));
}

void UploadStream::Process() {
  grpc::Status status = builder_->Take(*request_, &response_);
  if (!status.ok()) return EndInsteadOfAnswer(std::move(status));
  if (request_->has_commit()) life_.End(grpc::Status::OK);  // after this write
  statistics_.messages.Add();
  statistics_.bytes.Add(static_cast<int64_t>(response_.ByteSizeLong()));
  written_ = ToBytes(response_);
  environment_.dispatcher->Post(
      [self = shared_from_this()] { self->StartWrite(&self->written_); });
}

void UploadStream::OnWriteDone(bool ok) {
  std::optional<grpc::Status> end = life_.EndWrite(ok);
  if (end.has_value()) return FinishWith(std::move(end));
  StartRead(request_.ForNext());
}

std::optional<int64_t> UploadStream::Serve(int64_t now_nanos) {
  if (environment_.dispatcher->draining()) {
    FinishWith(life_.End(ToGrpcStatus(
        Refusal(Reason::kServerStopping, "the server is stopping"))));
  } else if (now_nanos - last_nanos_ >= SynapseUploads::kLifeNanos) {
    FinishWith(life_.End(ToGrpcStatus(
        Refusal(Reason::kUploadAbandoned,
                "no message came for ten minutes; nothing is kept"))));
  }
  if (life_.state() == StreamLife::State::kFinishing) return std::nullopt;
  return now_nanos + kProgressNanos;
}

void UploadStream::OnDone() {
  statistics_.open.Add(-1);
  builder_.reset();                    // frees the memory of the upload
  const auto self = std::move(self_);  // may be the last reference
}

void UploadStream::FinishWith(std::optional<grpc::Status> status) {
  if (status.has_value()) Finish(*std::move(status));
}

}  // namespace spiked
