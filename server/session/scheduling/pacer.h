// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_SCHEDULING_PACER_H_
#define SPIKED_SERVER_SESSION_SCHEDULING_PACER_H_

#include <cstdint>

namespace spiked {

enum class LatenessPolicy { kCatchUp, kSlip };

// Computes when the ticks of a real-time session begin. It reads no clock: the
// caller passes the time. Used by one thread at a time.
//
// Tick k begins at anchor + k period and covers the model time of one period:
// tick_ms of wall time, in whole steps, or one step if that is longer. After
// a late tick the next one is due at once (kCatchUp) or the anchor moves by the
// time lost (kSlip after a whole period; always after more than ten periods or
// a second). No step is ever skipped.
class Pacer {
 public:
  // Requires: dt_ms > 0, pace > 0, tick_ms > 0.
  Pacer(double dt_ms, double pace, LatenessPolicy policy, double tick_ms = 1);

  // Begins the schedule: the first tick is due now.
  void Start(int64_t now_nanos);

  // Continues from another schedule between two of its ticks: the model time
  // that is left until its next tick passes at the new pace. If that tick is
  // late already, the first tick is due now; returns how late it was in
  // nanoseconds, else 0.
  int64_t StartAfter(const Pacer& before, int64_t now_nanos);

  struct Tick {
    int64_t lateness_nanos;  // how late it begins
    int64_t slipped_nanos;   // how far the schedule was moved
  };
  // Begins the next tick, which has steps_per_tick() steps. Requires:
  // now_nanos >= due_nanos().
  Tick Begin(int64_t now_nanos);

  // The times at which the next tick is due and should end.
  int64_t due_nanos() const { return TickNanos(tick_); }
  int64_t deadline_nanos() const { return TickNanos(tick_ + 1); }

  int64_t steps_per_tick() const { return steps_per_tick_; }
  double period_nanos() const { return period_nanos_; }

  // The most late periods that kCatchUp makes up for.
  static constexpr double kMaxBurst = 10;

 private:
  int64_t TickNanos(int64_t tick) const {
    return anchor_nanos_ +
           static_cast<int64_t>(static_cast<double>(tick) * period_nanos_);
  }

  int64_t steps_per_tick_;
  double pace_;
  double period_nanos_;
  LatenessPolicy policy_;
  int64_t anchor_nanos_ = 0;
  int64_t tick_ = 0;  // index of the next tick
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_SCHEDULING_PACER_H_
