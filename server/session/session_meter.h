// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_SESSION_METER_H_
#define SPIKED_SERVER_SESSION_SESSION_METER_H_

#include <cstdint>
#include <memory>

#include "server/statistics/histogram.h"

namespace spiked {

// How a session has been doing; fields as in the API's SessionMetrics.
struct SessionMetrics {
  int64_t step = 0;
  double model_time_s = 0;
  int64_t spike_count = 0;
  double spike_rate_hz = 0;
  double compute_time_s = 0;
  double real_time_factor = 0;
  double load = 0;
  double pace_ratio = 0;
  double lateness_max_s = 0;
  double lateness_p50_s = 0;
  double lateness_p99_s = 0;
  int64_t overrun_count = 0;
  double slipped_s = 0;
  int64_t stimulus_count = 0;
  int64_t late_stimulus_count = 0;
  int stream_count = 0;
  double expected_load = 0;
  double free_load = 0;
};

// Adds up what a session does into its metrics. Used by the session's worker.
class SessionMeter {
 public:
  // `pace` 0: the session isn't paced.
  SessionMeter() = default;
  SessionMeter(double dt_ms, int64_t neuron_count, double pace);

  // The pace changes; Start comes next.
  void SetPace(double pace);

  // The network was edited.
  void SetNeuronCount(int64_t neuron_count);

  // The schedule was moved other than by a tick.
  void AddSlip(int64_t nanos);

  // The session begins to run.
  void Start(int64_t now_nanos, int64_t step);

  // Steps up to `step` were run in [begin_nanos, end_nanos) with this many
  // spikes.
  void AddSteps(int64_t step, int64_t spikes, int64_t begin_nanos,
                int64_t end_nanos);

  // A real-time tick that began late has ended; `overran`: after its period.
  // Requires: pace > 0.
  void AddTick(int64_t end_nanos, int64_t lateness_nanos, int64_t slipped_nanos,
               bool overran);

  void AddStimuli(int64_t count, int64_t late_count);

  // The metrics without the quantiles of lateness, which take a while to find.
  const SessionMetrics& metrics() const { return metrics_; }

  // Lateness of the ticks since the last start; null if the session isn't
  // paced. May be read by other threads.
  const std::shared_ptr<DurationHistogram>& lateness() const {
    return lateness_;
  }

 private:
  double dt_ms_ = 1;
  double neuron_count_ = 1;
  double pace_ = 0;
  SessionMetrics metrics_;
  std::shared_ptr<DurationHistogram> lateness_;

  int64_t start_nanos_ = 0;
  int64_t start_step_ = 0;

  // The window of about a second that is being filled.
  int64_t window_begin_nanos_ = 0;
  int64_t window_busy_nanos_ = 0;
  int64_t rate_begin_step_ = 0;
  int64_t rate_spikes_ = 0;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_SESSION_METER_H_
