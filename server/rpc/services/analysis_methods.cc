// SPDX-License-Identifier: Apache-2.0
//
// RecordingService::GetWeightHistogram and GetPopulationSpectrum. The results
// are computed on a thread for analysis, from a copy of the session's state or
// from its history.

#include <cmath>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/network/state.h"
#include "core/spec/names.h"
#include "server/base/owner_turns.h"
#include "server/rpc/call/request_check.h"
#include "server/rpc/call/session_lookup.h"
#include "server/rpc/call/unary_call.h"
#include "server/rpc/convert/in_range.h"
#include "server/rpc/convert/status_details.h"
#include "server/rpc/services/population_spectrum.h"
#include "server/rpc/services/recording_service.h"
#include "server/rpc/services/weight_histogram.h"
#include "server/rpc/streams/spike_request.h"
#include "server/session/session_key.h"

namespace spiked {
namespace {

constexpr int kMaxHistogramBins = 10'000;
constexpr int64_t kMaxSpectrumBins = 1 << 20;
constexpr int64_t kMaxSpikesPerRead = 1 << 20;
// Memory per bin while a spectrum is computed: transforms are padded to a power
// of two that is at least twice as long.
constexpr int64_t kBytesPerBin = 272;

using HistogramCall = UnaryCall<v1::GetWeightHistogramResponse>;
using SpectrumCall = UnaryCall<v1::GetPopulationSpectrumResponse>;

void CheckBins(const v1::GetWeightHistogramRequest& request,
               Violations* violations) {
  CheckRange(request.bin_count(), 0, kMaxHistogramBins, "bin_count",
             violations);
  if (!std::isfinite(request.min_weight())) {
    violations->Add("min_weight", "is not finite");
  }
  if (!std::isfinite(request.max_weight())) {
    violations->Add("max_weight", "is not finite");
  }
  if (request.has_min_weight() && request.has_max_weight() &&
      !(request.min_weight() < request.max_weight())) {
    violations->Add("min_weight", absl::StrCat(request.min_weight(),
                                               " is not less than max_weight (",
                                               request.max_weight(), ")"));
  }
}

Histogram HistogramOf(const v1::GetWeightHistogramRequest& request,
                      const Network& network, const State& state,
                      int projection) {
  std::optional<double> min;
  std::optional<double> max;
  if (request.has_min_weight()) min = request.min_weight();
  if (request.has_max_weight()) max = request.max_weight();
  return MakeHistogram(
      [&](const std::function<void(double)>& visit) {
        VisitSynapses(network, state, projection,
                      [&](const SynapseReading& s) { visit(s.weight); });
      },
      request.bin_count() == 0 ? 100 : request.bin_count(), min, max);
}

void ToProto(const Histogram& histogram, const SessionStatus& status,
             v1::GetWeightHistogramResponse* response) {
  response->set_step(status.step);
  response->set_epoch(status.epoch);
  response->set_synapse_count(histogram.count);
  response->mutable_counts()->Add(histogram.bins.begin(), histogram.bins.end());
  response->set_min_weight(histogram.min);
  response->set_max_weight(histogram.max);
  response->set_below_count(histogram.below_count);
  response->set_above_count(histogram.above_count);
  response->set_mean(histogram.mean);
  response->set_standard_deviation(histogram.standard_deviation);
  response->set_smallest(histogram.smallest);
  response->set_largest(histogram.largest);
}

// Checks window_steps and bin_steps of a request for a spectrum.
void CheckWindow(const v1::GetPopulationSpectrumRequest& request,
                 Violations* violations) {
  const int64_t bin = request.bin_steps();
  const int64_t window = request.window_steps();
  const bool has_bin =
      CheckRange(bin, 1, kMaxStepCount, "bin_steps", violations);
  if (!CheckRange(window, 2, kMaxStep, "window_steps", violations) ||
      !has_bin) {
    return;
  }
  if (window / bin < 2 || window / bin > kMaxSpectrumBins) {
    violations->Add(
        "window_steps",
        absl::StrCat(window, " steps are ", window / bin, " bins; 2 to ",
                     kMaxSpectrumBins, " are allowed"));
  }
}

// Counts a group's spikes in bins from `first_step` to `end`. False if the
// history has lost some of the steps.
bool CountBins(const SpikeRing& ring, SpikeRing::Position end, SpikeGroup group,
               int64_t first_step, int64_t bin_steps,
               std::vector<int32_t>* counts) {
  SpikeRing::Position here = {end.epoch, first_step};
  while (here.step < end.step) {
    const SpikeRing::Reading reading =
        ring.Read(here, kMaxSpikesPerRead, end.step);
    if (!reading.found) return false;
    for (const SpikeRing::Piece& piece : reading.pieces) {
      for (const auto* step = piece.begin; step != piece.end; ++step) {
        CountSpikes<int32_t>(
            piece.chunk->neurons(*step), {&group, 1},
            counts->data() + (step->step - first_step) / bin_steps);
      }
    }
    here.step = reading.end_step;
  }
  return true;
}

// Computes a spectrum and answers the call.
void AnswerSpectrum(const v1::GetPopulationSpectrumRequest& request,
                    const Session& session, const SessionNetwork& network,
                    SpikeGroup group, SpectrumCall& call) {
  const SpikeRing& ring = *network.spikes;
  const SpikeRing::Position end = ring.end();
  const int64_t bins = request.window_steps() / request.bin_steps();
  const int64_t first_step = end.step - bins * request.bin_steps();
  std::vector<int32_t> counts(bins);
  if (first_step < 0 ||
      !CountBins(ring, end, group, first_step, request.bin_steps(), &counts)) {
    const int64_t oldest = ring.oldest_step();
    return call.Fail(ToGrpcStatus(
        Refusal(
            Reason::kHistoryEvicted,
            absl::StrCat("window_steps: the window begins at step ", first_step,
                         "; the oldest in the session's history is ", oldest)),
        {{"oldest_step", absl::StrCat(oldest)}}));
  }
  const double bin_s =
      static_cast<double>(request.bin_steps()) * network.network->dt_ms / 1000;
  const Spectrum spectrum = MakeSpectrum(counts, bin_s);
  call.Answer([&](v1::GetPopulationSpectrumResponse* response) {
    response->set_first_step(first_step);
    response->set_end_step(end.step);
    response->set_epoch(end.epoch);
    response->set_incarnation_id(session.incarnation_id());
    response->mutable_frequencies_hz()->Add(spectrum.frequencies_hz.begin(),
                                            spectrum.frequencies_hz.end());
    response->mutable_power()->Add(spectrum.power.begin(),
                                   spectrum.power.end());
    int64_t spikes = 0;
    for (const int32_t count : counts) spikes += count;
    response->set_spike_count(spikes);
  });
}

// The session and network of a waiting request. The pointers are weak, so that
// a waiting request keeps no network in memory.
struct WaitingSession {
  std::weak_ptr<Session> session;
  std::weak_ptr<const SessionNetwork> built;
};

// Gets the session and network back when the request's turn has come. False,
// after ending the call, if the session was deleted or its network edited.
template <class Call>
bool FindAgain(const WaitingSession& waiting, const std::string& name,
               std::shared_ptr<Session>* session, Session::Built* built,
               Call& call) {
  *session = waiting.session.lock();
  *built = waiting.built.lock();
  if (*session == nullptr) {
    call.Fail(ToGrpcStatus(
        Refusal(Reason::kSessionNotFound,
                absl::StrCat("session \"", name, "\" was deleted"))));
    return false;
  }
  if (*built == nullptr || *built != (*session)->built()) {
    call.Fail(ToGrpcStatus(Refusal(
        Reason::kNetworkEdited, absl::StrCat("the network of session \"", name,
                                             "\" was edited meanwhile"))));
    return false;
  }
  return true;
}

// Runs a part of a call's work; ends the call if it throws.
template <class Call, class Work>
void RunOrFail(const Work& work, Call& call) {
  RunOrEnd(work, [&](grpc::Status status) { call.Fail(std::move(status)); });
}

// A histogram on its way: it waits for its tenant's turn, then for the session,
// which copies its state, then for the thread that computes it. No thread waits
// with it. Used by one thread at a time.
class HistogramWork : public std::enable_shared_from_this<HistogramWork> {
 public:
  HistogramWork(std::shared_ptr<HistogramCall> call,
                v1::GetWeightHistogramRequest wanted, int projection,
                WaitingSession waiting)
      : call_(std::move(call)),
        wanted_(std::move(wanted)),
        projection_(projection),
        waiting_(std::move(waiting)) {}

  // The turn has come: asks the session for a copy of its state.
  void Begin(std::shared_ptr<OwnerTurns::Turn> turn);

 private:
  // The session has answered.
  void Compute();

  // First, because the turn is over when the rest, with the copy, is gone.
  std::shared_ptr<OwnerTurns::Turn> turn_;
  const std::shared_ptr<HistogramCall> call_;
  const v1::GetWeightHistogramRequest wanted_;
  const int projection_;
  const WaitingSession waiting_;
  std::string incarnation_id_;
  Session::Built built_;
  SnapshotResult copy_;
};

void HistogramWork::Begin(std::shared_ptr<OwnerTurns::Turn> turn) {
  std::shared_ptr<Session> session;
  if (!FindAgain(waiting_, wanted_.session(), &session, &built_, *call_)) {
    return;
  }
  turn_ = std::move(turn);
  incarnation_id_ = session->incarnation_id();
  session->Post(
      SnapshotCommand{.cancelled = call_->cancelled()},
      [self = shared_from_this()](SnapshotResult result) {
        self->copy_ = std::move(result);
        self->turn_->Post(
            [self] { RunOrFail([&] { self->Compute(); }, *self->call_); });
      },
      built_);
}

void HistogramWork::Compute() {
  if (*call_->cancelled()) return;
  if (!copy_.status.ok()) return call_->Fail(ToGrpcStatus(copy_));
  const Histogram histogram =
      HistogramOf(wanted_, *built_->network, *copy_.snapshot, projection_);
  call_->Answer([&](v1::GetWeightHistogramResponse* answer) {
    ToProto(histogram, copy_.session, answer);
    answer->set_incarnation_id(incarnation_id_);
  });
  copy_.snapshot = nullptr;  // here, rather than on the session's worker
}

// Checks a request for a histogram, and has it made when its turn has come, so
// that a tenant has only one copy of a state at a time. A call that is
// cancelled gives its place up, also while its session doesn't answer.
void PostHistogram(const RpcEnvironment& environment,
                   const v1::GetWeightHistogramRequest& wanted,
                   const std::shared_ptr<HistogramCall>& call,
                   OwnerTurns& turns) {
  Violations violations;
  CheckBins(wanted, &violations);
  RequestCheck check(environment, TargetOf(wanted), std::move(violations));
  if (!check.has_session()) return call->Fail(check.status());
  const int projection = FindProjection(
      *check.network().network, wanted.projection(), check.violations());
  if (!check.ok()) return call->Fail(check.status());
  const auto work = std::make_shared<HistogramWork>(
      call, wanted, projection, WaitingSession{check.session(), check.built()});
  const std::weak_ptr<OwnerTurns::Turn> turn =
      turns.Post(TenantOf(check.session()->key()),
                 [work, call](std::shared_ptr<OwnerTurns::Turn> begun) {
                   RunOrFail([&] { work->Begin(std::move(begun)); }, *call);
                 });
  call->WhenCancelled([turn] {
    if (const auto waiting = turn.lock()) waiting->GiveUp();
  });
}

// Checks a request for a spectrum, and has it computed when its turn has come.
void PostSpectrum(const RpcEnvironment& environment,
                  const v1::GetPopulationSpectrumRequest& wanted,
                  const std::shared_ptr<SpectrumCall>& call,
                  Executor& analysis) {
  Violations violations;
  CheckWindow(wanted, &violations);
  RequestCheck check(environment, TargetOf(wanted), std::move(violations));
  if (!check.has_session()) return call->Fail(check.status());
  const auto& shapes = check.network().shapes;
  std::vector<bool> populations(shapes.size());
  const int population =
      FindPopulation(*check.network().network, wanted.population(),
                     "population", check.violations());
  if (!check.ok()) return call->Fail(check.status());
  populations[population] = true;
  const SpikeGroup group = MakeSpikeGroups(shapes, populations, false).front();
  const auto make = [call, wanted, group, registry = environment.registry,
                     tenant = environment.caller.tenant,
                     waiting = WaitingSession{check.session(), check.built()}] {
    if (*call->cancelled()) return;
    std::shared_ptr<Session> session;
    Session::Built built;
    if (!FindAgain(waiting, wanted.session(), &session, &built, *call)) return;
    const auto memory = registry->ledger()->Reserve(
        tenant, kBytesPerBin * (wanted.window_steps() / wanted.bin_steps()),
        "the spectrum");
    if (!memory.ok()) return call->Fail(ToGrpcStatus(memory.status()));
    AnswerSpectrum(wanted, *session, *built, group, *call);
  };
  analysis.Post([call, make] { RunOrFail(make, *call); },
                TenantOf(check.session()->key()));
}

}  // namespace

grpc::ServerUnaryReactor* RecordingService::GetWeightHistogram(
    grpc::CallbackServerContext* context,
    const v1::GetWeightHistogramRequest* request,
    v1::GetWeightHistogramResponse* response) {
  auto call = HistogramCall::Make(response);
  const v1::GetWeightHistogramRequest wanted = *request;
  call->ReleaseRequest();
  const RpcEnvironment environment = environment_.For(context);
  const size_t size =
      SizeOfReading(environment, TargetOf(wanted),
                    {.bytes = wanted.ByteSizeLong(), .all_projections = true});
  environment.Run(
      size, call, [environment, wanted, call, analysis = analysis_] {
        PostHistogram(environment, wanted, call, analysis->histograms);
      });
  return call.get();
}

grpc::ServerUnaryReactor* RecordingService::GetPopulationSpectrum(
    grpc::CallbackServerContext* context,
    const v1::GetPopulationSpectrumRequest* request,
    v1::GetPopulationSpectrumResponse* response) {
  auto call = SpectrumCall::Make(response);
  const v1::GetPopulationSpectrumRequest wanted = *request;
  call->ReleaseRequest();
  const RpcEnvironment environment = environment_.For(context);
  const size_t size =
      SizeOfReading(environment, TargetOf(wanted),
                    {.bytes = wanted.ByteSizeLong(), .names = 1});
  environment.Run(size, call,
                  [environment, wanted, call, analysis = analysis_] {
                    PostSpectrum(environment, wanted, call, analysis->executor);
                  });
  return call.get();
}

}  // namespace spiked
