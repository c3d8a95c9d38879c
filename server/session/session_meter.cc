// SPDX-License-Identifier: Apache-2.0

#include "server/session/session_meter.h"

#include <algorithm>

namespace spiked {
namespace {

constexpr double kNanosPerSecond = 1e9;
constexpr int64_t kWindowNanos = 1'000'000'000;
constexpr double kRateWindowMs = 1000;

double Seconds(int64_t nanos) {
  return static_cast<double>(nanos) / kNanosPerSecond;
}

}  // namespace

SessionMeter::SessionMeter(double dt_ms, int64_t neuron_count, double pace)
    : dt_ms_(dt_ms),
      neuron_count_(static_cast<double>(neuron_count)),
      pace_(pace),
      lateness_(pace > 0 ? std::make_shared<DurationHistogram>() : nullptr) {}

void SessionMeter::SetPace(double pace) {
  pace_ = pace;
  if (pace <= 0) {
    lateness_ = nullptr;
  } else if (lateness_ == nullptr) {
    lateness_ = std::make_shared<DurationHistogram>();
  }
}

void SessionMeter::SetNeuronCount(int64_t neuron_count) {
  neuron_count_ = static_cast<double>(neuron_count);
}

void SessionMeter::AddSlip(int64_t nanos) {
  metrics_.slipped_s += Seconds(nanos);
}

void SessionMeter::Start(int64_t now_nanos, int64_t step) {
  start_nanos_ = now_nanos;
  start_step_ = step;
  window_begin_nanos_ = now_nanos;
  window_busy_nanos_ = 0;
  metrics_.load = 0;
  metrics_.pace_ratio = 0;
  metrics_.lateness_max_s = 0;
  if (lateness_ != nullptr) lateness_->Clear();
}

void SessionMeter::AddSteps(int64_t step, int64_t spikes, int64_t begin_nanos,
                            int64_t end_nanos) {
  metrics_.step = step;
  metrics_.model_time_s = static_cast<double>(step) * dt_ms_ / 1000;
  metrics_.spike_count += spikes;
  metrics_.compute_time_s += Seconds(end_nanos - begin_nanos);
  metrics_.real_time_factor =
      step > 0 ? metrics_.compute_time_s / metrics_.model_time_s : 0;

  rate_spikes_ += spikes;
  const double rate_ms = static_cast<double>(step - rate_begin_step_) * dt_ms_;
  // The first window is read while it fills, so that there is a rate at once.
  const bool first = rate_begin_step_ == 0;
  if (rate_ms >= kRateWindowMs || (first && rate_ms > 0)) {
    metrics_.spike_rate_hz =
        static_cast<double>(rate_spikes_) * 1000 / rate_ms / neuron_count_;
  }
  if (rate_ms >= kRateWindowMs) {
    rate_begin_step_ = step;
    rate_spikes_ = 0;
  }

  if (pace_ <= 0) return;
  window_busy_nanos_ += end_nanos - begin_nanos;
  const int64_t window = end_nanos - window_begin_nanos_;
  if (window >= kWindowNanos) {
    metrics_.load =
        static_cast<double>(window_busy_nanos_) / static_cast<double>(window);
    window_begin_nanos_ = end_nanos;
    window_busy_nanos_ = 0;
  }
}

void SessionMeter::AddTick(int64_t end_nanos, int64_t lateness_nanos,
                           int64_t slipped_nanos, bool overran) {
  lateness_->Add(lateness_nanos);
  metrics_.lateness_max_s =
      std::max(metrics_.lateness_max_s, Seconds(lateness_nanos));
  metrics_.slipped_s += Seconds(slipped_nanos);
  metrics_.overrun_count += overran ? 1 : 0;
  const double wanted_s = Seconds(end_nanos - start_nanos_) * pace_;
  const double achieved_s =
      static_cast<double>(metrics_.step - start_step_) * dt_ms_ / 1000;
  // A tick computes its whole period at its begin: ahead is on time.
  metrics_.pace_ratio = wanted_s > 0 ? std::min(1.0, achieved_s / wanted_s) : 0;
}

void SessionMeter::AddStimuli(int64_t count, int64_t late_count) {
  metrics_.stimulus_count += count;
  metrics_.late_stimulus_count += late_count;
}

}  // namespace spiked
