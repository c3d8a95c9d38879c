// SPDX-License-Identifier: Apache-2.0

#include "server/metrics/server_metrics.h"

#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <utility>

#include "server/base/log.h"
#include "server/metrics/metric_families.h"
#include "server/metrics/process_metrics.h"

namespace spiked {
namespace {

constexpr std::array kStateNames = {"creating", "paused", "running", "failed",
                                    "deleting"};
constexpr std::array kPacingNames = {"real_time", "free_run", "lockstep"};
constexpr std::array kStreamNames = {
    "StreamSpikes", "StreamState",  "StreamStimuli", "WatchSession",
    "StreamRates",  "ReadSynapses", "UploadSynapses"};

constexpr std::array<const char*, MethodStatistics::kCodeCount> kCodeNames = {
    "OK",
    "Canceled",
    "Unknown",
    "InvalidArgument",
    "DeadlineExceeded",
    "NotFound",
    "AlreadyExists",
    "PermissionDenied",
    "ResourceExhausted",
    "FailedPrecondition",
    "Aborted",
    "OutOfRange",
    "Unimplemented",
    "Internal",
    "Unavailable",
    "DataLoss",
    "Unauthenticated"};

double Number(int64_t n) { return static_cast<double>(n); }
double Seconds(int64_t nanos) { return Number(nanos) / 1e9; }

// Sums over all sessions at one moment.
struct SessionSums {
  std::array<std::array<int, kPacingCount>, kStateNames.size()> count{};
  double neurons = 0;
  double synapses = 0;
  double load_sum = 0;
  double load_max = 0;
  double pace_ratio_min = 1;  // 1: no session is late
};

SessionSums SumSessions(const SessionRegistry& registry) {
  SessionSums sums;
  for (const auto& session : registry.List("", SIZE_MAX)) {
    const SessionStatus status = session->status();
    ++sums.count[static_cast<int>(status.state)]
                [static_cast<int>(session->options().pacing)];
    if (status.built != nullptr) {
      sums.neurons += Number(status.built->network->neuron_count);
      sums.synapses += Number(status.built->network->synapse_count);
    }
    if (status.state != SessionState::kRunning ||
        session->options().pacing != Pacing::kRealTime) {
      continue;
    }
    const SessionMetrics metrics = session->metrics();
    sums.load_sum += metrics.load;
    sums.load_max = std::max(sums.load_max, metrics.load);
    if (metrics.pace_ratio > 0) {
      sums.pace_ratio_min = std::min(sums.pace_ratio_min, metrics.pace_ratio);
    }
  }
  return sums;
}

}  // namespace

ServerMetrics::ServerMetrics(std::string version, int worker_threads,
                             const SessionRegistry* registry,
                             const Statistics* statistics,
                             const CallStatistics* calls, const Clock* clock)
    : version_(std::move(version)),
      worker_threads_(worker_threads),
      registry_(registry),
      statistics_(statistics),
      calls_(calls),
      clock_(clock) {}

std::vector<prometheus::MetricFamily> ServerMetrics::Collect() const {
  std::vector<prometheus::MetricFamily> all = {
      FamilyBuilder::Gauge("spiked_build_info", "1; the version is a label.")
          .Add(1, {{"version", version_}})
          .family,
      FamilyBuilder::Gauge("spiked_draining", "1 while the server stops.")
          .Add(registry_->draining() ? 1 : 0)
          .family};
  for (auto part :
       {CollectSessions(), CollectTime(), CollectStreams(), CollectCalls(),
        CollectSecurity(), CollectProcessMetrics()}) {
    std::move(part.begin(), part.end(), std::back_inserter(all));
  }
  return all;
}

std::vector<prometheus::MetricFamily> ServerMetrics::CollectSessions() const {
  // Sessions by state and pacing.
  const SessionSums sums = SumSessions(*registry_);
  auto sessions =
      FamilyBuilder::Gauge("spiked_sessions", "Sessions by state and pacing.");
  for (size_t state = 0; state < kStateNames.size(); ++state) {
    for (size_t pacing = 0; pacing < kPacingNames.size(); ++pacing) {
      sessions.Add(
          sums.count[state][pacing],
          {{"state", kStateNames[state]}, {"pacing", kPacingNames[pacing]}});
    }
  }
  // Counts of sessions and builds, load, sizes and memory.
  const auto counter = [](const char* name, const char* help,
                          const Counter& count) {
    return FamilyBuilder::Counter(name, help).Add(Number(count.Get())).family;
  };
  const auto gauge = [](const char* name, const char* help, double value) {
    return FamilyBuilder::Gauge(name, help).Add(value).family;
  };
  return {
      sessions.family,
      counter("spiked_sessions_created_total", "Sessions that were built.",
              statistics_->sessions_created),
      counter(
          "spiked_sessions_failed_total",
          "Sessions stopped by a number that was not finite, or an error of "
          "the server.",
          statistics_->sessions_failed),
      counter("spiked_sessions_deleted_total", "Sessions that were deleted.",
              statistics_->sessions_deleted),
      FamilyBuilder::Counter("spiked_sessions_expired_total",
                             "Sessions that were deleted by their time to live "
                             "or idle timeout.")
          .Add(Number(statistics_->sessions_expired.Get()), {{"reason", "ttl"}})
          .Add(Number(statistics_->sessions_idle.Get()), {{"reason", "idle"}})
          .family,
      counter("spiked_session_builds_failed_total",
              "Networks that could not be built.", statistics_->builds_failed),
      counter("spiked_session_builds_cancelled_total",
              "Networks that were given up while they were built.",
              statistics_->builds_cancelled),
      counter("spiked_repeated_requests_total",
              "Requests that were answered like one before with the same id.",
              statistics_->repeated_requests),
      FamilyBuilder::Counter("spiked_log_lines_dropped_total",
                             "Log lines that were dropped because too many "
                             "waited to be written to stderr.")
          .Add(Number(DroppedLogLines()))
          .family,
      gauge("spiked_load_capacity",
            "Load of real-time sessions that fits, in worker threads.",
            registry_->loads().capacity()),
      gauge("spiked_expected_load",
            "Load that all running real-time sessions need to be on time, in "
            "worker threads.",
            registry_->loads().total()),
      gauge("spiked_neurons", "Neurons of all sessions.", sums.neurons),
      gauge("spiked_synapses", "Synapses of all sessions.", sums.synapses),
      gauge("spiked_memory_bytes",
            "Memory that all sessions are estimated to use, in bytes.",
            Number(registry_->memory_bytes())),
      gauge("spiked_memory_limit_bytes",
            "Memory that all sessions may use, in bytes.",
            Number(registry_->limits().memory_bytes)),
      gauge("spiked_load",
            "Compute time / time available, of all running real-time sessions.",
            sums.load_sum),
      gauge("spiked_load_max",
            "The largest load of a running real-time session.", sums.load_max),
      gauge("spiked_pace_ratio_min",
            "Achieved / wanted pace of the worst running real-time session; 1 "
            "is on time.",
            sums.pace_ratio_min),
  };
}

std::vector<prometheus::MetricFamily> ServerMetrics::CollectTime() const {
  // Numbers that are counted per pacing.
  auto steps = FamilyBuilder::Counter("spiked_steps_total", "Steps done.");
  auto model = FamilyBuilder::Counter("spiked_simulated_seconds_total",
                                      "Model time simulated, in seconds.");
  auto spikes =
      FamilyBuilder::Counter("spiked_spikes_total", "Spikes of all neurons.");
  auto compute = FamilyBuilder::Histogram(
      "spiked_tick_compute_seconds",
      "Compute time of a tick (a slice for sessions that are not paced).");
  for (int p = 0; p < kPacingCount; ++p) {
    const PacingStatistics& statistics = statistics_->by_pacing[p];
    const Labels labels = {{"pacing", kPacingNames[p]}};
    steps.Add(Number(statistics.steps.Get()), labels);
    model.Add(Seconds(statistics.model_nanos.Get()), labels);
    spikes.Add(Number(statistics.spikes.Get()), labels);
    compute.Add(statistics.tick_compute, 1e-6, 0.1, labels);
  }
  return {
      steps.family,
      model.family,
      spikes.family,
      compute.family,
      FamilyBuilder::Histogram("spiked_tick_lateness_seconds",
                               "How late the ticks of real-time sessions "
                               "began.")
          .Add(statistics_->tick_lateness, 1e-5, 1)
          .family,
      FamilyBuilder::Counter("spiked_overruns_total",
                             "Ticks of real-time sessions that ended after "
                             "their period.")
          .Add(Number(statistics_->overruns.Get()))
          .family,
      FamilyBuilder::Counter("spiked_slipped_seconds_total",
                             "How far schedules were moved, in seconds.")
          .Add(Seconds(statistics_->slipped_nanos.Get()))
          .family,
      FamilyBuilder::Counter("spiked_worker_busy_seconds_total",
                             "Time that worker threads spent in sessions.")
          .Add(Seconds(statistics_->worker_busy_nanos.Get()))
          .family,
      FamilyBuilder::Gauge("spiked_worker_threads",
                           "Threads that step sessions.")
          .Add(worker_threads_)
          .family,
  };
}

std::vector<prometheus::MetricFamily> ServerMetrics::CollectStreams() const {
  // Numbers that are counted per kind of stream.
  auto open = FamilyBuilder::Gauge("spiked_streams", "Open streams.");
  auto messages = FamilyBuilder::Counter("spiked_stream_messages_total",
                                         "Messages written to streams.");
  auto bytes = FamilyBuilder::Counter("spiked_stream_bytes_total",
                                      "Bytes written to streams.");
  for (int k = 0; k < kStreamKindCount; ++k) {
    const StreamStatistics& stream = statistics_->streams[k];
    const Labels labels = {{"method", kStreamNames[k]}};
    open.Add(Number(stream.open.Get()), labels);
    messages.Add(Number(stream.messages.Get()), labels);
    bytes.Add(Number(stream.bytes.Get()), labels);
  }
  return {
      open.family,
      messages.family,
      bytes.family,
      FamilyBuilder::Counter("spiked_stream_dropped_spikes_total",
                             "Spikes that slow readers lost.")
          .Add(Number(statistics_->dropped_spikes.Get()))
          .family,
      FamilyBuilder::Counter("spiked_stream_dropped_samples_total",
                             "State samples that slow readers lost.")
          .Add(Number(statistics_->dropped_samples.Get()))
          .family,
      FamilyBuilder::Counter("spiked_stream_disconnects_total",
                             "Streams that ended because their readers were "
                             "too slow.")
          .Add(Number(statistics_->slow_disconnects.Get()))
          .family,
      FamilyBuilder::Counter("spiked_transit_disconnects_total",
                             "Connections that ended because memory was used "
                             "up and they had the most requests on their way.")
          .Add(Number(statistics_->transit_disconnects.Get()))
          .family,
      FamilyBuilder::Gauge("spiked_history_bytes",
                           "Memory of the spikes that sessions keep, in bytes.")
          .Add(Number(registry_->history().bytes()))
          .family,
      FamilyBuilder::Gauge("spiked_history_limit_bytes",
                           "Memory that they may take, in bytes.")
          .Add(Number(registry_->history().max_bytes()))
          .family,
      FamilyBuilder::Counter("spiked_history_evicted_spikes_total",
                             "Spikes that sessions keep no longer.")
          .Add(Number(registry_->history().evicted_spikes()))
          .family,
      FamilyBuilder::Counter("spiked_stimuli_total", "Stimuli injected.")
          .Add(Number(statistics_->current_stimuli.Get()),
               {{"kind", "current"}})
          .Add(Number(statistics_->spike_stimuli.Get()), {{"kind", "spikes"}})
          .Add(Number(statistics_->rate_stimuli.Get()), {{"kind", "rates"}})
          .Add(Number(statistics_->plasticity_switches.Get()),
               {{"kind", "plasticity"}})
          .Add(Number(statistics_->dopamine_pulses.Get()),
               {{"kind", "dopamine"}})
          .Add(Number(statistics_->encoder_values.Get()),
               {{"kind", "encoder_values"}})
          .family,
      FamilyBuilder::Counter("spiked_late_stimuli_total",
                             "Stimuli that came after their step had begun.")
          .Add(Number(statistics_->late_stimuli.Get()))
          .family,
      FamilyBuilder::Counter("spiked_network_changes_total",
                             "Live changes of networks.")
          .Add(Number(statistics_->network_changes.Get()))
          .family,
      FamilyBuilder::Counter("spiked_network_edits_total",
                             "Networks that were edited while they stood "
                             "still.")
          .Add(Number(statistics_->network_edits.Get()))
          .family,
  };
}

std::vector<prometheus::MetricFamily> ServerMetrics::CollectSecurity() const {
  auto failures =
      FamilyBuilder::Counter("spiked_auth_failures_total",
                             "Calls refused for their token, by reason.");
  for (size_t i = 0; i < kAuthFailureNames.size(); ++i) {
    failures.Add(Number(statistics_->auth_failures[i].Get()),
                 {{"reason", kAuthFailureNames[i]}});
  }
  // Tenants are not labels: the ratio of a resource is that of the tenant that
  // uses most of its quota, and rejections are sums over all tenants.
  std::array<double, kResourceCount> ratio{};
  std::array<int64_t, kResourceCount> rejections{};
  for (const auto& tenant : registry_->tenants().All()) {
    const Tenant::Usage usage = tenant->usage(clock_->NowNanos());
    for (int r = 0; r < kResourceCount; ++r) {
      ratio[r] = std::max(ratio[r], usage.Ratio(r));
      rejections[r] += usage.rejections[r];
    }
  }
  // Families of the quotas, by resource.
  auto ratios = FamilyBuilder::Gauge(
      "spiked_quota_usage_ratio",
      "Used / allowed of the tenant that is nearest to its quota; 0 without "
      "one.");
  auto rejected = FamilyBuilder::Counter(
      "spiked_quota_rejections_total",
      "What quotas refused. Bytes of streams are delayed, not refused.");
  for (int r = 0; r < kResourceCount; ++r) {
    const Labels labels = {{"resource", kResourceNames[r]}};
    ratios.Add(ratio[r], labels);
    rejected.Add(Number(rejections[r]), labels);
  }
  const MemoryGuard& guard = *registry_->ledger()->guard();
  return {
      failures.family,
      ratios.family,
      rejected.family,
      FamilyBuilder::Counter("spiked_self_probe_failures_total",
                             "Times that an address of the server did not "
                             "answer the server itself in time.")
          .Add(Number(statistics_->self_probe_failures.Get()))
          .family,
      FamilyBuilder::Gauge("spiked_self_probe_seconds",
                           "How long the slowest address of the server took "
                           "to answer the server itself, or has been silent.")
          .Add(Seconds(statistics_->self_probe_nanos))
          .family,
      FamilyBuilder::Gauge("spiked_process_memory_used_bytes",
                           "Memory that the process, or its container, uses.")
          .Add(Number(guard.used_bytes()))
          .family,
      FamilyBuilder::Gauge("spiked_process_memory_limit_bytes",
                           "Memory that the process may use; nothing grows "
                           "from 85 % of it on.")
          .Add(Number(guard.limit_bytes()))
          .family,
      FamilyBuilder::Gauge("spiked_memory_tight",
                           "1 while nothing may grow for lack of memory.")
          .Add(guard.tight() ? 1 : 0)
          .family,
  };
}

// Uses the metric names of go-grpc's Prometheus middleware, so that public
// dashboards and alerts fit.
std::vector<prometheus::MetricFamily> ServerMetrics::CollectCalls() const {
  auto started =
      FamilyBuilder::Counter("grpc_server_started_total", "Calls that began.");
  auto handled = FamilyBuilder::Counter("grpc_server_handled_total",
                                        "Calls that ended, by status code.");
  auto handling = FamilyBuilder::Histogram("grpc_server_handling_seconds",
                                           "How long calls took.");
  for (const MethodStatistics& method : calls_->methods()) {
    const Labels labels = {{"grpc_type", method.type},
                           {"grpc_service", method.service},
                           {"grpc_method", method.method}};
    started.Add(Number(method.started.Get()), labels);
    handling.Add(method.latency, 1e-4, 100, labels);
    for (size_t code = 0; code < kCodeNames.size(); ++code) {
      Labels with_code = labels;
      with_code.push_back({"grpc_code", kCodeNames[code]});
      handled.Add(Number(method.handled[code].Get()), std::move(with_code));
    }
  }
  return {started.family, handled.family, handling.family};
}

std::string ServerMetrics::Text() const {
  return prometheus::TextSerializer().Serialize(Collect());
}

const char* ServerMetrics::ContentType() {
  return "text/plain; version=0.0.4; charset=utf-8";
}

}  // namespace spiked
