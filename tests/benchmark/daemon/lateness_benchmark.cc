// SPDX-License-Identifier: Apache-2.0

#include "tests/benchmark/daemon/lateness_benchmark.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "tests/benchmark/daemon/daemon_client.h"
#include "tests/benchmark/daemon/daemon_process.h"
#include "tests/benchmark/daemon/reader_process.h"
#include "tests/benchmark/daemon/sleep_loop.h"

namespace spiked::benchmark {
namespace {

constexpr int kNeurons = 2000;
constexpr int kIndegree = 100;
constexpr int kFewNeurons = 100;
constexpr int kFewSynapses = 10;
constexpr int kLongNeurons = 2'000'000;
constexpr double kWallS = 3;
constexpr int kReaders = 10;

// Cumulative histogram of the lateness of all ticks of real-time sessions so
// far: pairs of a bound in seconds and the number of ticks that were at most
// that late.
using Buckets = std::vector<std::pair<double, double>>;
absl::StatusOr<Buckets> ReadBuckets(const DaemonProcess& daemon) {
  const auto text = HttpGet(daemon.metrics_url());
  if (!text.ok()) return text.status();
  Buckets buckets;
  for (absl::string_view line : absl::StrSplit(*text, '\n')) {
    const std::vector<absl::string_view> parts = absl::StrSplit(line, '"');
    double bound = 0, count = 0;
    if (parts.size() != 3 ||
        parts[0] != "spiked_tick_lateness_seconds_bucket{le=" ||
        !absl::SimpleAtod(parts[1], &bound) ||
        !absl::SimpleAtod(parts[2].substr(1), &count)) {
      continue;
    }
    buckets.emplace_back(bound, count);
  }
  if (buckets.empty()) return absl::NotFoundError("no bucket of lateness");
  return buckets;
}

// The upper bound, in seconds, of the bucket that holds the quantile.
double QuantileBound(const Buckets& before, const Buckets& after,
                     double fraction) {
  const double total = after.back().second - before.back().second;
  for (size_t i = 0; i < after.size(); ++i) {
    if (after[i].second - before[i].second >= fraction * total) {
      return after[i].first;
    }
  }
  return INFINITY;
}

struct Quantiles {
  Samples p50_us, p99_us, p999_us;
};

absl::Status RunSession(const DaemonProcess& daemon, SessionSet* session,
                        Quantiles* quantiles, int64_t* spikes) {
  const auto before = ReadBuckets(daemon);
  if (!before.ok()) return before.status();
  if (auto s = session->Start(1); !s.ok()) return s;
  std::this_thread::sleep_for(std::chrono::duration<double>(kWallS));
  if (auto s = session->Pause(1); !s.ok()) return s;
  const auto after = ReadBuckets(daemon);
  if (!after.ok()) return after.status();
  const auto metrics = session->Metrics(1);
  if (!metrics.ok()) return metrics.status();
  const v1::SessionMetrics& m = metrics->front();
  quantiles->p50_us.runs.push_back(m.lateness_p50_s() * 1e6);
  quantiles->p99_us.runs.push_back(m.lateness_p99_s() * 1e6);
  quantiles->p999_us.runs.push_back(QuantileBound(*before, *after, 0.999) *
                                    1e6);
  *spikes = m.spike_count();
  return absl::OkStatus();
}

void RunBare(Quantiles* quantiles) {
  DurationHistogram lateness;
  RunSleepLoop(kWallS, &lateness);
  const auto us = [&](double fraction) {
    return static_cast<double>(lateness.QuantileNanos(fraction)) / 1000;
  };
  quantiles->p50_us.runs.push_back(us(0.5));
  quantiles->p99_us.runs.push_back(us(0.99));
  quantiles->p999_us.runs.push_back(us(0.999));
}

Measurement MakeRow(const std::string& name, const Samples& figure,
                    const Samples& bare, std::optional<Bar> bar,
                    const std::string& note) {
  Measurement m;
  m.benchmark = name;
  m.precision = "float32";
  m.figure = figure;
  m.bare = bare;
  m.bar = bar;
  m.unit = "us late";
  m.neurons = kNeurons;
  m.synapses = int64_t{kNeurons} * kIndegree;
  m.note = note;
  return m;
}

void Add(Measurement m, std::vector<Measurement>* results) {
  Print(m, std::cout);
  results->push_back(std::move(m));
}

// Neurons of a costly model without synapses: a step takes some 19 ms on one
// thread.
v1::Network LongNetwork() {
  v1::Network network;
  network.set_dt_ms(0.1);
  v1::Population* cells = network.add_populations();
  cells->set_name("cells");
  cells->set_size(kLongNeurons);
  cells->set_model("hh_psc_alpha");
  return network;
}

// Runs `session` while `beside` runs at full pace; appends the mean time of a
// step of `beside` to `step_ms`.
absl::Status RunBesideLong(const DaemonProcess& daemon, SessionSet* session,
                           SessionSet* beside, Quantiles* quantiles,
                           Samples* step_ms) {
  if (auto s = beside->Start(1); !s.ok()) return s;
  // Time for the scheduler to learn that steps of `beside` are long.
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  const auto before = beside->Metrics(1);
  if (!before.ok()) return before.status();
  int64_t spikes = 0;
  const double begin = Now();
  if (auto s = RunSession(daemon, session, quantiles, &spikes); !s.ok()) {
    return s;
  }
  const double wall_s = Now() - begin;
  const auto after = beside->Metrics(1);
  if (!after.ok()) return after.status();
  const auto steps = after->front().step() - before->front().step();
  step_ms->runs.push_back(wall_s * 1000 / static_cast<double>(steps));
  return beside->Pause(1);
}

}  // namespace

absl::Status RunLateness(const RunOptions& options,
                         std::vector<Measurement>* results) {
  const auto daemon =
      DaemonProcess::Start(options.daemon_path, {"--workers", "2"});
  if (!daemon.ok()) return daemon.status();
  v1::CreateSessionRequest request;
  request.set_session_id("late");
  *request.mutable_network() = NoisyNetwork(kNeurons, kIndegree);
  SessionSet session(Connect((*daemon)->address()), request);
  if (auto s = session.GrowTo(1); !s.ok()) return s;
  for (const bool streaming : {false, true}) {
    // Ten readers, one of them suspended, or none.
    std::vector<std::unique_ptr<ReaderProcess>> readers;
    while (streaming && readers.size() < kReaders) {
      auto reader = ReaderProcess::Start((*daemon)->address(), session.name(0));
      if (!reader.ok()) return reader.status();
      readers.push_back(*std::move(reader));
    }
    if (streaming) readers.front()->Suspend();
    Quantiles bare, ours;
    int64_t spikes = 0;
    for (int run = 0; run < options.runs; ++run) {
      RunBare(&bare);
      const absl::Status status =
          RunSession(**daemon, &session, &ours, &spikes);
      if (!status.ok()) return status;
    }
    // One row of the table for each quantile.
    const std::string name = streaming ? "late_streams" : "late";
    const std::string note = absl::StrFormat(
        "bare: a sleeping thread%s",
        streaming ? "; ten clients stream; one of them suspended" : "");
    Add(MakeRow(name + "_p50", ours.p50_us, bare.p50_us,
                Bar{1.1 * bare.p50_us.Median() + 20}, note),
        results);
    Add(MakeRow(name + "_p99", ours.p99_us, bare.p99_us,
                Bar{2 * bare.p99_us.Median() + 100}, note),
        results);
    Add(MakeRow(name + "_p999", ours.p999_us, bare.p999_us, std::nullopt,
                note + "; up to twice too high: the bound of its bucket"),
        results);
  }
  return absl::OkStatus();
}

absl::Status RunLatenessBesideLong(const RunOptions& options,
                                   std::vector<Measurement>* results) {
  const auto daemon = DaemonProcess::Start(
      options.daemon_path, {"--workers", "2", "--max-session-threads", "2"});
  if (!daemon.ok()) return daemon.status();
  const auto channel = Connect((*daemon)->address());
  v1::CreateSessionRequest request;
  request.set_session_id("late");
  *request.mutable_network() = NoisyNetwork(kFewNeurons, kFewSynapses);
  SessionSet session(channel, request);
  if (auto s = session.GrowTo(1); !s.ok()) return s;
  for (const int threads : {1, 2}) {
    // The long session.
    v1::CreateSessionRequest of_long;
    of_long.set_session_id("long");
    *of_long.mutable_network() = LongNetwork();
    of_long.set_pacing(v1::FREE_RUN);
    of_long.set_thread_count(threads);
    SessionSet beside(channel, of_long);
    if (auto s = beside.GrowTo(1); !s.ok()) return s;
    // The short session in turn alone and beside the long one.
    Quantiles alone, ours;
    Samples step_ms;
    int64_t spikes = 0;
    for (int run = 0; run < options.runs; ++run) {
      if (auto s = RunSession(**daemon, &session, &alone, &spikes); !s.ok()) {
        return s;
      }
      if (auto s = RunBesideLong(**daemon, &session, &beside, &ours, &step_ms);
          !s.ok()) {
        return s;
      }
    }
    Measurement m = MakeRow(
        "late_beside_long_p99", ours.p99_us, alone.p99_us,
        Bar{2 * alone.p99_us.Median() + 100},
        absl::StrFormat("bare: alone; beside a session as fast as possible "
                        "whose steps take %.1f ms on %d threads",
                        step_ms.Median(), threads));
    m.threads = threads;
    m.neurons = kFewNeurons;
    m.synapses = int64_t{kFewNeurons} * kFewSynapses;
    Add(std::move(m), results);
  }
  return absl::OkStatus();
}

}  // namespace spiked::benchmark
