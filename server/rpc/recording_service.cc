// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/recording_service.h"

#include <memory>
#include <numeric>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/names.h"
#include "server/rpc/enums.h"
#include "server/rpc/ring_stream.h"
#include "server/rpc/session_lookup.h"
#include "server/rpc/session_name.h"
#include "server/rpc/state_stream.h"
#include "server/rpc/status_details.h"
#include "server/rpc/stream_times.h"
#include "server/rpc/synapse_stream.h"
#include "server/rpc/unary_call.h"

namespace spiked {
namespace {

constexpr int kMaxRecordedNeurons = 10'000;
constexpr int kMaxVariables = 100;
constexpr int64_t kMaxBinSteps = 1'000'000'000;

// The index of a population; 0, with a violation, if there is none.
int FindPopulation(const std::vector<PopulationShape>& shapes,
                   const std::string& name, const std::string& path,
                   Violations* violations) {
  const int index = IndexByName(shapes, name);
  if (index >= 0) return index;
  violations->Add(path, name.empty()
                            ? "is required"
                            : UnknownName("population", name, NamesOf(shapes)));
  return 0;
}

// [populations] those that are wanted; all if none is named.
template <typename Request>
std::vector<bool> SelectPopulations(const Request& request,
                                    const std::vector<PopulationShape>& shapes,
                                    Violations* violations) {
  std::vector<bool> wanted(shapes.size(), request.populations_size() == 0);
  if (static_cast<size_t>(request.populations_size()) > shapes.size()) {
    violations->Add(
        "populations",
        absl::StrCat(request.populations_size(),
                     " populations; the network has ", shapes.size()));
    return wanted;
  }
  for (int i = 0; i < request.populations_size(); ++i) {
    wanted[FindPopulation(shapes, request.populations(i),
                          absl::StrCat("populations[", i, "]"), violations)] =
        true;
  }
  return wanted;
}

template <typename Request>
void CheckStartStep(const Request& request, Violations* violations) {
  if (request.start_step() >= 0) return;
  violations->Add("start_step",
                  absl::StrCat(request.start_step(), " is less than 0"));
}

// Where a stream of the ring begins. OUT_OF_RANGE outside its history.
template <typename Request>
absl::StatusOr<SpikeRing::Cursor> Seek(const SpikeRing& ring,
                                       const Request& request,
                                       std::vector<bool> populations) {
  SpikeRing::Cursor cursor;
  const int64_t start = request.has_start_step() ? request.start_step() : -1;
  if (ring.Seek(start, std::move(populations), &cursor)) return cursor;
  return absl::OutOfRangeError(absl::StrCat(
      "start_step: ", start, " is not in the session's history up to step ",
      ring.end_step()));
}

// What is counted together.
std::vector<RateGroup> GroupsOf(const v1::StreamRatesRequest& request,
                                const std::vector<bool>& populations,
                                const std::vector<PopulationShape>& shapes,
                                Violations* violations) {
  std::vector<RateGroup> groups;
  int64_t begin = 0;
  for (size_t p = 0; p < shapes.size(); ++p) {
    const int64_t end = begin + shapes[p].size;
    if (populations[p]) {
      const int64_t columns = request.by_column() ? shapes[p].column_count : 1;
      if (std::ssize(groups) + columns > RateReader::kMaxCounts) {
        violations->Add("by_column",
                        absl::StrCat("more than ", RateReader::kMaxCounts,
                                     " columns; name fewer populations"));
        return {};
      }
      const int64_t size = shapes[p].size / columns;
      for (int64_t c = 0; c < columns; ++c) {
        groups.push_back({begin + c * size, begin + (c + 1) * size});
      }
    }
    begin = end;
  }
  return groups;
}

// The sources of a request; all of the projection's if none is named.
std::vector<int32_t> SelectSources(const v1::ReadSynapsesRequest& request,
                                   const PopulationShape& population,
                                   Violations* violations) {
  std::vector<int32_t> sources(request.source_indices().begin(),
                               request.source_indices().end());
  if (sources.empty()) {
    sources.resize(population.size);
    std::iota(sources.begin(), sources.end(), 0);
    return sources;
  }
  for (size_t i = 0; i < sources.size(); ++i) {
    const std::string path = absl::StrCat("source_indices[", i, "]");
    if (sources[i] < 0 || sources[i] >= population.size) {
      violations->Add(path, absl::StrCat(sources[i], " is not in [0, ",
                                         population.size, ")"));
      break;
    }
    if (i > 0 && sources[i] <= sources[i - 1]) {
      violations->Add(path,
                      absl::StrCat(sources[i], " follows ", sources[i - 1],
                                   "; must be ascending"));
      break;
    }
  }
  return sources;
}

void SelectVariables(const v1::StreamStateRequest& request,
                     const PopulationShape& population,
                     StateProbe::Selection* selection, Violations* violations) {
  if (request.variables_size() == 0) {
    violations->Add("variables", "is required; give at least one");
  }
  const auto& table = population.model->variables;
  if (request.variables_size() > kMaxVariables) {
    violations->Add("variables",
                    absl::StrCat(request.variables_size(), " variables; 1 to ",
                                 kMaxVariables, " are allowed"));
    return;
  }
  std::set<std::string> seen;
  for (int i = 0; i < request.variables_size(); ++i) {
    const std::string& name = request.variables(i);
    const std::string path = absl::StrCat("variables[", i, "]");
    const int index = IndexByName(table, name);
    if (index < 0) {
      violations->Add(path, UnknownName("variable of " + population.model->name,
                                        name, NamesOf(table)));
    } else if (!seen.insert(name).second) {
      violations->Add(path, absl::StrCat("\"", name, "\" occurs twice"));
    } else {
      selection->variables.push_back(index);
    }
  }
}

void SelectNeurons(const v1::StreamStateRequest& request,
                   const PopulationShape& population,
                   StateProbe::Selection* selection, Violations* violations) {
  const bool all = request.neuron_indices_size() == 0;
  const int64_t count = all ? population.size : request.neuron_indices_size();
  if (count > kMaxRecordedNeurons) {
    violations->Add(
        "neuron_indices",
        absl::StrCat(count, " neurons; list at most ", kMaxRecordedNeurons));
    return;
  }
  if (all) {
    selection->neurons.resize(count);
    std::iota(selection->neurons.begin(), selection->neurons.end(), 0);
    return;
  }
  for (int i = 0; i < request.neuron_indices_size(); ++i) {
    const int32_t index = request.neuron_indices(i);
    if (index < 0 || index >= population.size) {
      violations->Add(
          absl::StrCat("neuron_indices[", i, "]"),
          absl::StrCat(index, " is not in [0, ", population.size, ")"));
      return;
    }
    selection->neurons.push_back(index);
  }
}

StateProbe::Selection Select(const v1::StreamStateRequest& request,
                             const std::vector<PopulationShape>& shapes,
                             Violations* violations) {
  StateProbe::Selection selection;
  selection.interval_steps = std::max(1, request.interval_steps());
  const size_t before = violations->size();
  selection.population =
      FindPopulation(shapes, request.population(), "population", violations);
  if (violations->size() > before) return selection;
  const PopulationShape& population = shapes[selection.population];
  SelectVariables(request, population, &selection, violations);
  SelectNeurons(request, population, &selection, violations);
  return selection;
}

}  // namespace

grpc::ServerWriteReactor<v1::SpikeBatch>* RecordingService::StreamSpikes(
    grpc::CallbackServerContext* context,
    const v1::StreamSpikesRequest* request) {
  const auto refuse = RefuseStream<v1::SpikeBatch>;
  const RpcEnvironment environment = environment_.For(context);
  Violations violations;
  const std::string key = ParseSessionName(
      environment.caller, request->session(), "session", &violations);
  const int64_t window = WindowNanos(request->batch_window_ms(), &violations);
  CheckEnum(request->encoding(), "encoding", &violations);
  CheckStartStep(*request, &violations);
  if (key.empty()) return refuse(ToGrpcStatus(violations));
  const auto session = FindBuilt(*environment.registry, key);
  if (!session.ok()) {
    return refuse(violations.empty() ? ToGrpcStatus(session.status())
                                     : ToGrpcStatus(violations));
  }
  std::vector<bool> populations =
      SelectPopulations(*request, (*session)->shapes(), &violations);
  if (!violations.empty()) return refuse(ToGrpcStatus(violations));

  const SpikeRing* ring = (*session)->spikes();
  const auto cursor = Seek(*ring, *request, std::move(populations));
  if (!cursor.ok()) return refuse(ToGrpcStatus(cursor.status()));
  auto stream = std::make_shared<SpikeStream>(
      environment, StreamKind::kSpikes, *session,
      SpikeReader(ring, *cursor, request->encoding()), window);
  auto* reactor = stream->Open();
  stream->Begin();
  return reactor;
}

grpc::ServerWriteReactor<v1::StateBatch>* RecordingService::StreamState(
    grpc::CallbackServerContext* context,
    const v1::StreamStateRequest* request) {
  const auto refuse = RefuseStream<v1::StateBatch>;
  const RpcEnvironment environment = environment_.For(context);
  Violations violations;
  const std::string key = ParseSessionName(
      environment.caller, request->session(), "session", &violations);
  const int64_t window = WindowNanos(request->batch_window_ms(), &violations);
  CheckEnum(request->encoding(), "encoding", &violations);
  if (request->interval_steps() < 0) {
    violations.Add("interval_steps",
                   absl::StrCat(request->interval_steps(), " is less than 0"));
  }
  if (key.empty()) return refuse(ToGrpcStatus(violations));
  const auto session = FindBuilt(*environment.registry, key);
  if (!session.ok()) {
    return refuse(violations.empty() ? ToGrpcStatus(session.status())
                                     : ToGrpcStatus(violations));
  }
  StateProbe::Selection selection =
      Select(*request, (*session)->shapes(), &violations);
  if (!violations.empty()) return refuse(ToGrpcStatus(violations));

  auto stream = std::make_shared<StateStream>(
      environment, *session, std::move(selection), request->encoding(), window);
  auto* reactor = stream->Open();
  // The first message says that from here on samples are taken.
  (*session)->Post(ProbeCommand{stream->probe()},
                   [stream](const Outcome& outcome) {
                     if (outcome.status.ok()) return stream->Begin();
                     stream->End(ToGrpcStatus(outcome));
                   });
  return reactor;
}

grpc::ServerWriteReactor<v1::RateBatch>* RecordingService::StreamRates(
    grpc::CallbackServerContext* context,
    const v1::StreamRatesRequest* request) {
  const auto refuse = RefuseStream<v1::RateBatch>;
  const RpcEnvironment environment = environment_.For(context);
  Violations violations;
  const std::string key = ParseSessionName(
      environment.caller, request->session(), "session", &violations);
  const int64_t window = WindowNanos(request->batch_window_ms(), &violations);
  CheckStartStep(*request, &violations);
  if (request->bin_steps() < 1 || request->bin_steps() > kMaxBinSteps) {
    violations.Add("bin_steps",
                   absl::StrCat(request->bin_steps(), " is not in [1, ",
                                kMaxBinSteps, "]"));
  }
  if (key.empty()) return refuse(ToGrpcStatus(violations));
  const auto session = FindBuilt(*environment.registry, key);
  if (!session.ok()) {
    return refuse(violations.empty() ? ToGrpcStatus(session.status())
                                     : ToGrpcStatus(violations));
  }
  const std::vector<PopulationShape>& shapes = (*session)->shapes();
  const std::vector<bool> populations =
      SelectPopulations(*request, shapes, &violations);
  std::vector<RateGroup> groups =
      GroupsOf(*request, populations, shapes, &violations);
  if (!violations.empty()) return refuse(ToGrpcStatus(violations));

  const SpikeRing* ring = (*session)->spikes();
  const auto cursor = Seek(*ring, *request, populations);
  if (!cursor.ok()) return refuse(ToGrpcStatus(cursor.status()));
  auto stream = std::make_shared<RateStream>(
      environment, StreamKind::kRates, *session,
      RateReader(ring, *cursor, std::move(groups), request->bin_steps()),
      window);
  auto* reactor = stream->Open();
  stream->Begin();
  return reactor;
}

grpc::ServerWriteReactor<v1::SynapseBatch>* RecordingService::ReadSynapses(
    grpc::CallbackServerContext* context,
    const v1::ReadSynapsesRequest* request) {
  const auto refuse = RefuseStream<v1::SynapseBatch>;
  const RpcEnvironment environment = environment_.For(context);
  Violations violations;
  const std::string key = ParseSessionName(
      environment.caller, request->session(), "session", &violations);
  CheckEnum(request->encoding(), "encoding", &violations);
  if (key.empty()) return refuse(ToGrpcStatus(violations));
  const auto session = FindBuilt(*environment.registry, key);
  if (!session.ok()) {
    return refuse(violations.empty() ? ToGrpcStatus(session.status())
                                     : ToGrpcStatus(violations));
  }
  const std::vector<Projection>& projections =
      (*session)->network()->projections;
  ReadSynapsesCommand command;
  command.projection = IndexByName(projections, request->projection());
  if (command.projection < 0) {
    violations.Add("projection",
                   request->projection().empty()
                       ? "is required"
                       : UnknownName("projection", request->projection(),
                                     NamesOf(projections)));
    return refuse(ToGrpcStatus(violations));
  }
  command.sources = SelectSources(
      *request, (*session)->shapes()[projections[command.projection].source],
      &violations);
  if (!violations.empty()) return refuse(ToGrpcStatus(violations));

  auto stream =
      std::make_shared<SynapseStream>(environment, request->encoding());
  auto* reactor = stream->Open();
  (*session)->Post(std::move(command), [stream](Outcome outcome) {
    if (!outcome.status.ok()) return stream->End(ToGrpcStatus(outcome));
    stream->Take(std::move(outcome));
    stream->Begin();
  });
  return reactor;
}

grpc::ServerUnaryReactor* RecordingService::GetStateHash(
    grpc::CallbackServerContext* context,
    const v1::GetStateHashRequest* request,
    v1::GetStateHashResponse* response) {
  auto call = UnaryCall<v1::GetStateHashResponse>::Make(response);
  call->ReleaseRequest();
  const RpcEnvironment environment = environment_.For(context);
  Violations violations;
  const std::string key = ParseSessionName(
      environment.caller, request->session(), "session", &violations);
  if (!violations.empty()) {
    call->Fail(ToGrpcStatus(violations));
    return call.get();
  }
  const auto session = FindBuilt(*environment.registry, key);
  if (!session.ok()) {
    call->Fail(ToGrpcStatus(session.status()));
    return call.get();
  }
  (*session)->Post(HashCommand{}, [call](const Outcome& outcome) {
    if (!outcome.status.ok()) return call->Fail(ToGrpcStatus(outcome));
    call->Answer([&](v1::GetStateHashResponse* response) {
      response->set_step(outcome.session.step);
      response->set_epoch(outcome.session.epoch);
      response->set_hash(outcome.state_hash);
    });
  });
  return call.get();
}

}  // namespace spiked
