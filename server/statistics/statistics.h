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

enum class StreamKind { kSpikes, kState, kStimuli, kWatch, kRates, kSynapses };
inline constexpr int kStreamKindCount = 6;

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

  std::array<PacingStatistics, kPacingCount> by_pacing;
  DurationHistogram tick_lateness;  // of real-time sessions
  Counter overruns;
  Counter slipped_nanos;
  Counter worker_busy_nanos;

  Counter current_stimuli;
  Counter spike_stimuli;
  Counter plasticity_switches;
  Counter encoder_values;
  Counter late_stimuli;

  std::array<StreamStatistics, kStreamKindCount> streams;
  Counter dropped_spikes;
  Counter dropped_samples;
  Counter slow_disconnects;  // of streams whose policy is DISCONNECT

  StreamStatistics& stream(StreamKind kind) {
    return streams[static_cast<int>(kind)];
  }
};

}  // namespace spiked

#endif  // SPIKED_SERVER_STATISTICS_STATISTICS_H_
