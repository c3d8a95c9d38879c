// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/services/recording_service.h"

#include <memory>
#include <optional>
#include <utility>

#include "core/network/state_hash.h"
#include "server/rpc/call/request_check.h"
#include "server/rpc/call/session_lookup.h"
#include "server/rpc/call/stream_times.h"
#include "server/rpc/call/unary_call.h"
#include "server/rpc/convert/enums.h"
#include "server/rpc/convert/in_range.h"
#include "server/rpc/convert/status_details.h"
#include "server/rpc/services/services.h"
#include "server/rpc/streams/request_parts.h"
#include "server/rpc/streams/spike_request.h"

namespace spiked {
namespace {

constexpr int64_t kMaxBufferBytes = int64_t{1} << 40;

// The filter is the part of a request for spikes that takes long.
Reading ReadingOf(const v1::StreamSpikesRequest& request, size_t bytes) {
  const bool has_filter =
      request.populations_size() > 0 || request.neuron_indices_size() > 0 ||
      request.columns_size() > 0 || request.sample_fraction() > 0;
  return {bytes, request.populations_size(), has_filter};
}

// The checks that requests for streams end with. OK if nothing is wrong.
template <class Request>
grpc::Status CheckAll(const RequestCheck& check, const Request& request) {
  if (!check.ok()) return check.status();
  return ToGrpcStatus(
      CheckPolicy(*check.session(), request.slow_consumer_policy()));
}

// The end of a stream whose request is refused.
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
  // A small request is parsed here, to know how long its filter takes.
  size_t size = bytes->Length();
  std::optional<bool> is_parsed;
  if (size < RpcEnvironment::kSmallRequestBytes) {
    is_parsed = parse();
    size = SizeOfReading(environment, TargetOf(*request),
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
  RequestCheck check(environment, TargetOf(request));
  StreamTimes times = CheckStream(request, check.violations());
  CheckEnum(request.encoding(), "encoding", check.violations());
  CheckStart(request, check.violations());
  CheckRange(request.max_buffer_bytes(), 0, kMaxBufferBytes, "max_buffer_bytes",
             check.violations());
  if (!check.has_session()) return refuse(check.status());
  auto filter =
      ReadFilter(environment, request, check.network(), check.violations());
  if (!filter.ok()) return refuse(ToGrpcStatus(filter.status()));
  if (grpc::Status status = CheckAll(check, request); !status.ok()) {
    return refuse(std::move(status));
  }

  const SpikeFeeds::Found found =
      feeds_.Find({check.network().spikes.get(),
                   request.encoding() == v1::FIXED32_BYTES ? v1::FIXED32_BYTES
                                                           : v1::DELTA_VARINT,
                   times.window_nanos},
                  *std::move(filter));
  SlowConsumer slow(request.slow_consumer_policy(), request.max_buffer_bytes());
  const SpikeCursor::Opening opening =
      OpeningOf(request, check.network(), found.filter, slow.block_bytes());
  SpikeCursor::Opened opened = SpikeCursor::Open(opening);
  if (opened.cursor == nullptr) return refuse(ToGrpcStatus(opened, opening));
  times.phase_nanos =
      static_cast<int64_t>(reinterpret_cast<uintptr_t>(found.feed.get()));
  stream->Take(check.session(), check.network(),
               SpikeReader(std::move(opened.cursor), found.feed),
               std::move(slow), times);
  return [stream] { stream->Begin(); };
}

grpc::ServerWriteReactor<v1::StateBatch>* RecordingService::StreamState(
    grpc::CallbackServerContext* context,
    const v1::StreamStateRequest* request) {
  const RpcEnvironment environment = environment_.For(context);
  const auto stream = std::make_shared<StateStream>(environment);
  const size_t size =
      SizeOfReading(environment, TargetOf(*request),
                    {static_cast<size_t>(request->ByteSizeLong()), 1,
                     request->neuron_indices_size() == 0});
  return stream->OpenAndRead(size, [environment, request, stream] {
    return OpenState(environment, request, stream);
  });
}

StateStream::Next RecordingService::OpenState(
    const RpcEnvironment& environment, const v1::StreamStateRequest* request,
    const std::shared_ptr<StateStream>& stream) {
  const auto refuse = [&](grpc::Status status) {
    return EndOf(stream, std::move(status));
  };
  RequestCheck check(environment, TargetOf(*request));
  const StreamTimes times = CheckStream(*request, check.violations());
  CheckEnum(request->encoding(), "encoding", check.violations());
  CheckRange(request->epoch(), 0, kMaxStep, "epoch", check.violations());
  CheckRange(request->interval_steps(), 0, kMaxStepCount, "interval_steps",
             check.violations());
  if (!check.has_session()) return refuse(check.status());
  StateProbe::Selection selection =
      SelectState(*request, check.network(), check.violations());
  if (grpc::Status status = CheckAll(check, *request); !status.ok()) {
    return refuse(std::move(status));
  }
  const SpikeRing::Position end = check.network().spikes->end();
  if (request->has_epoch() && request->epoch() != end.epoch) {
    return refuse(OtherEpochStatus(request->epoch(), end));
  }
  stream->Take(check.session(), check.network(), std::move(selection),
               request->encoding(), request->slow_consumer_policy(), times);
  if (absl::Status status = stream->probe()->Open(); !status.ok()) {
    return refuse(ToGrpcStatus(status));
  }
  return [stream, session = check.session(), built = check.built()] {
    // The first message says that from here on samples are taken.
    session->Post(
        ProbeCommand{stream->probe()},
        [stream](const Outcome& outcome) {
          if (outcome.status.ok()) return stream->Begin();
          stream->End(ToGrpcStatus(outcome));
        },
        built);
  };
}

grpc::ServerWriteReactor<v1::RateBatch>* RecordingService::StreamRates(
    grpc::CallbackServerContext* context,
    const v1::StreamRatesRequest* request) {
  const RpcEnvironment environment = environment_.For(context);
  const auto stream =
      std::make_shared<RateStream>(environment, StreamKind::kRates);
  const size_t size =
      SizeOfReading(environment, TargetOf(*request),
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
  RequestCheck check(environment, TargetOf(*request));
  const StreamTimes times = CheckStream(*request, check.violations());
  CheckStart(*request, check.violations());
  CheckRange(request->bin_steps(), 1, kMaxStepCount, "bin_steps",
             check.violations());
  if (!check.has_session()) return refuse(check.status());
  std::vector<SpikeGroup> groups =
      SelectGroups(*request, check.network(), check.violations());
  if (grpc::Status status = CheckAll(check, *request); !status.ok()) {
    return refuse(std::move(status));
  }

  const int64_t neuron_count = check.network().network->neuron_count;
  auto memory = ReserveForStream(
      environment, SpikeFilter::BytesOf(neuron_count) +
                       std::ssize(groups) * RateReader::kBytesPerGroup);
  if (!memory.ok()) return refuse(ToGrpcStatus(memory.status()));
  SlowConsumer slow(request->slow_consumer_policy(), 0);
  // The memory of the groups is given back with the filter, too: the reader
  // has both.
  const SpikeCursor::Opening opening =
      OpeningOf(*request, check.network(),
                Share(FilterOf(groups, neuron_count), *std::move(memory)),
                slow.block_bytes());
  SpikeCursor::Opened opened = SpikeCursor::Open(opening);
  if (opened.cursor == nullptr) return refuse(ToGrpcStatus(opened, opening));
  stream->Take(check.session(), check.network(),
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
      SizeOfReading(environment, TargetOf(*request),
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
  RequestCheck check(environment, TargetOf(*request));
  CheckEnum(request->encoding(), "encoding", check.violations());
  if (!check.has_session()) return refuse(check.status());
  const std::vector<Projection>& projections =
      check.network().network->projections;
  ReadSynapsesCommand command;
  const size_t before = check.violations()->size();
  command.projection = FindProjection(
      *check.network().network, request->projection(), check.violations());
  if (check.violations()->size() > before) return refuse(check.status());
  command.sources = SelectSources(
      *request, check.network().shapes[projections[command.projection].source],
      check.violations());
  if (!check.ok()) return refuse(check.status());

  return [stream, session = check.session(), command = std::move(command),
          built = check.built(), dispatcher = environment.dispatcher] {
    session->Post(
        command,
        [stream, session, dispatcher](const ReadSynapsesResult& result) {
          if (!result.status.ok()) return stream->End(ToGrpcStatus(result));
          // The list is the dispatcher's thread's.
          dispatcher->Post([stream, session, result] {
            RunOrEnd(
                [&] {
                  stream->Take(session, result);
                  stream->Begin();
                },
                stream->EndOfThrown());
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
  RequestCheck check(environment, TargetOf(*request));
  if (!check.ok()) {
    call->Fail(check.status());
    return call.get();
  }
  const auto done = [call, incarnation_id = check.session()->incarnation_id()](
                        const HashResult& result) {
    if (!result.status.ok()) return call->Fail(ToGrpcStatus(result));
    call->Answer([&](v1::GetStateHashResponse* response) {
      response->set_step(result.session.step);
      response->set_epoch(result.session.epoch);
      response->set_incarnation_id(incarnation_id);
      response->set_hash(result.state_hash);
      response->set_hash_version(kStateHashVersion);
    });
  };
  check.session()->Post(HashCommand{}, done);
  return call.get();
}

std::unique_ptr<grpc::Service> NewRecordingService(
    const RpcEnvironment& environment) {
  return std::make_unique<RecordingService>(environment);
}

}  // namespace spiked
