// SPDX-License-Identifier: Apache-2.0

#include "tests/benchmark/daemon/sessions_benchmark.h"

#include <algorithm>
#include <chrono>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "spiked/v1/recording.grpc.pb.h"
#include "tests/benchmark/daemon/daemon_client.h"
#include "tests/benchmark/daemon/daemon_process.h"

namespace spiked::benchmark {
namespace {

constexpr int kNeurons = 100;
constexpr int kIndegree = 10;
constexpr double kWallS = 2;
constexpr double kWantedPace = 0.999;

void Add(Measurement m, std::vector<Measurement>* results) {
  m.precision = "float32";
  Print(m, std::cout);
  results->push_back(std::move(m));
}

v1::CreateSessionRequest RealTime(double tick_ms) {
  v1::CreateSessionRequest request;
  request.set_session_id(absl::StrCat("tick", static_cast<int>(tick_ms)));
  *request.mutable_network() = NoisyNetwork(kNeurons, kIndegree);
  request.set_tick_ms(tick_ms);
  return request;
}

// The results of one run of some sessions for kWallS.
struct Run {
  double worst_pace = 1;
  double lateness_p99_s = 0;  // of the worst session
  double slipped_s = 0;
  double cpu_us_per_tick = 0;  // of the whole daemon
  int64_t spikes = 0;
};
absl::StatusOr<Run> RunOnce(const DaemonProcess& daemon, SessionSet* sessions,
                            int count, double tick_ms) {
  const auto before = sessions->Metrics(count);
  if (!before.ok()) return before.status();
  absl::Status status = sessions->Start(count);
  if (!status.ok()) return status;
  // All sessions have started; no calls are made while CPU time is measured.
  const double cpu_s = daemon.CpuSeconds();
  const double begin = Now();
  std::this_thread::sleep_for(std::chrono::duration<double>(kWallS));
  const double wall_s = Now() - begin;
  Run run;
  run.cpu_us_per_tick =
      (daemon.CpuSeconds() - cpu_s) * 1e6 / (count * wall_s * 1000 / tick_ms);
  status = sessions->Pause(count);
  if (!status.ok()) return status;
  const auto after = sessions->Metrics(count);
  if (!after.ok()) return after.status();
  for (int i = 0; i < count; ++i) {
    const v1::SessionMetrics& m = (*after)[i];
    run.worst_pace = std::min(run.worst_pace, m.pace_ratio());
    run.lateness_p99_s = std::max(run.lateness_p99_s, m.lateness_p99_s());
    run.slipped_s =
        std::max(run.slipped_s, m.slipped_s() - (*before)[i].slipped_s());
    run.spikes += m.spike_count() - (*before)[i].spike_count();
  }
  return run;
}

// Measures one point of the curve. Returns whether the worst session was on
// time.
absl::StatusOr<bool> RunPoint(const DaemonProcess& daemon, SessionSet* sessions,
                              int count, double tick_ms, int runs, bool has_bar,
                              std::vector<Measurement>* results) {
  if (auto status = sessions->GrowTo(count); !status.ok()) return status;
  Measurement m;
  m.benchmark = absl::StrFormat("sessions_%gms_%d", tick_ms, count);
  m.unit = "pace of the worst session";
  m.neurons = int64_t{kNeurons} * count;
  m.synapses = m.neurons * kIndegree;
  m.model_s = kWallS;
  if (has_bar) m.bar = Bar{kWantedPace, /*at_least=*/true};
  Samples p99, cpu;
  double slipped_s = 0;
  for (int run = 0; run < runs; ++run) {
    const auto one = RunOnce(daemon, sessions, 1, tick_ms);
    if (!one.ok()) return one.status();
    const auto all = RunOnce(daemon, sessions, count, tick_ms);
    if (!all.ok()) return all.status();
    m.bare.runs.push_back(one->worst_pace);
    m.figure.runs.push_back(all->worst_pace);
    m.spikes = all->spikes;
    p99.runs.push_back(all->lateness_p99_s);
    cpu.runs.push_back(all->cpu_us_per_tick);
    slipped_s = std::max(slipped_s, all->slipped_s);
  }
  m.note = absl::StrFormat(
      "bare: one alone; worst p99 of lateness %.3g ms; slipped %.3g ms at "
      "most; %.3g us of CPU per tick",
      p99.Median() * 1000, slipped_s * 1000, cpu.Median());
  const bool on_time = m.figure.Median() >= kWantedPace;
  Add(std::move(m), results);
  return on_time;
}

}  // namespace

absl::Status RunRealTimeSessions(const RunOptions& options,
                                 std::vector<Measurement>* results) {
  struct Curve {
    double tick_ms;
    std::vector<int> counts;
    int bar;  // number of sessions that must be on time
  };
  const int runs = std::min(options.runs, 3);
  for (const Curve& curve :
       {Curve{1, {300, 500, 700, 1000, 1500, 2000}, 300},
        Curve{10, {1000, 1500, 2000, 3000, 4000, 6000}, 1000}}) {
    const auto daemon = DaemonProcess::Start(
        options.daemon_path, {"--max-sessions", "10000", "--workers", "2"});
    if (!daemon.ok()) return daemon.status();
    SessionSet sessions(Connect((*daemon)->address()), RealTime(curve.tick_ms));
    for (const int count : curve.counts) {
      const auto on_time = RunPoint(**daemon, &sessions, count, curve.tick_ms,
                                    runs, count == curve.bar, results);
      if (!on_time.ok()) return on_time.status();
      if (!*on_time) break;
    }
  }
  return absl::OkStatus();
}

absl::Status RunDaemonMemory(const RunOptions& options,
                             std::vector<Measurement>* results) {
  constexpr int kCount = 1000;
  constexpr int kWarmUp = 200;
  // Below the limit of streams of a connection.
  constexpr int kStreamsPerConnection = 50;
  const auto daemon =
      DaemonProcess::Start(options.daemon_path, {"--max-sessions", "10000"});
  if (!daemon.ok()) return daemon.status();
  v1::CreateSessionRequest request = RealTime(1);
  SessionSet sessions(Connect((*daemon)->address()), request);
  // Memory of sessions, after some to warm up.
  if (auto s = sessions.GrowTo(kWarmUp); !s.ok()) return s;
  double before = (*daemon)->ResidentBytes();
  if (auto s = sessions.GrowTo(kWarmUp + kCount); !s.ok()) return s;
  Measurement m;
  m.benchmark = "memory_session";
  m.unit = "kB per idle session of 100 neurons";
  m.bar = Bar{64};
  m.neurons = kNeurons;
  m.synapses = int64_t{kNeurons} * kIndegree;
  m.figure.runs = {((*daemon)->ResidentBytes() - before) / kCount / 1000};
  m.note = "resident memory; 1000 more";
  Add(std::move(m), results);

  // Memory of streams, likewise.
  struct Stream {
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientReader<v1::SpikeBatch>> reader;
  };
  std::vector<std::unique_ptr<v1::RecordingService::Stub>> stubs;
  std::vector<std::unique_ptr<Stream>> streams;
  const auto open = [&](int count) -> absl::Status {
    while (static_cast<int>(streams.size()) < count) {
      if (streams.size() % kStreamsPerConnection == 0) {
        stubs.push_back(
            v1::RecordingService::NewStub(Connect((*daemon)->address())));
      }
      v1::StreamSpikesRequest spikes;
      spikes.set_session(
          sessions.name(static_cast<int>(streams.size()) % sessions.size()));
      auto stream = std::make_unique<Stream>();
      stream->reader = stubs.back()->StreamSpikes(&stream->context, spikes);
      v1::SpikeBatch batch;
      if (!stream->reader->Read(&batch)) {
        return ToStatus(stream->reader->Finish());
      }
      streams.push_back(std::move(stream));
    }
    return absl::OkStatus();
  };
  if (auto s = open(kWarmUp); !s.ok()) return s;
  before = (*daemon)->ResidentBytes();
  if (auto s = open(kWarmUp + kCount); !s.ok()) return s;
  Measurement stream;
  stream.benchmark = "memory_stream";
  stream.unit = "kB per idle stream";
  stream.bar = Bar{64};
  stream.figure.runs = {((*daemon)->ResidentBytes() - before) / kCount / 1000};
  stream.note = "resident memory; 1000 more; 50 on each connection";
  Add(std::move(stream), results);
  for (const auto& s : streams) s->context.TryCancel();
  return absl::OkStatus();
}

}  // namespace spiked::benchmark
