// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_BENCHMARK_DAEMON_BACKGROUND_CALLS_H_
#define SPIKED_TESTS_BENCHMARK_DAEMON_BACKGROUND_CALLS_H_

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/message.h"

namespace spiked::benchmark {

// A call whose request was serialized before, so that repeating it costs the
// client little.
struct RawCall {
  std::string method;  // "/spiked.v1.SessionService/GetSession"
  std::string request;
  grpc::StatusCode expected = grpc::StatusCode::OK;
};

// A call of "SessionService/GetSession", for example.
RawCall MakeCall(const std::string& method,
                 const google::protobuf::Message& request,
                 grpc::StatusCode expected = grpc::StatusCode::OK);

// The health check.
RawCall HealthCall();

// Clients that make calls as fast as they are answered, all on one thread: a
// client makes the calls of its loop in turn, again and again. At most
// kLoopsPerConnection clients share a connection. Used by one thread.
class CallLoops {
 public:
  using Loop = std::vector<RawCall>;
  static constexpr size_t kLoopsPerConnection = 50;

  CallLoops(const std::string& address, const std::string& token,
            const std::vector<Loop>& loops);
  // Waits until every client has finished its loop.
  ~CallLoops();
  CallLoops(const CallLoops&) = delete;
  CallLoops& operator=(const CallLoops&) = delete;

  // Calls that were answered so far, and those of them that were answered with
  // another status than expected.
  int64_t answered() const { return answered_; }
  int64_t unexpected() const { return unexpected_; }

 private:
  struct Client;

  void Run();

  std::vector<std::unique_ptr<Client>> clients_;
  grpc::CompletionQueue queue_;
  std::atomic<bool> stopped_{false};
  std::atomic<int64_t> answered_{0};
  std::atomic<int64_t> unexpected_{0};
  std::thread thread_;
};

// A client on a connection of its own that makes a call, waits for the answer,
// and pauses. Used by one thread.
class TimedCalls {
 public:
  TimedCalls(const std::string& address, const std::string& token,
             RawCall call);
  ~TimedCalls();
  TimedCalls(const TimedCalls&) = delete;
  TimedCalls& operator=(const TimedCalls&) = delete;

  // Stops the client and returns the times of its calls in milliseconds,
  // ascending; UNAVAILABLE if one was answered with another status than
  // expected.
  absl::StatusOr<std::vector<double>> Stop();

 private:
  void Run();

  const RawCall call_;
  grpc::GenericStub stub_;
  std::atomic<bool> stopped_{false};
  std::vector<double> times_ms_;  // of the thread, until it has ended
  std::string error_;             // the same
  std::thread thread_;
};

}  // namespace spiked::benchmark

#endif  // SPIKED_TESTS_BENCHMARK_DAEMON_BACKGROUND_CALLS_H_
