// SPDX-License-Identifier: Apache-2.0

#include "tests/benchmark/daemon/health_benchmark.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "spiked/v1/change.pb.h"
#include "spiked/v1/recording.pb.h"
#include "spiked/v1/server.pb.h"
#include "tests/benchmark/daemon/background_calls.h"
#include "tests/benchmark/daemon/daemon_client.h"
#include "tests/benchmark/daemon/daemon_process.h"
#include "tests/benchmark/daemon/tenant_tokens.h"
#include "tests/benchmark/daemon/unfinished_requests.h"

namespace spiked::benchmark {
namespace {

constexpr int kPopulations = 10'000;  // the most that are allowed
constexpr int kJoined = 300;          // populations, each joined with each:
constexpr int kProjections = kJoined * kJoined;
constexpr int kUnknownNames = 100;
constexpr double kWallS = 2;
constexpr double kHealthBarMs = 100;

// The longest names that are allowed, and others that resemble them.
std::string Name(int i) {
  std::string name = absl::StrCat("p", i);
  name.resize(64, '_');
  return name;
}
std::string UnknownName(int i) {
  std::string name = Name(i);
  name[60] = 'x';
  return name;
}

v1::Network NetworkOf(int populations) {
  v1::Network network;
  network.set_dt_ms(1);
  for (int i = 0; i < populations; ++i) {
    v1::Population* population = network.add_populations();
    population->set_name(Name(i));
    population->set_size(1);
    population->set_model("izhikevich");
  }
  return network;
}

void AddProjection(const std::string& name, const std::string& source,
                   const std::string& target, v1::Network* network) {
  v1::Projection* projection = network->add_projections();
  projection->set_name(name);
  projection->set_source(source);
  projection->set_target(target);
  projection->mutable_all_to_all();
  projection->set_allow_autapses(true);
  projection->mutable_weight()->set_constant(1);
  projection->mutable_delay_ms()->set_constant(1);
}

// Short names, so that the request is not too long.
v1::Network NetworkOfProjections() {
  v1::Network network = NetworkOf(kJoined);
  for (int i = 0; i < kJoined; ++i) {
    network.mutable_populations(i)->set_name(absl::StrCat("p", i));
  }
  for (int i = 0; i < kProjections; ++i) {
    AddProjection(Name(i), absl::StrCat("p", i / kJoined),
                  absl::StrCat("p", i % kJoined), &network);
  }
  return network;
}

v1::CreateSessionRequest RequestOf(const std::string& id,
                                   const v1::Network& network) {
  v1::CreateSessionRequest request;
  request.set_session_id(id);
  request.set_pacing(v1::LOCKSTEP);
  *request.mutable_network() = network;
  return request;
}

// Calls, by clients that make them in loops.
struct Load {
  std::string name;
  std::string note;
  std::vector<CallLoops::Loop> loops;
  bool unfinished = false;  // instead: requests that never end
};

constexpr auto kRefused = grpc::StatusCode::INVALID_ARGUMENT;

RawCall ChangeCall(const std::string& session) {
  v1::ChangeNetworkRequest request;
  request.set_session(session);
  for (int i = 0; i < kUnknownNames; ++i) {
    request.add_changes()->mutable_silence()->set_population(UnknownName(i));
  }
  return MakeCall("NetworkService/ChangeNetwork", request, kRefused);
}

RawCall HistogramCall(const std::string& session) {
  v1::GetWeightHistogramRequest request;
  request.set_session(session);
  request.set_projection(UnknownName(7));
  return MakeCall("RecordingService/GetWeightHistogram", request, kRefused);
}

RawCall StateCall(const std::string& session) {
  v1::StreamStateRequest request;
  request.set_session(session);
  request.set_population(UnknownName(7));
  request.add_variables("v_mv");
  return MakeCall("RecordingService/StreamState", request, kRefused);
}

RawCall SpectrumCall(const std::string& session) {
  v1::GetPopulationSpectrumRequest request;
  request.set_session(session);
  request.set_population(UnknownName(7));
  request.set_window_steps(100);
  request.set_bin_steps(1);
  return MakeCall("RecordingService/GetPopulationSpectrum", request, kRefused);
}

// Some 44 kB. The id is each client's own: a name that is being created
// already is refused before the network is looked at.
RawCall CreateCall(int client) {
  v1::Network network = NetworkOf(260);
  for (int i = 0; i < kUnknownNames; ++i) {
    AddProjection(absl::StrCat("j", i), UnknownName(i), UnknownName(i + 100),
                  &network);
  }
  return MakeCall("SessionService/CreateSession",
                  RequestOf(absl::StrCat("never-", client), network), kRefused);
}

RawCall GetCall(const std::string& session) {
  v1::GetSessionRequest request;
  request.set_name(session);
  return MakeCall("SessionService/GetSession", request);
}

std::vector<Load> Loads(const std::string& names,
                        const std::string& projections,
                        const std::string& small) {
  const auto many = [](int count, const CallLoops::Loop& loop) {
    return std::vector<CallLoops::Loop>(count, loop);
  };
  return {
      {"changes", "2 clients change 100 unknown populations among 10000",
       many(2, {ChangeCall(names)})},
      {"histograms", "4 clients ask for an unknown projection among 90000",
       many(4, {HistogramCall(projections)})},
      {"states", "4 clients stream an unknown population among 10000",
       many(4, {StateCall(names)})},
      {"spectra", "4 clients ask for an unknown population among 10000",
       many(4, {SpectrumCall(names)})},
      {"creations",
       "4 clients create networks with 200 unknown names",
       {{CreateCall(0)}, {CreateCall(1)}, {CreateCall(2)}, {CreateCall(3)}}},
      {"sessions", "4 clients get a session of 10000 populations",
       many(4, {GetCall(names)})},
      {"unfinished", "80 requests that never end", {}, /*unfinished=*/true},
      {"flood", "240 clients make cheap calls",
       many(240, {MakeCall("ServerService/GetServerInfo",
                           v1::GetServerInfoRequest()),
                  GetCall(small)})},
  };
}

double QuantileOf(const std::vector<double>& sorted, double fraction) {
  if (sorted.empty()) return 0;
  const auto rank = static_cast<size_t>(
      std::ceil(fraction * static_cast<double>(sorted.size())));
  return sorted[std::max<size_t>(rank, 1) - 1];
}

// Times of one kind of call, in milliseconds.
struct Times {
  Samples p50, p99, max;

  void Add(const std::vector<double>& sorted_ms) {
    p50.runs.push_back(QuantileOf(sorted_ms, 0.5));
    p99.runs.push_back(QuantileOf(sorted_ms, 0.99));
    max.runs.push_back(QuantileOf(sorted_ms, 1));
  }
};

struct Asked {
  Times health, stranger;
};

// What asks: a daemon, and a session of a tenant who does nothing else.
struct Place {
  std::string address;
  const TenantTokens* tokens;
  std::string own_session;
};

absl::Status Ask(const Place& place, Asked* asked) {
  TimedCalls health(place.address, "", HealthCall());
  TimedCalls stranger(place.address, place.tokens->watched,
                      GetCall(place.own_session));
  std::this_thread::sleep_for(std::chrono::duration<double>(kWallS));
  const auto of_health = health.Stop();
  const auto of_stranger = stranger.Stop();
  if (!of_health.ok()) return of_health.status();
  if (!of_stranger.ok()) return of_stranger.status();
  asked->health.Add(*of_health);
  asked->stranger.Add(*of_stranger);
  return absl::OkStatus();
}

void AddTimes(const std::string& name, const Times& times, const Times& alone,
              std::optional<Bar> p99_bar, const std::string& note,
              std::vector<Measurement>* results) {
  struct Row {
    const char* figure;
    const Samples Times::*samples;
    std::optional<Bar> bar;
  };
  for (const Row& row :
       {Row{"p50", &Times::p50, {}}, Row{"p99", &Times::p99, p99_bar},
        Row{"max", &Times::max, {}}}) {
    Measurement m;
    m.benchmark = absl::StrCat(name, "_", row.figure);
    m.unit = "ms";
    m.figure = times.*row.samples;
    m.bare = alone.*row.samples;
    m.bar = row.bar;
    m.note = note;
    Print(m, std::cout);
    results->push_back(std::move(m));
  }
}

absl::Status RunLoad(const Load& load, const Place& place, int runs,
                     std::vector<Measurement>* results) {
  Asked alone, beside;
  Samples calls_per_s;
  int64_t unexpected = 0;
  for (int run = 0; run < runs; ++run) {
    if (auto s = Ask(place, &alone); !s.ok()) return s;
    std::unique_ptr<UnfinishedRequests> unfinished;
    if (load.unfinished) {
      unfinished = std::make_unique<UnfinishedRequests>(place.address,
                                                        place.tokens->other);
    }
    const double begin = Now();
    const CallLoops calls(place.address, place.tokens->other, load.loops);
    if (auto s = Ask(place, &beside); !s.ok()) return s;
    calls_per_s.runs.push_back(static_cast<double>(calls.answered()) /
                               (Now() - begin));
    unexpected += calls.unexpected();
  }
  std::string note = absl::StrCat("bare: without; ", load.note);
  if (!load.unfinished) {
    absl::StrAppend(&note, "; ", std::llround(calls_per_s.Median()),
                    " calls/s; ", unexpected, " answered unexpectedly");
  }
  AddTimes(absl::StrCat("health_", load.name), beside.health, alone.health,
           Bar{kHealthBarMs}, note, results);
  AddTimes(absl::StrCat("stranger_", load.name), beside.stranger,
           alone.stranger, std::nullopt, note, results);
  return absl::OkStatus();
}

}  // namespace

absl::Status RunHealth(const RunOptions& options,
                       std::vector<Measurement>* results) {
  const auto tokens = TenantTokens::Make(options.daemon_path);
  if (!tokens.ok()) return tokens.status();
  const TemporaryFile token_file(tokens->file_text);
  const auto daemon = DaemonProcess::Start(
      options.daemon_path,
      {"--workers", "2", "--token-file", token_file.path()});
  if (!daemon.ok()) return daemon.status();
  const std::string address = (*daemon)->address();
  const auto other = Connect(address, tokens->other);
  SessionSet names(other, RequestOf("names", NetworkOf(kPopulations)));
  SessionSet projections(other,
                         RequestOf("projections", NetworkOfProjections()));
  SessionSet small(other, RequestOf("small", NetworkOf(1)));
  SessionSet own(Connect(address, tokens->watched),
                 RequestOf("own", NetworkOf(1)));
  for (SessionSet* set : {&names, &projections, &small, &own}) {
    if (auto s = set->GrowTo(1); !s.ok()) return s;
  }
  const Place place{address, &*tokens, own.name(0)};
  for (const Load& load :
       Loads(names.name(0), projections.name(0), small.name(0))) {
    if (auto s = RunLoad(load, place, std::min(options.runs, 3), results);
        !s.ok()) {
      return s;
    }
  }
  return absl::OkStatus();
}

}  // namespace spiked::benchmark
