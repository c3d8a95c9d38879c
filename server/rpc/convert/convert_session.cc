// SPDX-License-Identifier: Apache-2.0

#include "absl/strings/str_cat.h"
#include "core/build/build_progress.h"
#include "server/rpc/convert/convert.h"
#include "server/rpc/convert/enums.h"
#include "server/rpc/convert/in_range.h"
#include "server/rpc/convert/session_name.h"
#include "server/session/network_overview.h"

namespace spiked {

Pacing ToPacing(v1::Pacing pacing) {
  switch (pacing) {
    case v1::FREE_RUN:
      return Pacing::kFreeRun;
    case v1::LOCKSTEP:
      return Pacing::kLockstep;
    default:
      return Pacing::kRealTime;
  }
}

namespace {

v1::Pacing ToProto(Pacing pacing) {
  switch (pacing) {
    case Pacing::kRealTime:
      return v1::REAL_TIME;
    case Pacing::kFreeRun:
      return v1::FREE_RUN;
    case Pacing::kLockstep:
      return v1::LOCKSTEP;
  }
  return v1::PACING_UNSPECIFIED;
}

v1::LatenessPolicy ToProto(LatenessPolicy policy) {
  return policy == LatenessPolicy::kSlip ? v1::SLIP : v1::CATCH_UP;
}

v1::BuildPhase ToProto(BuildProgress::Phase phase) {
  switch (phase) {
    case BuildProgress::Phase::kWaiting:
      return v1::BUILD_WAITING;
    case BuildProgress::Phase::kValidating:
      return v1::BUILD_VALIDATING;
    case BuildProgress::Phase::kPopulations:
      return v1::BUILD_POPULATIONS;
    case BuildProgress::Phase::kSynapses:
      return v1::BUILD_SYNAPSES;
    case BuildProgress::Phase::kFinishing:
      return v1::BUILD_FINISHING;
  }
  return v1::BUILD_PHASE_UNSPECIFIED;
}

}  // namespace

LatenessPolicy ToLatenessPolicy(v1::LatenessPolicy policy) {
  return policy == v1::SLIP ? LatenessPolicy::kSlip : LatenessPolicy::kCatchUp;
}

std::optional<AdmissionPolicy> ToAdmissionPolicy(v1::AdmissionPolicy policy) {
  switch (policy) {
    case v1::REFUSE:
      return AdmissionPolicy::kRefuse;
    case v1::RUN_LATE:
      return AdmissionPolicy::kRunLate;
    default:
      return std::nullopt;
  }
}

void CheckPace(double pace, const std::string& zero, Violations* violations) {
  CheckNumberOrZero(pace, 0.001, 1000, "pace", zero, violations);
}

void CheckTick(double tick_ms, const std::string& zero,
               Violations* violations) {
  CheckNumberOrZero(tick_ms, 0.1, 100, "tick_ms", zero, violations);
}

v1::Admission AdmissionOf(const Session& session) {
  const std::optional<bool> fits = session.admitted();
  if (!fits.has_value()) return v1::ADMISSION_UNSPECIFIED;
  return *fits ? v1::FITS : v1::DOES_NOT_FIT;
}

v1::SessionState ToProto(SessionState state) {
  switch (state) {
    case SessionState::kCreating:
      return v1::CREATING;
    case SessionState::kPaused:
      return v1::PAUSED;
    case SessionState::kRunning:
      return v1::RUNNING;
    case SessionState::kFailed:
      return v1::FAILED;
    case SessionState::kDeleting:
      return v1::DELETING;
  }
  return v1::SESSION_STATE_UNSPECIFIED;
}

namespace {

void ToProto(std::chrono::system_clock::time_point time,
             google::protobuf::Timestamp* proto) {
  const int64_t nanos = time.time_since_epoch() / std::chrono::nanoseconds(1);
  proto->set_seconds(nanos / 1'000'000'000);
  proto->set_nanos(static_cast<int32_t>(nanos % 1'000'000'000));
}

// `overview` is null while nothing of the network was changed.
void ToProto(const Network& network, const NetworkOverview* overview,
             v1::Session* proto) {
  proto->set_dt_ms(network.dt_ms);
  proto->set_seed(network.seed);
  proto->set_precision(network.precision == Precision::kFloat64 ? v1::FLOAT64
                                                                : v1::FLOAT32);
  proto->set_neuron_count(network.neuron_count);
  proto->set_synapse_count(network.synapse_count);
  for (const Population& population : network.populations) {
    v1::PopulationInfo* info = proto->add_populations();
    info->set_name(population.name);
    info->set_layer(population.layer);
    info->set_model(population.model->info().name);
    info->set_first_neuron(population.first_neuron);
    info->set_size(population.count);
    info->set_column_count(static_cast<int32_t>(population.column_count));
    if (overview != nullptr) {
      info->set_silenced_count(
          overview->silenced_counts[proto->populations_size() - 1]);
    }
  }
}

}  // namespace

SessionOptions ToOptions(const v1::CreateSessionRequest& request,
                         int max_thread_count, Violations* violations) {
  SessionOptions options;
  CheckEnum(request.pacing(), "pacing", violations);
  CheckEnum(request.lateness_policy(), "lateness_policy", violations);
  options.pacing = ToPacing(request.pacing());
  options.lateness_policy = ToLatenessPolicy(request.lateness_policy());
  options.pace = request.pace() == 0 ? 1 : request.pace();
  if (!(options.pace >= 0.001 && options.pace <= 1000)) {
    CheckPace(request.pace(), "which means 1", violations);
  } else if (request.pace() != 0 && options.pacing != Pacing::kRealTime) {
    violations->Add("pace", absl::StrCat(request.pace(),
                                         " is given, but only REAL_TIME "
                                         "sessions have a pace"));
  }
  if (request.lateness_policy() != v1::LATENESS_POLICY_UNSPECIFIED &&
      options.pacing != Pacing::kRealTime) {
    violations->Add("lateness_policy",
                    "is given, but only REAL_TIME sessions can be late");
  }
  CheckEnum(request.admission_policy(), "admission_policy", violations);
  options.admission_policy = ToAdmissionPolicy(request.admission_policy())
                                 .value_or(AdmissionPolicy::kRunLate);
  options.tick_ms = request.tick_ms() == 0 ? 1 : request.tick_ms();
  CheckTick(options.tick_ms, "which means 1", violations);
  if (request.tick_ms() != 0 && options.pacing != Pacing::kRealTime) {
    violations->Add("tick_ms", absl::StrCat(request.tick_ms(),
                                            " is given, but only REAL_TIME "
                                            "sessions have ticks"));
  }
  options.thread_count = request.thread_count();
  CheckRange(options.thread_count, 0, max_thread_count, "thread_count",
             violations, "; 0: the server chooses");
  return options;
}

void ToProto(const Session& session, const SessionStatus& status,
             v1::Session* proto) {
  const SessionOptions& options = status.options;
  proto->set_name(SessionName(session.id()));
  proto->set_incarnation_id(session.incarnation_id());
  proto->set_state(ToProto(status.state));
  proto->set_pacing(ToProto(options.pacing));
  if (options.pacing == Pacing::kRealTime) proto->set_pace(options.pace);
  proto->set_lateness_policy(ToProto(options.lateness_policy));
  proto->set_step(status.step);
  proto->set_stop_step(status.stop_step);
  proto->set_epoch(status.epoch);
  proto->set_failure(status.failure);
  proto->set_memory_bytes(session.memory_bytes());
  if (status.built != nullptr) {
    proto->set_thread_count(status.built->thread_count);
  }
  ToProto(session.create_time(), proto->mutable_create_time());
  const SessionLifetime::View lifetime = session.lifetime()->view();
  for (const auto& [key, value] : lifetime.labels) {
    (*proto->mutable_labels())[key] = value;
  }
  if (lifetime.expire_time.has_value()) {
    ToProto(*lifetime.expire_time, proto->mutable_expire_time());
  }
  proto->set_ttl_s(lifetime.ttl_s);
  proto->set_idle_timeout_s(lifetime.idle_timeout_s);
  proto->set_admission(AdmissionOf(session));
  const BuildProgress* building = session.building();
  if (status.state == SessionState::kCreating && building != nullptr) {
    proto->set_build_phase(ToProto(building->phase()));
    proto->set_build_fraction(building->fraction());
  }
  // A session that is being created has no network yet.
  if (status.built != nullptr) {
    const Network& network = *status.built->network;
    ToProto(network, status.overview.get(), proto);
    proto->set_network_revision(status.built->revision);
    if (options.pacing == Pacing::kRealTime) {
      const Pacer pacer(network.dt_ms, options.pace, options.lateness_policy,
                        options.tick_ms);
      proto->set_tick_ms(pacer.period_nanos() / 1e6);
    }
  }
}

void AddProjections(const SessionStatus& status, v1::Session* proto) {
  if (status.built == nullptr) return;
  const Network& network = *status.built->network;
  const NetworkOverview* overview = status.overview.get();
  for (const Projection& projection : network.projections) {
    if (proto->projections_size() == kMaxProjectionInfos) return;
    v1::ProjectionInfo* info = proto->add_projections();
    info->set_name(projection.name);
    info->set_synapse_count(projection.synapse_count);
    info->set_weight_bits(projection.weight_bits);
    info->set_plasticity_enabled(
        network.IsPlastic(projection) &&
        !(overview != nullptr &&
          overview->frozen_projections[proto->projections_size() - 1]));
  }
}

void ToProto(const SessionMetrics& metrics, v1::SessionMetrics* proto) {
  proto->set_step(metrics.step);
  proto->set_model_time_s(metrics.model_time_s);
  proto->set_spike_count(metrics.spike_count);
  proto->set_spike_rate_hz(metrics.spike_rate_hz);
  proto->set_compute_time_s(metrics.compute_time_s);
  proto->set_real_time_factor(metrics.real_time_factor);
  proto->set_load(metrics.load);
  proto->set_pace_ratio(metrics.pace_ratio);
  proto->set_lateness_max_s(metrics.lateness_max_s);
  proto->set_lateness_p50_s(metrics.lateness_p50_s);
  proto->set_lateness_p99_s(metrics.lateness_p99_s);
  proto->set_overrun_count(metrics.overrun_count);
  proto->set_slipped_s(metrics.slipped_s);
  proto->set_stimulus_count(metrics.stimulus_count);
  proto->set_late_stimulus_count(metrics.late_stimulus_count);
  proto->set_stream_count(metrics.stream_count);
  proto->set_expected_load(metrics.expected_load);
  proto->set_free_load(metrics.free_load);
}

}  // namespace spiked
