// SPDX-License-Identifier: Apache-2.0

#include "server/session/scheduling/pacer.h"

#include <algorithm>
#include <cmath>

namespace spiked {
namespace {

constexpr double kNanosPerMs = 1e6;
constexpr int64_t kMaxGapNanos = 1'000'000'000;

}  // namespace

Pacer::Pacer(double dt_ms, double pace, LatenessPolicy policy, double tick_ms)
    : steps_per_tick_(
          std::max<int64_t>(1, std::llround(tick_ms * pace / dt_ms))),
      pace_(pace),
      period_nanos_(static_cast<double>(steps_per_tick_) * dt_ms / pace *
                    kNanosPerMs),
      policy_(policy) {}

void Pacer::Start(int64_t now_nanos) {
  anchor_nanos_ = now_nanos;
  tick_ = 0;
}

int64_t Pacer::StartAfter(const Pacer& before, int64_t now_nanos) {
  const int64_t left = before.due_nanos() - now_nanos;
  const double scale = before.pace_ / pace_;
  Start(now_nanos +
        std::max<int64_t>(0, std::llround(static_cast<double>(left) * scale)));
  return std::max<int64_t>(0, -left);
}

Pacer::Tick Pacer::Begin(int64_t now_nanos) {
  const int64_t lateness = std::max<int64_t>(0, now_nanos - due_nanos());
  const double periods = static_cast<double>(lateness) / period_nanos_;
  const bool slips = lateness > kMaxGapNanos || periods > kMaxBurst ||
                     (policy_ == LatenessPolicy::kSlip && periods >= 1);
  const int64_t slipped = slips ? lateness : 0;
  anchor_nanos_ += slipped;
  ++tick_;
  return {lateness, slipped};
}

}  // namespace spiked
