// SPDX-License-Identifier: Apache-2.0

#include "tests/benchmark/daemon/daemon_benchmark.h"

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <cmath>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "spiked/v1/session.grpc.pb.h"
#include "tests/benchmark/core/core_stepper.h"
#include "tests/benchmark/daemon/daemon_process.h"
#include "tests/support/network_file.h"

namespace spiked::benchmark {
namespace {

absl::Status ToStatus(const grpc::Status& status) {
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()),
                      status.error_message());
}

// A session at full pace without streams. Deletes it at the end of its life.
class Session {
 public:
  Session(const std::shared_ptr<grpc::Channel>& channel, std::string id)
      : stub_(v1::SessionService::NewStub(channel)),
        name_(absl::StrCat("sessions/", id)),
        id_(std::move(id)) {}

  ~Session() {
    grpc::ClientContext context;
    v1::DeleteSessionRequest request;
    request.set_name(name_);
    v1::DeleteSessionResponse response;
    stub_->DeleteSession(&context, request, &response);
  }

  absl::Status Create(const v1::Network& network, int thread_count) {
    grpc::ClientContext context;
    v1::CreateSessionRequest request;
    request.set_session_id(id_);
    *request.mutable_network() = network;
    request.set_pacing(v1::FREE_RUN);
    request.set_thread_count(thread_count);
    v1::Session response;
    return ToStatus(stub_->CreateSession(&context, request, &response));
  }

  // Starts the session at step 0.
  absl::Status Start() {
    grpc::ClientContext reset_context;
    v1::ResetSessionRequest reset;
    reset.set_name(name_);
    v1::Session response;
    grpc::Status status = stub_->ResetSession(&reset_context, reset, &response);
    if (!status.ok()) return ToStatus(status);
    grpc::ClientContext context;
    v1::StartSessionRequest request;
    request.set_name(name_);
    status = stub_->StartSession(&context, request, &response);
    start_s_ = Now();
    return ToStatus(status);
  }

  // Pauses the session and returns its steps per second.
  absl::StatusOr<double> Stop() {
    grpc::ClientContext context;
    v1::PauseSessionRequest request;
    request.set_name(name_);
    v1::Session response;
    const auto status = stub_->PauseSession(&context, request, &response);
    const double wall_s = Now() - start_s_;
    if (!status.ok()) return ToStatus(status);
    return static_cast<double>(response.step()) / wall_s;
  }

 private:
  std::unique_ptr<v1::SessionService::Stub> stub_;
  std::string name_;
  std::string id_;
  double start_s_ = 0;
};

// Runs sessions at the same time for `seconds`; returns the sum of their steps
// per second.
absl::StatusOr<double> SpeedOf(const std::vector<Session*>& sessions,
                               double seconds) {
  for (Session* session : sessions) {
    if (auto status = session->Start(); !status.ok()) return status;
  }
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  double sum = 0;
  for (Session* session : sessions) {
    const auto speed = session->Stop();
    if (!speed.ok()) return speed.status();
    sum += *speed;
  }
  return sum;
}

// Runs one benchmark with one number of threads.
absl::Status RunWithThreads(const DaemonBenchmark& benchmark, int threads,
                            const std::shared_ptr<grpc::Channel>& channel,
                            const RunOptions& options,
                            std::vector<Measurement>* results) {
  const auto network = testing::ReadNetworkFile(benchmark.network_file);
  if (!network.ok()) return network.status();
  const auto spec = testing::ReadNetworkSpec(benchmark.network_file);
  if (!spec.ok()) return spec.status();
  // The core, and the rows of the table.
  Measurement one;
  const auto stepper = CoreStepper::Build(*spec, threads, &one);
  if (!stepper.ok()) return stepper.status();
  one.model_s = options.model_s > 0 ? options.model_s : benchmark.model_s;
  const int64_t step_count = std::llround(one.model_s * 1000 / spec->dt_ms);
  one.benchmark = benchmark.name;
  one.unit = "of the core's speed";
  one.bar = Bar{benchmark.bar, /*at_least=*/true};
  Measurement two = one;
  two.benchmark += "_twice";
  two.unit = "two sessions: sum of speeds by that of one";
  two.bar = {};

  // The sessions.
  Session first(channel, "first");
  Session second(channel, "second");
  for (Session* session : {&first, &second}) {
    const absl::Status status = session->Create(*network, threads);
    if (!status.ok()) return status;
  }
  // In each run the core, one session and both sessions in turn.
  Samples core;  // steps per second
  for (int run = 0; run < options.runs; ++run) {
    (*stepper)->Restart();
    (*stepper)->ClearCounts();
    const double begin = Now();
    (*stepper)->Run(step_count);
    const double wall_s = Now() - begin;
    core.runs.push_back(static_cast<double>(step_count) / wall_s);
    const auto alone = SpeedOf({&first}, wall_s);
    if (!alone.ok()) return alone.status();
    const auto together = SpeedOf({&first, &second}, wall_s);
    if (!together.ok()) return together.status();
    one.figure.runs.push_back(*alone / core.runs.back());
    two.figure.runs.push_back(*together / *alone);
  }
  one.note = absl::StrFormat("core alone: real-time factor %.4g",
                             1000 / spec->dt_ms / core.Median());
  for (const Measurement& m : {one, two}) {
    Print(m, std::cout);
    results->push_back(m);
  }
  return absl::OkStatus();
}

}  // namespace

const std::vector<DaemonBenchmark>& DaemonBenchmarks() {
  static const auto* const benchmarks = new std::vector<DaemonBenchmark>{
      {"daemon_w2", "clients/networks/columnar.yaml", 100, 0.8},
      {"daemon_w4", "clients/networks/brunel_2000.yaml", 2, 0.95},
  };
  return *benchmarks;
}

absl::Status Run(const DaemonBenchmark& benchmark, const RunOptions& options,
                 std::vector<Measurement>* results) {
  const auto daemon = DaemonProcess::Start(options.daemon_path);
  if (!daemon.ok()) return daemon.status();
  const auto channel = grpc::CreateChannel((*daemon)->address(),
                                           grpc::InsecureChannelCredentials());
  const std::vector<int> threads =
      options.threads.empty() ? std::vector<int>{1} : options.threads;
  for (const int count : threads) {
    const absl::Status status =
        RunWithThreads(benchmark, count, channel, options, results);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace spiked::benchmark
