// SPDX-License-Identifier: Apache-2.0
//
// The daemon's counters, as plain numbers. The code that does the work adds to
// them; server/metrics reads them when Prometheus asks. They belong to the
// daemon, so that they outlive the sessions and streams that they count.

#ifndef SPIKED_SERVER_STATISTICS_STATISTICS_H_
#define SPIKED_SERVER_STATISTICS_STATISTICS_H_

#include <array>
#include <atomic>
#include <cstdint>

#include "server/statistics/histogram.h"

namespace spiked {

// A number that many threads add to, without order between them.
class Counter {
 public:
  void Add(int64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  int64_t Get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<int64_t> value_{0};
};

inline constexpr int kPacingCount = 3;  // in the order of enum class Pacing

struct PacingStatistics {
  Counter steps;
  Counter model_nanos;
  Counter spikes;
  DurationHistogram tick_compute;
};

enum class StreamKind {
  kSpikes,
  kState,
  kStimuli,
  kWatch,
  kRates,
  kSynapses,
  kUploads
};
inline constexpr int kStreamKindCount = 7;

// Reasons for which the gate refuses calls: no token; metadata that is not one
// "Bearer TOKEN"; an unknown token; a tenant that the token may not act for.
enum class AuthFailure { kMissing, kMalformed, kUnknown, kForbidden };
inline constexpr std::array kAuthFailureNames = {"missing", "malformed",
                                                 "unknown", "forbidden"};

struct StreamStatistics {
  Counter open;  // streams that are open now
  Counter messages;
  Counter bytes;
};

// Thread-safe.
struct Statistics {
  Counter sessions_created;
  Counter sessions_failed;
  Counter sessions_deleted;
  Counter sessions_expired;  // deleted at the end of their ttl_s
  Counter sessions_idle;     // deleted after their idle_timeout_s
  Counter builds_failed;     // networks that could not be built
  Counter builds_cancelled;
  Counter repeated_requests;  // answered from the log of requests

  std::array<PacingStatistics, kPacingCount> by_pacing;
  DurationHistogram tick_lateness;  // of real-time sessions
  Counter overruns;
  Counter slipped_nanos;
  Counter worker_busy_nanos;

  Counter current_stimuli;
  Counter spike_stimuli;
  Counter rate_stimuli;
  Counter plasticity_switches;
  Counter dopamine_pulses;
  Counter encoder_values;
  Counter late_stimuli;
  Counter network_changes;
  Counter network_edits;

  std::array<StreamStatistics, kStreamKindCount> streams;
  Counter dropped_spikes;
  Counter dropped_samples;
  Counter slow_disconnects;  // streams ended by slow clients
  // Connections ended because memory was used up by what was on its way.
  Counter transit_disconnects;

  std::array<Counter, kAuthFailureNames.size()> auth_failures;
  Counter self_probe_failures;
  // How long the server's slowest address took to answer the server itself, or
  // has been silent.
  std::atomic<int64_t> self_probe_nanos{0};

  StreamStatistics& stream(StreamKind kind) {
    return streams[static_cast<int>(kind)];
  }

  // The number of messages of all streams.
  int64_t MessageCount() const {
    int64_t count = 0;
    for (const StreamStatistics& kind : streams) count += kind.messages.Get();
    return count;
  }
};

}  // namespace spiked

#endif  // SPIKED_SERVER_STATISTICS_STATISTICS_H_
