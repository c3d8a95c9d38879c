// SPDX-License-Identifier: Apache-2.0

#include "server/session/session_lifetime.h"

#include <cmath>

namespace spiked {
namespace {

// Rounded up: a tiny time is not none.
int64_t Nanos(double seconds) {
  return static_cast<int64_t>(std::ceil(seconds * 1e9));
}

}  // namespace

void SessionLifetime::Change(const LifetimeChange& change) {
  const int64_t now = clock_->NowNanos();
  MutexLock lock(&mutex_);
  if (change.labels.has_value()) view_.labels = *change.labels;
  if (change.ttl_s.has_value()) {
    view_.ttl_s = *change.ttl_s;
    view_.expire_time.reset();
    const int64_t ttl = Nanos(view_.ttl_s);
    if (ttl > 0) {
      expire_nanos_ = now + ttl;
      // Only told, never used: the date may be changed.
      view_.expire_time =
          std::chrono::system_clock::now() +
          std::chrono::duration_cast<std::chrono::system_clock::duration>(
              std::chrono::nanoseconds(ttl));
    }
  }
  if (change.idle_timeout_s.has_value()) {
    view_.idle_timeout_s = *change.idle_timeout_s;
  }
}

SessionLifetime::View SessionLifetime::view() const {
  MutexLock lock(&mutex_);
  return view_;
}

bool SessionLifetime::HasLabels(const SessionLabels& labels) const {
  MutexLock lock(&mutex_);
  for (const auto& [key, value] : labels) {
    const auto it = view_.labels.find(key);
    if (it == view_.labels.end() || it->second != value) return false;
  }
  return true;
}

SessionLifetime::End SessionLifetime::Check() const {
  const int64_t now = clock_->NowNanos();
  MutexLock lock(&mutex_);
  if (view_.ttl_s > 0 && now >= expire_nanos_) return End::kExpired;
  const bool is_idle = view_.idle_timeout_s > 0 && uses_ == 0 &&
                       now - last_use_nanos_ >= Nanos(view_.idle_timeout_s);
  return is_idle ? End::kIdle : End::kNone;
}

}  // namespace spiked
