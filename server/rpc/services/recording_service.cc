// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/services/recording_service.h"

#include <memory>
#include <numeric>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/spec/names.h"
#include "server/rpc/call/session_lookup.h"
#include "server/rpc/call/stream_times.h"
#include "server/rpc/call/unary_call.h"
#include "server/rpc/convert/enums.h"
#include "server/rpc/convert/session_name.h"
#include "server/rpc/convert/status_details.h"
#include "server/rpc/services/services.h"
#include "server/rpc/streams/spike_request.h"
#include "server/rpc/streams/state_stream.h"

namespace spiked {
namespace {

constexpr int kMaxRecordedNeurons = 10'000;
constexpr int kMaxVariables = 100;
constexpr int64_t kMaxBinSteps = 1'000'000'000;

// Groups of a request for rates.
std::vector<SpikeGroup> GroupsOf(const v1::StreamRatesRequest& request,
                                 const SessionNetwork& network,
                                 Violations* violations) {
  std::vector<SpikeGroup> groups = MakeSpikeGroups(
      network.shapes,
      SelectPopulations(request.populations(), *network.network, violations),
      request.by_column());
  if (std::ssize(groups) > RateReader::kMaxCounts) {
    violations->Add("by_column",
                    absl::StrCat("more than ", RateReader::kMaxCounts,
                                 " columns; name fewer populations"));
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
                                        name, table));
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
                             const SessionNetwork& network,
                             Violations* violations) {
  StateProbe::Selection selection;
  selection.interval_steps = std::max(1, request.interval_steps());
  const size_t before = violations->size();
  selection.population = FindPopulation(*network.network, request.population(),
                                        "population", violations);
  if (violations->size() > before) return selection;
  const PopulationShape& population = network.shapes[selection.population];
  SelectVariables(request, population, &selection, violations);
  SelectNeurons(request, population, &selection, violations);
  return selection;
}

// What takes long in a request for spikes is its filter.
Reading ReadingOf(const v1::StreamSpikesRequest& request, size_t bytes) {
  const bool has_filter =
      request.populations_size() > 0 || request.neuron_indices_size() > 0 ||
      request.columns_size() > 0 || request.sample_fraction() > 0;
  return {bytes, request.populations_size(), has_filter};
}

// A request that is refused.
template <class Stream>
typename Stream::Next EndOf(const std::shared_ptr<Stream>& stream,
                            grpc::Status status) {
  return [stream, status = std::move(status)] { stream->End(status); };
}

}  // namespace

grpc::ServerWriteReactor<grpc::ByteBuffer>* RecordingService::StreamSpikes(
    grpc::CallbackServerContext* context, const grpc::ByteBuffer* bytes) {
  const RpcEnvironment environment = environment_.For(context);
  const auto stream =
      std::make_shared<SpikeStream>(environment, StreamKind::kSpikes);
  const auto request = std::make_shared<v1::StreamSpikesRequest>();
  const auto parse = [bytes, request] {
    grpc::ByteBuffer copy = *bytes;  // of references: parsing takes it apart
    return grpc::SerializationTraits<v1::StreamSpikesRequest>::Deserialize(
               &copy, request.get())
        .ok();
  };
  // What is small is parsed here, to know what its filter takes.
  size_t size = bytes->Length();
  std::optional<bool> is_parsed;
  if (size < RpcEnvironment::kSmallRequestBytes) {
    is_parsed = parse();
    size = SizeOfReading(environment, request->session(),
                         ReadingOf(*request, size));
  }
  return stream->OpenAndRead(
      size, [this, environment, request, stream, parse, is_parsed] {
        if (is_parsed.has_value() ? *is_parsed : parse()) {
          return OpenSpikes(environment, *request, stream);
        }
        Violations violations;
        violations.Add("request", "is no StreamSpikesRequest");
        return EndOf(stream, ToGrpcStatus(violations));
      });
}

SpikeStream::Next RecordingService::OpenSpikes(
    const RpcEnvironment& environment, const v1::StreamSpikesRequest& request,
    const std::shared_ptr<SpikeStream>& stream) {
  const auto refuse = [&](grpc::Status status) {
    return EndOf(stream, std::move(status));
  };
  Violations violations;
  const std::string key = ParseSessionName(
      environment.caller, request.session(), "session", &violations);
  StreamTimes times = CheckStream(request, &violations);
  CheckEnum(request.encoding(), "encoding", &violations);
  CheckStartStep(request, &violations);
  if (request.max_buffer_bytes() < 0) {
    violations.Add("max_buffer_bytes",
                   absl::StrCat(request.max_buffer_bytes(), " is less than 0"));
  }
  if (key.empty()) return refuse(ToGrpcStatus(violations));
  const auto session = FindBuilt(*environment.registry, key);
  if (!session.ok()) {
    return refuse(violations.empty() ? ToGrpcStatus(session.status())
                                     : ToGrpcStatus(violations));
  }
  const Session::Built built = (*session)->built();
  SpikeFilter filter = ReadFilter(request, *built, &violations);
  if (!violations.empty()) return refuse(ToGrpcStatus(violations));
  if (absl::Status status =
          CheckPolicy(**session, request.slow_consumer_policy());
      !status.ok()) {
    return refuse(ToGrpcStatus(status));
  }

  const SpikeFeeds::Found found =
      feeds_.Find({built->spikes.get(),
                   request.encoding() == v1::FIXED32_BYTES ? v1::FIXED32_BYTES
                                                           : v1::DELTA_VARINT,
                   times.window_nanos},
                  std::move(filter));
  SlowConsumer slow(request.slow_consumer_policy(), request.max_buffer_bytes());
  const SpikeCursor::Opening opening =
      OpeningOf(request, *built, found.filter, slow.block_bytes());
  SpikeCursor::Opened opened = SpikeCursor::Open(opening);
  if (opened.cursor == nullptr) return refuse(ToGrpcStatus(opened, opening));
  times.phase_nanos =
      static_cast<int64_t>(reinterpret_cast<uintptr_t>(found.feed.get()));
  stream->Take(*session, *built,
               SpikeReader(std::move(opened.cursor), found.feed),
               std::move(slow), times);
  return [stream] { stream->Begin(); };
}

grpc::ServerWriteReactor<v1::StateBatch>* RecordingService::StreamState(
    grpc::CallbackServerContext* context,
    const v1::StreamStateRequest* request) {
  const auto refuse = RefuseStream<v1::StateBatch>;
  const RpcEnvironment environment = environment_.For(context);
  Violations violations;
  const std::string key = ParseSessionName(
      environment.caller, request->session(), "session", &violations);
  const StreamTimes times = CheckStream(*request, &violations);
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
  const Session::Built built = (*session)->built();
  StateProbe::Selection selection = Select(*request, *built, &violations);
  if (!violations.empty()) return refuse(ToGrpcStatus(violations));

  if (absl::Status status =
          CheckPolicy(**session, request->slow_consumer_policy());
      !status.ok()) {
    return refuse(ToGrpcStatus(status));
  }
  const SpikeRing::Position end = built->spikes->end();
  if (request->has_epoch() && request->epoch() != end.epoch) {
    return refuse(OtherEpochStatus(request->epoch(), end));
  }
  auto stream = std::make_shared<StateStream>(
      environment, *session, *built, std::move(selection), request->encoding(),
      request->slow_consumer_policy(), times);
  auto* reactor = stream->Open();
  if (absl::Status status = stream->probe()->Open(); !status.ok()) {
    stream->End(ToGrpcStatus(status));
    return reactor;
  }
  // The first message says that from here on samples are taken.
  (*session)->Post(
      ProbeCommand{stream->probe()},
      [stream](const Outcome& outcome) {
        if (outcome.status.ok()) return stream->Begin();
        stream->End(ToGrpcStatus(outcome));
      },
      built);
  return reactor;
}

grpc::ServerWriteReactor<v1::RateBatch>* RecordingService::StreamRates(
    grpc::CallbackServerContext* context,
    const v1::StreamRatesRequest* request) {
  const RpcEnvironment environment = environment_.For(context);
  const auto stream =
      std::make_shared<RateStream>(environment, StreamKind::kRates);
  const size_t size =
      SizeOfReading(environment, request->session(),
                    {static_cast<size_t>(request->ByteSizeLong()),
                     request->populations_size(),
                     request->by_column() || request->populations_size() > 0});
  return stream->OpenAndRead(size, [environment, request, stream] {
    return OpenRates(environment, request, stream);
  });
}

RateStream::Next RecordingService::OpenRates(
    const RpcEnvironment& environment, const v1::StreamRatesRequest* request,
    const std::shared_ptr<RateStream>& stream) {
  const auto refuse = [&](grpc::Status status) {
    return EndOf(stream, std::move(status));
  };
  Violations violations;
  const std::string key = ParseSessionName(
      environment.caller, request->session(), "session", &violations);
  const StreamTimes times = CheckStream(*request, &violations);
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
  const Session::Built built = (*session)->built();
  std::vector<SpikeGroup> groups = GroupsOf(*request, *built, &violations);
  if (!violations.empty()) return refuse(ToGrpcStatus(violations));
  if (absl::Status status =
          CheckPolicy(**session, request->slow_consumer_policy());
      !status.ok()) {
    return refuse(ToGrpcStatus(status));
  }

  SlowConsumer slow(request->slow_consumer_policy(), 0);
  const SpikeCursor::Opening opening =
      OpeningOf(*request, *built,
                std::make_shared<const SpikeFilter>(
                    FilterOf(groups, built->network->neuron_count)),
                slow.block_bytes());
  SpikeCursor::Opened opened = SpikeCursor::Open(opening);
  if (opened.cursor == nullptr) return refuse(ToGrpcStatus(opened, opening));
  stream->Take(*session, *built,
               RateReader(std::move(opened.cursor), std::move(groups),
                          request->bin_steps()),
               std::move(slow), times);
  return [stream] { stream->Begin(); };
}

grpc::ServerWriteReactor<v1::SynapseBatch>* RecordingService::ReadSynapses(
    grpc::CallbackServerContext* context,
    const v1::ReadSynapsesRequest* request) {
  const RpcEnvironment environment = environment_.For(context);
  const auto stream =
      std::make_shared<SynapseStream>(environment, request->encoding());
  const size_t size =
      SizeOfReading(environment, request->session(),
                    {static_cast<size_t>(request->ByteSizeLong()), 0, true});
  return stream->OpenAndRead(size, [environment, request, stream] {
    return OpenSynapses(environment, request, stream);
  });
}

SynapseStream::Next RecordingService::OpenSynapses(
    const RpcEnvironment& environment, const v1::ReadSynapsesRequest* request,
    const std::shared_ptr<SynapseStream>& stream) {
  const auto refuse = [&](grpc::Status status) {
    return EndOf(stream, std::move(status));
  };
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
  const Session::Built built = (*session)->built();
  const std::vector<Projection>& projections = built->network->projections;
  ReadSynapsesCommand command;
  const size_t before = violations.size();
  command.projection =
      FindProjection(*built->network, request->projection(), &violations);
  if (violations.size() > before) return refuse(ToGrpcStatus(violations));
  command.sources = SelectSources(
      *request, built->shapes[projections[command.projection].source],
      &violations);
  if (!violations.empty()) return refuse(ToGrpcStatus(violations));

  return [stream, session = *session, command = std::move(command), built,
          dispatcher = environment.dispatcher] {
    session->Post(
        command,
        [stream, session, dispatcher](const Outcome& outcome) {
          if (!outcome.status.ok()) return stream->End(ToGrpcStatus(outcome));
          // The list is the dispatcher's thread's.
          dispatcher->Post([stream, session, outcome] {
            stream->Take(session, outcome);
            stream->Begin();
          });
        },
        built);
  };
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

std::unique_ptr<grpc::Service> NewRecordingService(
    const RpcEnvironment& environment) {
  return std::make_unique<RecordingService>(environment);
}

}  // namespace spiked
