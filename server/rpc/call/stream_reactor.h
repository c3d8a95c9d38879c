// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_CALL_STREAM_REACTOR_H_
#define SPIKED_SERVER_RPC_CALL_STREAM_REACTOR_H_

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "google/protobuf/message.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"
#include "server/rpc/call/environment.h"
#include "server/rpc/call/stream_life.h"

namespace spiked {

// A stream of messages to one client; subclasses make the messages.
//
//   1. The handler makes the stream and hands gRPC what Open or OpenAndRead
//      returns: gRPC holds the stream until OnDone. Begin gives it to the
//      dispatcher.
//   2. The dispatcher calls Serve at the stream's times. While the previous
//      message is still being written, or the tenant's quota forbids sending,
//      Serve only asks for a later call: the data of a slow client stays in the
//      session's ring or the probe, where it is bounded and counted.
//   3. Otherwise Fill makes the next message, or says that none is due.
//   4. After the last message, End, or OnCancel: Finish, OnDone, OnClosed.
//
// Fill, WhileWriting, WhileThrottled and OnClosed run on the dispatcher's
// thread only, so that subclasses need no lock; the rest is thread-safe.
template <typename Response>
class StreamReactor
    : public grpc::ServerWriteReactor<Response>,
      public DispatchedStream,
      public std::enable_shared_from_this<StreamReactor<Response>> {
 public:
  StreamReactor(const RpcEnvironment& environment, StreamKind kind)
      : environment_(environment),
        statistics_(environment.statistics->stream(kind)) {
    statistics_.open.Add(1);
  }

  // Hands the stream to gRPC, which holds it until OnDone.
  StreamReactor* Open() {
    self_ = this->shared_from_this();
    return this;
  }

  // The step after reading a request: it calls Begin or End, now or later.
  using Next = std::function<void()>;

  // As Open; then `read` reads the request: now, or on another thread if `size`
  // is large (RpcEnvironment::Run). Until `read` returns the stream doesn't
  // end, so that gRPC keeps the request. The function that `read` returns is
  // called if the client is still connected.
  StreamReactor* OpenAndRead(size_t size, std::function<Next()> read) {
    Open();
    life_.BeginWrite();  // no end until EndWrite
    const auto read_and_go_on = [self = self_, read = std::move(read)] {
      Next next;
      RunOrEnd([&] { next = read(); }, self->EndOfThrown());
      std::optional<grpc::Status> end = self->life_.EndWrite(true);
      if (end.has_value()) return self->FinishWith(std::move(end));
      next();
    };
    RunOrEnd([&] { environment_.Run(size, read_and_go_on, EndOfThrown()); },
             [this](grpc::Status status) {  // it couldn't be posted
               End(std::move(status));
               FinishWith(life_.EndWrite(true));
             });
    return this;
  }

  // Adds the stream to the dispatcher, which serves it from now on.
  void Begin() { environment_.dispatcher->Add(this->shared_from_this()); }

  // For RunOrEnd: ends the stream if a part of its work throws.
  RpcEnvironment::EndCall EndOfThrown() {
    return [self = this->shared_from_this()](grpc::Status status) {
      self->End(std::move(status));
    };
  }

  // Ends the stream, after the message that is being written.
  void End(grpc::Status status) { FinishWith(life_.End(std::move(status))); }

 protected:
  struct Filling {
    bool write = false;     // write the message
    bool last = false;      // the message is the last one
    bool hurry = false;     // more is due: serve again when this is written
    int64_t due_nanos = 0;  // time of the next Serve
    std::optional<grpc::Status> end = {};  // end the stream now
  };
  // Makes the next message; on entry `message` has the previous one.
  virtual Filling Fill(int64_t now_nanos, Response* message) = 0;

  // Called while a message is being written. Returns the time of the next Serve
  // in nanoseconds.
  virtual int64_t WhileWriting(int64_t now_nanos) = 0;

  // Called while the tenant's quota forbids sending. Returns the same.
  virtual int64_t WhileThrottled(int64_t now_nanos) {
    return WhileWriting(now_nanos);
  }

  // Called when the stream is over; Fill is not called again. Not called when
  // the server has stopped.
  virtual void OnClosed() {}

  bool draining() const { return environment_.dispatcher->draining(); }
  const RpcEnvironment& environment() const { return environment_; }

 private:
  std::optional<int64_t> Serve(int64_t now_nanos) final {
    std::optional<int64_t> due;  // none if something throws
    RunOrEnd([&] { due = ServeOrThrow(now_nanos); },
             [this](grpc::Status status) { End(std::move(status)); });
    return due;
  }

  std::optional<int64_t> ServeOrThrow(int64_t now_nanos) {
    switch (life_.state()) {
      case StreamLife::State::kFinishing:
        return std::nullopt;
      case StreamLife::State::kWriting:
        return WhileWriting(now_nanos);
      case StreamLife::State::kIdle:
        break;
    }
    // While the tenant is over its quota, the data waits in the ring or the
    // probe, where it is bounded and counted. A stopping server doesn't wait
    // for the quota.
    Tenant* const tenant = environment_.caller.tenant.get();
    if (tenant != nullptr && !draining()) {
      const int64_t wait = tenant->StreamWaitNanos(now_nanos);
      if (wait > 0) {
        return std::min(WhileThrottled(now_nanos),
                        now_nanos + std::min(wait, kMaxQuotaWaitNanos));
      }
    }
    const Filling filling = Fill(now_nanos, &message_);
    if (filling.end.has_value()) {
      End(*filling.end);
      return std::nullopt;
    }
    if (filling.write) {
      if (!life_.BeginWrite()) return std::nullopt;   // it has ended
      if (filling.last) life_.End(grpc::Status::OK);  // after this write
      hurry_ = filling.hurry;
      const auto bytes = static_cast<int64_t>(BytesOf(message_));
      statistics_.messages.Add();
      statistics_.bytes.Add(bytes);
      if (tenant != nullptr) tenant->CountStreamBytes(bytes, now_nanos);
      this->StartWrite(&message_);
    }
    if (filling.last) return std::nullopt;
    return filling.due_nanos;
  }

  static size_t BytesOf(const google::protobuf::Message& message) {
    return message.ByteSizeLong();
  }
  static size_t BytesOf(const grpc::ByteBuffer& message) {
    return message.Length();
  }

  void OnWriteDone(bool ok) final {
    const bool hurry = hurry_;
    std::optional<grpc::Status> end = life_.EndWrite(ok);
    if (end.has_value()) return FinishWith(std::move(end));
    if (hurry) environment_.dispatcher->Wake(this);
  }
  void OnCancel() final { FinishWith(life_.Cancel()); }
  void OnDone() final {
    statistics_.open.Add(-1);
    auto self = std::move(self_);  // may be the last reference
    environment_.dispatcher->Post([self] { self->OnClosed(); });
  }

  // The longest wait for a quota, because the quota may change meanwhile.
  static constexpr int64_t kMaxQuotaWaitNanos = 1'000'000'000;

  void FinishWith(std::optional<grpc::Status> status) {
    if (status.has_value()) this->Finish(*std::move(status));
  }

  const RpcEnvironment environment_;
  StreamStatistics& statistics_;
  StreamLife life_;
  std::atomic<bool> hurry_{false};
  Response message_;
  std::shared_ptr<StreamReactor> self_;  // until OnDone
};

// A stream that ends at once, with an error.
template <typename Response>
grpc::ServerWriteReactor<Response>* RefuseStream(grpc::Status status) {
  class Refused : public grpc::ServerWriteReactor<Response> {
   public:
    explicit Refused(grpc::Status status) { this->Finish(std::move(status)); }
    void OnDone() override { delete this; }
  };
  return new Refused(std::move(status));
}

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_CALL_STREAM_REACTOR_H_
