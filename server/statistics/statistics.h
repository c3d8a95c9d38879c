// SPDX-License-Identifier: Apache-2.0
//
// What the daemon counts, as plain numbers. Whoever does the work adds to them;
// server/metrics reads them when Prometheus asks. Counters only grow, so that
// they survive the sessions and streams that they count.

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

// Why the gate refused a call: no token; not one "Bearer TOKEN"; nobody's
// token; a tenant that is not the token's.
enum class AuthFailure { kMissing, kMalformed, kUnknown, kForbidden };
inline constexpr std::array kAuthFailureNames = {"missing", "malformed",
                                                 "unknown", "forbidden"};

struct StreamStatistics {
  Counter open;  // goes down when a stream ends
  Counter messages;
  Counter bytes;
};

// Thread-safe.
struct Statistics {
  Counter sessions_created;
  Counter sessions_failed;
  Counter sessions_deleted;
  Counter sessions_expired;  // deleted because of their time to live
  Counter sessions_idle;     // deleted because nobody used them
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
  Counter slow_disconnects;  // of streams whose policy is DISCONNECT

  std::array<Counter, kAuthFailureNames.size()> auth_failures;
  Counter self_probe_failures;

  StreamStatistics& stream(StreamKind kind) {
    return streams[static_cast<int>(kind)];
  }
};

}  // namespace spiked

#endif  // SPIKED_SERVER_STATISTICS_STATISTICS_H_
