// SPDX-License-Identifier: Apache-2.0

#include "tests/benchmark/daemon/crowd_benchmark.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tests/benchmark/daemon/daemon_client.h"
#include "tests/benchmark/daemon/daemon_process.h"

namespace spiked::benchmark {
namespace {

constexpr int kWatchedNeurons = 50;
constexpr int kCrowdNeurons = 100;
constexpr int kIndegree = 10;
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

// Clients that advance their sessions by one step again and again.
class Callers {
 public:
  Callers(const std::string& address, const SessionSet& sessions, int count) {
    for (int i = 0; i < count; ++i) {
      threads_.emplace_back([this, address, name = sessions.name(i)] {
        const auto stub = v1::SessionService::NewStub(Connect(address));
        while (!stopped_) {
          grpc::ClientContext context;
          v1::AdvanceSessionRequest request;
          request.set_name(name);
          request.set_step_count(1);
          v1::AdvanceSessionResponse response;
          if (!stub->AdvanceSession(&context, request, &response).ok()) return;
        }
      });
    }
  }
  ~Callers() {
    stopped_ = true;
    for (std::thread& thread : threads_) thread.join();
  }
  Callers(const Callers&) = delete;
  Callers& operator=(const Callers&) = delete;

 private:
  std::atomic<bool> stopped_{false};
  std::vector<std::thread> threads_;
};

struct Figures {
  Samples pace, p50_us, p99_us;
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

enum class Kind { kFree, kLate, kCalling };

struct Crowd {
  Kind kind;
  const char* name;
  const char* of;
  int neurons;
  std::vector<int> counts;
};

v1::CreateSessionRequest RequestOf(const Crowd& crowd) {
  v1::CreateSessionRequest request =
      MakeRequest(crowd.name, crowd.neurons,
                  crowd.kind == Kind::kFree   ? v1::FREE_RUN
                  : crowd.kind == Kind::kLate ? v1::REAL_TIME
                                              : v1::LOCKSTEP);
  if (crowd.kind == Kind::kLate) {
    request.set_pace(kHopelessPace);
    request.set_admission_policy(v1::RUN_LATE);
  }
  return request;
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
    m.note = absl::StrFormat("bare: alone; beside %d %s of %d neurons", count,
                             crowd.of, crowd.neurons);
    Print(m, std::cout);
    results->push_back(std::move(m));
  }
}

absl::Status RunKind(const Crowd& crowd, int runs,
                     const std::string& daemon_path,
                     std::vector<Measurement>* results) {
  const auto daemon = DaemonProcess::Start(
      daemon_path, {"--max-sessions", "10000", "--workers", "2"});
  if (!daemon.ok()) return daemon.status();
  const std::string address = (*daemon)->address();
  SessionSet watched(Connect(address),
                     MakeRequest("watched", kWatchedNeurons, v1::REAL_TIME));
  if (auto s = watched.GrowTo(1); !s.ok()) return s;
  SessionSet others(Connect(address), RequestOf(crowd));
  for (const int count : crowd.counts) {
    if (auto s = others.GrowTo(count); !s.ok()) return s;
    Figures alone, ours;
    for (int run = 0; run < runs; ++run) {
      if (auto s = Watch(&watched, &alone); !s.ok()) return s;
      if (crowd.kind == Kind::kCalling) {
        const Callers callers(address, others, count);
        if (auto s = Watch(&watched, &ours); !s.ok()) return s;
      } else {
        if (auto s = others.Start(count); !s.ok()) return s;
        if (auto s = Watch(&watched, &ours); !s.ok()) return s;
        if (auto s = others.Pause(count); !s.ok()) return s;
      }
    }
    AddRows(crowd, count, alone, ours, results);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status RunCrowd(const RunOptions& options,
                      std::vector<Measurement>* results) {
  for (const Crowd& crowd : {Crowd{Kind::kFree,
                                   "free",
                                   "sessions as fast as possible",
                                   kCrowdNeurons,
                                   {4, 20, 60, 240, 1000}},
                             Crowd{Kind::kLate,
                                   "late",
                                   "sessions whose load doesn't fit",
                                   kHopelessNeurons,
                                   {4, 24, 240}},
                             Crowd{Kind::kCalling,
                                   "calling",
                                   "clients in lockstep loops with sessions",
                                   kCrowdNeurons,
                                   {1, 4, 16}}}) {
    if (auto s = RunKind(crowd, std::min(options.runs, 3), options.daemon_path,
                         results);
        !s.ok()) {
      return s;
    }
  }
  return absl::OkStatus();
}

}  // namespace spiked::benchmark
