// SPDX-License-Identifier: Apache-2.0

#include "tests/benchmark/daemon/crowd_benchmark.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "spiked/v1/recording.pb.h"
#include "tests/benchmark/daemon/background_calls.h"
#include "tests/benchmark/daemon/daemon_client.h"
#include "tests/benchmark/daemon/daemon_process.h"
#include "tests/benchmark/daemon/reader_process.h"
#include "tests/benchmark/daemon/tenant_tokens.h"

namespace spiked::benchmark {
namespace {

constexpr int kWatchedNeurons = 50;
constexpr int kCrowdNeurons = 100;
constexpr int kIndegree = 10;
// Networks that take some milliseconds to build, hash and count.
constexpr int kLargeNeurons = 10'000;
constexpr int kLargeIndegree = 100;
constexpr double kWallS = 2;
// A session of so many neurons takes some ten workers with this pace, a
// thousand steps a millisecond.
constexpr int kHopelessNeurons = 1000;
constexpr double kHopelessPace = 1000;

v1::CreateSessionRequest MakeRequest(const std::string& id, int neurons,
                                     v1::Pacing pacing) {
  v1::CreateSessionRequest request;
  request.set_session_id(id);
  *request.mutable_network() = NoisyNetwork(neurons, kIndegree);
  request.set_pacing(pacing);
  return request;
}

struct Figures {
  Samples pace, p50_us, p99_us;
  Samples calls_per_s;     // of the crowd
  int64_t unexpected = 0;  // answers to the crowd that aren't OK
};

// Runs the watched session for kWallS.
absl::Status Watch(SessionSet* watched, Figures* figures) {
  const auto before = watched->Metrics(1);
  if (!before.ok()) return before.status();
  if (auto s = watched->Start(1); !s.ok()) return s;
  const double begin = Now();
  std::this_thread::sleep_for(std::chrono::duration<double>(kWallS));
  const auto after = watched->Metrics(1);
  const double wall_ms = (Now() - begin) * 1000;
  if (!after.ok()) return after.status();
  if (auto s = watched->Pause(1); !s.ok()) return s;
  const v1::SessionMetrics& m = after->front();
  figures->pace.runs.push_back(
      static_cast<double>(m.step() - before->front().step()) / wall_ms);
  figures->p50_us.runs.push_back(m.lateness_p50_s() * 1e6);
  figures->p99_us.runs.push_back(m.lateness_p99_s() * 1e6);
  return absl::OkStatus();
}

// How a crowd of so many is made.
enum class Kind {
  kRunning,  // sessions run
  kOwn,      // clients make calls, each with a session of its own
  kShared,   // clients make calls, all with the same session
  kReading,  // clients read the spikes of the watched session
  kStopped,  // the same, but they are suspended
};

struct Crowd {
  Kind kind;
  const char* name;
  const char* of;
  v1::CreateSessionRequest request;
  std::vector<int> counts;
  // The calls that a client makes in turn, with the session.
  std::function<CallLoops::Loop(const std::string& session)> loop;
};

v1::CreateSessionRequest HopelessRequest() {
  v1::CreateSessionRequest request =
      MakeRequest("late", kHopelessNeurons, v1::REAL_TIME);
  request.set_pace(kHopelessPace);
  request.set_admission_policy(v1::RUN_LATE);
  return request;
}

v1::CreateSessionRequest LargeRequest(const std::string& id) {
  v1::CreateSessionRequest request =
      MakeRequest(id, kLargeNeurons, v1::LOCKSTEP);
  *request.mutable_network() = NoisyNetwork(kLargeNeurons, kLargeIndegree);
  request.mutable_network()->mutable_projections(0)->set_name("synapses");
  return request;
}

CallLoops::Loop AdvanceLoop(const std::string& session) {
  v1::AdvanceSessionRequest request;
  request.set_name(session);
  request.set_step_count(1);
  return {MakeCall("SessionService/AdvanceSession", request)};
}

CallLoops::Loop CommandLoop(const std::string& session) {
  v1::PauseSessionRequest pause;
  pause.set_name(session);
  v1::ResetSessionRequest reset;
  reset.set_name(session);
  v1::GetSessionMetricsRequest metrics;
  metrics.set_name(session);
  return {MakeCall("SessionService/PauseSession", pause),
          MakeCall("SessionService/ResetSession", reset),
          MakeCall("SessionService/GetSessionMetrics", metrics)};
}

// Creates and deletes a session beside `session`.
CallLoops::Loop BuildLoop(const std::string& session) {
  const std::string id =
      absl::StrCat("built-", session.substr(session.rfind('/') + 1));
  v1::DeleteSessionRequest remove;
  remove.set_name(absl::StrCat("sessions/", id));
  return {MakeCall("SessionService/CreateSession", LargeRequest(id)),
          MakeCall("SessionService/DeleteSession", remove)};
}

CallLoops::Loop HashLoop(const std::string& session) {
  v1::GetStateHashRequest request;
  request.set_session(session);
  return {MakeCall("RecordingService/GetStateHash", request)};
}

CallLoops::Loop HistogramLoop(const std::string& session) {
  v1::GetWeightHistogramRequest request;
  request.set_session(session);
  request.set_projection("synapses");
  return {MakeCall("RecordingService/GetWeightHistogram", request)};
}

std::vector<Crowd> Crowds() {
  return {
      {Kind::kRunning,
       "free",
       "sessions as fast as possible",
       MakeRequest("free", kCrowdNeurons, v1::FREE_RUN),
       {4, 60, 240, 1000}},
      {Kind::kRunning,
       "late",
       "sessions whose load doesn't fit",
       HopelessRequest(),
       {4, 24, 240, 1000}},
      {Kind::kOwn,
       "lockstep",
       "clients in lockstep loops with sessions",
       MakeRequest("lockstep", kCrowdNeurons, v1::LOCKSTEP),
       {1, 16, 240, 1000},
       AdvanceLoop},
      {Kind::kShared,
       "commands",
       "clients that pause, reset and measure one session",
       MakeRequest("commands", kCrowdNeurons, v1::FREE_RUN),
       {16, 240},
       CommandLoop},
      {Kind::kOwn,
       "builds",
       "clients that create and delete sessions",
       LargeRequest("builds"),
       {4},
       BuildLoop},
      {Kind::kOwn,
       "hashes",
       "clients that ask for hashes of sessions",
       LargeRequest("hashes"),
       {4},
       HashLoop},
      {Kind::kOwn,
       "histograms",
       "clients that ask for weights of sessions",
       LargeRequest("histograms"),
       {4},
       HistogramLoop},
      {Kind::kReading, "readers", "clients that read its spikes", {}, {10}},
      {Kind::kStopped,
       "stopped_readers",
       "suspended readers of its spikes",
       {},
       {10}},
  };
}

// A daemon, and sessions of two tenants.
struct Scene {
  DaemonProcess* daemon;
  const TenantTokens* tokens;
  SessionSet* watched;
  SessionSet* others;
};

absl::Status WatchBesideCalls(const Scene& scene, const Crowd& crowd, int count,
                              Figures* figures) {
  std::vector<CallLoops::Loop> loops;
  for (int i = 0; i < count; ++i) {
    loops.push_back(
        crowd.loop(scene.others->name(crowd.kind == Kind::kShared ? 0 : i)));
  }
  const double begin = Now();
  const CallLoops calls(scene.daemon->address(), scene.tokens->other, loops);
  const absl::Status status = Watch(scene.watched, figures);
  figures->calls_per_s.runs.push_back(static_cast<double>(calls.answered()) /
                                      (Now() - begin));
  figures->unexpected += calls.unexpected();
  return status;
}

absl::Status WatchBesideReaders(const Scene& scene, const Crowd& crowd,
                                int count, Figures* figures) {
  std::vector<std::unique_ptr<ReaderProcess>> readers;
  for (int i = 0; i < count; ++i) {
    auto reader = ReaderProcess::Start(
        scene.daemon->address(), scene.watched->name(0), scene.tokens->watched);
    if (!reader.ok()) return reader.status();
    if (crowd.kind == Kind::kStopped) (*reader)->Suspend();
    readers.push_back(*std::move(reader));
  }
  return Watch(scene.watched, figures);
}

absl::Status WatchBeside(const Scene& scene, const Crowd& crowd, int count,
                         Figures* figures) {
  switch (crowd.kind) {
    case Kind::kOwn:
    case Kind::kShared:
      return WatchBesideCalls(scene, crowd, count, figures);
    case Kind::kReading:
    case Kind::kStopped:
      return WatchBesideReaders(scene, crowd, count, figures);
    case Kind::kRunning:
      break;
  }
  if (auto s = scene.others->Start(count); !s.ok()) return s;
  if (auto s = Watch(scene.watched, figures); !s.ok()) return s;
  return scene.others->Pause(count);
}

// How many sessions of the other tenant a crowd of `count` needs.
int SessionCount(const Crowd& crowd, int count) {
  if (crowd.kind == Kind::kShared) return 1;
  return crowd.request.has_network() ? count : 0;
}

void AddRows(const Crowd& crowd, int count, const Figures& alone,
             const Figures& ours, std::vector<Measurement>* results) {
  struct Row {
    const char* figure;
    const char* unit;
    const Samples Figures::*samples;
    Bar bar;
  };
  const Row rows[] = {
      {"pace", "of real time", &Figures::pace, Bar{0.999, /*at_least=*/true}},
      {"p50", "us late", &Figures::p50_us,
       Bar{1.1 * alone.p50_us.Median() + 20}},
      {"p99", "us late", &Figures::p99_us,
       Bar{2 * alone.p99_us.Median() + 100}},
  };
  for (const Row& row : rows) {
    Measurement m;
    m.benchmark =
        absl::StrFormat("crowd_%s_%d_%s", crowd.name, count, row.figure);
    m.precision = "float32";
    m.unit = row.unit;
    m.neurons = kWatchedNeurons;
    m.synapses = int64_t{kWatchedNeurons} * kIndegree;
    m.model_s = kWallS;
    m.bar = row.bar;
    m.bare = alone.*row.samples;
    m.figure = ours.*row.samples;
    m.note = absl::StrCat("bare: alone; beside ", count, " ", crowd.of);
    if (crowd.request.has_network()) {
      absl::StrAppend(&m.note, " of ",
                      crowd.request.network().populations(0).size(),
                      " neurons");
    }
    if (crowd.loop) {
      absl::StrAppend(&m.note, "; ", std::llround(ours.calls_per_s.Median()),
                      " calls/s; ", ours.unexpected, " of them not OK");
    }
    Print(m, std::cout);
    results->push_back(std::move(m));
  }
}

absl::Status RunKind(const Crowd& crowd, int runs,
                     const std::string& daemon_path,
                     std::vector<Measurement>* results) {
  const auto tokens = TenantTokens::Make(daemon_path);
  if (!tokens.ok()) return tokens.status();
  const TemporaryFile token_file(tokens->file_text);
  const auto daemon = DaemonProcess::Start(
      daemon_path, {"--max-sessions", "10000", "--workers", "2", "--token-file",
                    token_file.path()});
  if (!daemon.ok()) return daemon.status();
  const std::string address = (*daemon)->address();
  SessionSet watched(Connect(address, tokens->watched),
                     MakeRequest("watched", kWatchedNeurons, v1::REAL_TIME));
  if (auto s = watched.GrowTo(1); !s.ok()) return s;
  SessionSet others(Connect(address, tokens->other), crowd.request);
  const Scene scene{daemon->get(), &*tokens, &watched, &others};
  for (const int count : crowd.counts) {
    if (auto s = others.GrowTo(SessionCount(crowd, count)); !s.ok()) return s;
    Figures alone, ours;
    for (int run = 0; run < runs; ++run) {
      if (auto s = Watch(&watched, &alone); !s.ok()) return s;
      if (auto s = WatchBeside(scene, crowd, count, &ours); !s.ok()) return s;
    }
    AddRows(crowd, count, alone, ours, results);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status RunCrowd(const RunOptions& options,
                      std::vector<Measurement>* results) {
  for (const Crowd& crowd : Crowds()) {
    if (auto s = RunKind(crowd, std::min(options.runs, 3), options.daemon_path,
                         results);
        !s.ok()) {
      return s;
    }
  }
  return absl::OkStatus();
}

}  // namespace spiked::benchmark
