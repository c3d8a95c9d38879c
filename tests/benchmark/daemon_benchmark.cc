// SPDX-License-Identifier: Apache-2.0

#include "tests/benchmark/daemon_benchmark.h"

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <cmath>
#include <iostream>
#include <memory>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "spiked/v1/session.grpc.pb.h"
#include "tests/benchmark/core_stepper.h"
#include "tests/benchmark/daemon_process.h"
#include "tests/support/network_file.h"

namespace spiked::benchmark {
namespace {

double Now() {
  return std::chrono::duration<double>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

absl::Status ToStatus(const grpc::Status& status) {
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()),
                      status.error_message());
}

// A session that runs at full pace; deleted with the object.
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

  absl::Status Create(const v1::Network& network) {
    grpc::ClientContext context;
    v1::CreateSessionRequest request;
    request.set_session_id(id_);
    *request.mutable_network() = network;
    request.set_pacing(v1::FREE_RUN);
    v1::Session response;
    return ToStatus(stub_->CreateSession(&context, request, &response));
  }

  absl::Status Reset() {
    grpc::ClientContext context;
    v1::ResetSessionRequest request;
    request.set_name(name_);
    v1::Session response;
    return ToStatus(stub_->ResetSession(&context, request, &response));
  }

  // Takes the first `step_count` steps and returns when the session says that
  // it is paused.
  absl::Status RunTo(int64_t step_count) {
    grpc::ClientContext watch_context;
    v1::WatchSessionRequest watch;
    watch.set_name(name_);
    const auto reader = stub_->WatchSession(&watch_context, watch);
    grpc::ClientContext context;
    v1::StartSessionRequest request;
    request.set_name(name_);
    request.set_stop_step(step_count);
    v1::Session response;
    const auto status = stub_->StartSession(&context, request, &response);
    if (!status.ok()) return ToStatus(status);
    v1::WatchSessionResponse change;
    while (reader->Read(&change)) {
      if (change.session().state() == v1::FAILED) {
        return absl::FailedPreconditionError(change.session().failure());
      }
      if (change.session().state() == v1::PAUSED &&
          change.session().step() == step_count) {
        watch_context.TryCancel();
        return absl::OkStatus();
      }
    }
    return ToStatus(reader->Finish());
  }

 private:
  std::unique_ptr<v1::SessionService::Stub> stub_;
  std::string name_;
  std::string id_;
};

// Runs sessions together, from step 0; wall seconds until the last is done.
absl::StatusOr<double> RunSessions(const std::vector<Session*>& sessions,
                                   int64_t step_count) {
  for (Session* session : sessions) {
    if (auto status = session->Reset(); !status.ok()) return status;
  }
  std::vector<absl::Status> statuses(sessions.size());
  std::vector<std::thread> threads;
  const double begin = Now();
  for (size_t i = 0; i < sessions.size(); ++i) {
    threads.emplace_back(
        [&, i] { statuses[i] = sessions[i]->RunTo(step_count); });
  }
  for (std::thread& thread : threads) thread.join();
  const double wall_s = Now() - begin;
  for (const absl::Status& status : statuses) {
    if (!status.ok()) return status;
  }
  return wall_s;
}

}  // namespace

const std::vector<DaemonBenchmark>& DaemonBenchmarks() {
  static const auto* const benchmarks = new std::vector<DaemonBenchmark>{
      {"daemon_w2", "clients/networks/columnar.yaml", 100},
      {"daemon_w4", "clients/networks/brunel_2000.yaml", 2},
  };
  return *benchmarks;
}

absl::Status Run(const DaemonBenchmark& benchmark, const RunOptions& options,
                 std::vector<Measurement>* results) {
  const auto network = testing::ReadNetworkFile(benchmark.network_file);
  if (!network.ok()) return network.status();
  const auto spec = testing::ReadNetworkSpec(benchmark.network_file);
  if (!spec.ok()) return spec.status();
  const auto stepper = CoreStepper::Build(*spec, 1);
  if (!stepper.ok()) return stepper.status();

  Measurement m;
  m.unit = "times the core alone";
  m.precision = (*stepper)->PrecisionName();
  m.neurons = (*stepper)->neuron_count();
  m.synapses = (*stepper)->synapse_count();
  m.model_s = options.model_s > 0 ? options.model_s : benchmark.model_s;
  const int64_t step_count = std::llround(m.model_s * 1000 / spec->dt_ms);

  const auto daemon = DaemonProcess::Start(options.daemon_path);
  if (!daemon.ok()) return daemon.status();
  const auto channel = grpc::CreateChannel((*daemon)->address(),
                                           grpc::InsecureChannelCredentials());
  Session first(channel, "first");
  Session second(channel, "second");
  for (Session* session : {&first, &second}) {
    if (auto status = session->Create(*network); !status.ok()) return status;
  }

  Walls core, one, two;
  for (int run = 0; run < options.runs; ++run) {
    (*stepper)->Restart();
    (*stepper)->ClearCounts();
    const double begin = Now();
    (*stepper)->Run(step_count);
    core.runs.push_back(Now() - begin);
    const auto alone = RunSessions({&first}, step_count);
    if (!alone.ok()) return alone.status();
    one.runs.push_back(*alone);
    const auto both = RunSessions({&first, &second}, step_count);
    if (!both.ok()) return both.status();
    two.runs.push_back(*both);
  }
  const Activity activity = (*stepper)->CountSpikes();
  m.spikes = activity.spikes;
  m.synaptic_events = activity.synaptic_events;
  m.note = absl::StrFormat("core alone %.4g s; 1 thread", core.Median());
  for (const auto& [name, walls] : {std::pair{"", one}, {"_twice", two}}) {
    m.benchmark = absl::StrCat(benchmark.name, name);
    m.walls = walls;
    m.figure = walls.Median() / core.Median();
    Print(m, std::cout);
    results->push_back(m);
  }
  return absl::OkStatus();
}

}  // namespace spiked::benchmark
