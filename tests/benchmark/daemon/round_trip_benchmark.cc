// SPDX-License-Identifier: Apache-2.0

#include "tests/benchmark/daemon/round_trip_benchmark.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "spiked/v1/recording.grpc.pb.h"
#include "spiked/v1/server.grpc.pb.h"
#include "spiked/v1/stimulus.grpc.pb.h"
#include "tests/benchmark/daemon/daemon_client.h"
#include "tests/benchmark/daemon/daemon_process.h"

namespace spiked::benchmark {
namespace {

constexpr int kNeurons = 2000;
constexpr int kIndegree = 100;

double Quantile(std::vector<double> times, double fraction) {
  if (times.empty()) return 0;
  std::sort(times.begin(), times.end());
  const auto rank = static_cast<size_t>(
      std::ceil(fraction * static_cast<double>(times.size())));
  return times[std::max<size_t>(rank, 1) - 1];
}

// Makes a call and returns its time in seconds.
using Call = std::function<absl::StatusOr<double>()>;

Call EmptyCall(const std::shared_ptr<grpc::Channel>& channel) {
  std::shared_ptr<v1::ServerService::Stub> stub =
      v1::ServerService::NewStub(channel);
  return [stub]() -> absl::StatusOr<double> {
    grpc::ClientContext context;
    v1::ServerInfo info;
    const double begin = Now();
    const auto status = stub->GetServerInfo(&context, {}, &info);
    if (!status.ok()) return ToStatus(status);
    return Now() - begin;
  };
}

// NoisyNetwork with a spike source "target".
v1::Network NetworkWithTarget() {
  v1::Network network = NoisyNetwork(kNeurons, kIndegree);
  v1::Population* target = network.add_populations();
  target->set_name("target");
  target->set_size(1);
  target->set_model("spike_source");
  return network;
}

void AddSpike(v1::Stimulus* stimulus) {
  stimulus->set_population("target");
  stimulus->mutable_spikes()->add_offsets_ms(0);
  stimulus->mutable_spikes()->set_weight(1);
}

// Makes two calls in turn, `calls` times in each run, and appends their
// quantiles, times in seconds multiplied by `scale`.
absl::Status Compare(const std::string& name, const std::string& unit,
                     double scale, const Call& ours, const Call& bare,
                     int calls, int runs, const std::function<Bar(double)>& bar,
                     const std::string& note,
                     std::vector<Measurement>* results) {
  constexpr double kFractions[] = {0.5, 0.99};
  Measurement measurements[2];
  for (int run = 0; run < runs; ++run) {
    std::vector<double> our_times, bare_times;
    for (int i = 0; i < calls; ++i) {
      const auto bare_time = bare();
      if (!bare_time.ok()) return bare_time.status();
      bare_times.push_back(*bare_time * scale);
      const auto our_time = ours();
      if (!our_time.ok()) return our_time.status();
      our_times.push_back(*our_time * scale);
    }
    for (int q = 0; q < 2; ++q) {
      measurements[q].figure.runs.push_back(Quantile(our_times, kFractions[q]));
      measurements[q].bare.runs.push_back(Quantile(bare_times, kFractions[q]));
    }
  }
  for (int q = 0; q < 2; ++q) {
    Measurement& m = measurements[q];
    m.benchmark = name + (q == 0 ? "_p50" : "_p99");
    m.precision = "float32";
    m.unit = unit;
    m.neurons = kNeurons;
    m.synapses = int64_t{kNeurons} * kIndegree;
    m.note = note;
    if (q == 1 || bar(1).value != bar(2).value) {
      m.bar = bar(m.bare.Median());
    }
    Print(m, std::cout);
    results->push_back(std::move(m));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status RunLockstep(const RunOptions& options,
                         std::vector<Measurement>* results) {
  const auto daemon = DaemonProcess::Start(options.daemon_path);
  if (!daemon.ok()) return daemon.status();
  const auto channel = Connect((*daemon)->address());
  v1::CreateSessionRequest request;
  request.set_session_id("step");
  request.set_pacing(v1::LOCKSTEP);
  *request.mutable_network() = NetworkWithTarget();
  SessionSet session(channel, request);
  if (auto s = session.GrowTo(1); !s.ok()) return s;
  const auto stub = v1::SessionService::NewStub(channel);
  int64_t spikes = 0;
  const Call step = [&]() -> absl::StatusOr<double> {
    grpc::ClientContext context;
    v1::AdvanceSessionRequest advance;
    advance.set_name(session.name(0));
    advance.set_step_count(1);
    AddSpike(advance.add_stimuli());
    advance.set_return_spikes(true);
    v1::AdvanceSessionResponse response;
    const double begin = Now();
    const auto status = stub->AdvanceSession(&context, advance, &response);
    const double end = Now();
    if (!status.ok()) return ToStatus(status);
    for (int32_t count : response.spikes().spike_counts()) spikes += count;
    return end - begin;
  };
  const absl::Status status = Compare(
      "lockstep", "us round trip", 1e6, step, EmptyCall(channel), 2000,
      options.runs, [](double bare) { return Bar{1.5 * bare}; },
      "bare: a call that does nothing", results);
  if (!status.ok()) return status;
  return spikes > 0 ? absl::OkStatus()
                    : absl::FailedPreconditionError("lockstep: no spikes");
}

absl::Status RunReaction(const RunOptions& options,
                         std::vector<Measurement>* results) {
  const auto daemon = DaemonProcess::Start(options.daemon_path);
  if (!daemon.ok()) return daemon.status();
  const auto channel = Connect((*daemon)->address());
  v1::CreateSessionRequest request;
  request.set_session_id("react");
  *request.mutable_network() = NetworkWithTarget();
  SessionSet session(channel, request);
  if (auto s = session.GrowTo(1); !s.ok()) return s;
  if (auto s = session.Start(1); !s.ok()) return s;

  const auto recordings = v1::RecordingService::NewStub(channel);
  grpc::ClientContext context;
  v1::StreamSpikesRequest wanted;
  wanted.set_session(session.name(0));
  wanted.add_populations("target");
  wanted.set_batch_window_ms(1);
  const auto reader = recordings->StreamSpikes(&context, wanted);
  const auto stimuli = v1::StimulusService::NewStub(channel);
  int trial = 0;
  const Call react = [&]() -> absl::StatusOr<double> {
    // Trials begin at different phases of the session's ticks.
    std::this_thread::sleep_for(
        std::chrono::microseconds(2000 + 137 * trial++ % 1000));
    v1::InjectStimulusRequest inject;
    inject.set_session(session.name(0));
    AddSpike(inject.add_stimuli());
    v1::InjectStimulusResponse response;
    grpc::ClientContext call;
    const double begin = Now();
    const auto status = stimuli->InjectStimulus(&call, inject, &response);
    if (!status.ok()) return ToStatus(status);
    v1::SpikeBatch batch;
    while (reader->Read(&batch)) {
      if (batch.spike_counts_size() > 0) return Now() - begin;
    }
    return absl::UnavailableError("reaction: the stream ended");
  };
  const absl::Status status = Compare(
      "reaction", "ms from a spike to its effect", 1e3, react,
      EmptyCall(channel), 400, std::min(options.runs, 3),
      [](double) { return Bar{4}; }, "bare: a call that does nothing", results);
  context.TryCancel();
  return status;
}

}  // namespace spiked::benchmark
