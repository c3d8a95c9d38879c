// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_SESSION_LIFETIME_H_
#define SPIKED_SERVER_SESSION_SESSION_LIFETIME_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "server/base/clock.h"
#include "server/base/mutex.h"

namespace spiked {

using SessionLabels = std::map<std::string, std::string>;

// What to change of a session's lifetime and labels. Times are in wall seconds
// from now; 0: none.
struct LifetimeChange {
  std::optional<SessionLabels> labels;
  std::optional<double> ttl_s;
  std::optional<double> idle_timeout_s;
};

// What a session is called, who uses it, and when it should go. A session is in
// use while a call or a stream names it. Thread-safe.
class SessionLifetime {
 public:
  enum class End { kNone, kExpired, kIdle };

  // `clock` outlives this.
  explicit SessionLifetime(const Clock* clock)
      : clock_(clock), last_use_nanos_(clock->NowNanos()) {}

  void Change(const LifetimeChange& change);

  struct View {
    SessionLabels labels;
    double ttl_s = 0;
    double idle_timeout_s = 0;
    std::optional<std::chrono::system_clock::time_point> expire_time;
  };
  View view() const;
  bool HasLabels(const SessionLabels& labels) const;

  // Whether the session should be deleted, and why.
  End Check() const;

  void Touch() { last_use_nanos_ = clock_->NowNanos(); }
  void BeginUse() { ++uses_; }
  void EndUse() {
    Touch();  // before, so that the session isn't idle in between
    --uses_;
  }

 private:
  const Clock* const clock_;
  std::atomic<int> uses_{0};
  std::atomic<int64_t> last_use_nanos_;
  mutable Mutex mutex_;
  View view_ ABSL_GUARDED_BY(mutex_);
  int64_t expire_nanos_ ABSL_GUARDED_BY(mutex_) = 0;  // if there is a ttl
};

// Whoever holds it uses the session.
class SessionUse {
 public:
  explicit SessionUse(std::shared_ptr<SessionLifetime> lifetime)
      : lifetime_(std::move(lifetime)) {
    if (lifetime_ != nullptr) lifetime_->BeginUse();
  }
  ~SessionUse() {
    if (lifetime_ != nullptr) lifetime_->EndUse();
  }
  SessionUse(SessionUse&& other) noexcept
      : lifetime_(std::exchange(other.lifetime_, nullptr)) {}
  SessionUse& operator=(SessionUse&& other) noexcept {
    std::swap(lifetime_, other.lifetime_);
    return *this;
  }

 private:
  std::shared_ptr<SessionLifetime> lifetime_;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_SESSION_LIFETIME_H_
