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

// A change of a session's lifetime and labels. Times are in wall seconds
// from now; 0: none.
struct LifetimeChange {
  std::optional<SessionLabels> labels;
  std::optional<double> ttl_s;
  std::optional<double> idle_timeout_s;
};

// The labels of a session, its uses, and the time when it should go. A session
// is in use while there is a SessionUse of it. Thread-safe.
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

  // The session was used at this moment.
  void Touch() { last_use_nanos_ = clock_->NowNanos(); }

  int stream_count() const { return streams_; }

 private:
  friend class SessionUse;
  void BeginUse(bool is_stream) {
    ++uses_;
    if (is_stream) ++streams_;
  }
  void EndUse(bool is_stream) {
    Touch();  // before, so that the session isn't idle in between
    --uses_;
    if (is_stream) --streams_;
  }

  const Clock* const clock_;
  std::atomic<int> uses_{0};     // of all kinds
  std::atomic<int> streams_{0};  // of these uses
  std::atomic<int64_t> last_use_nanos_;
  mutable Mutex mutex_;
  View view_ ABSL_GUARDED_BY(mutex_);
  int64_t expire_nanos_ ABSL_GUARDED_BY(mutex_) = 0;  // if there is a ttl
};

// A use of a session, from its construction to its destruction.
class SessionUse {
 public:
  enum class Kind { kCall, kStream };

  SessionUse() = default;  // of no session
  explicit SessionUse(std::shared_ptr<SessionLifetime> lifetime,
                      Kind kind = Kind::kCall)
      : lifetime_(std::move(lifetime)), is_stream_(kind == Kind::kStream) {
    if (lifetime_ != nullptr) lifetime_->BeginUse(is_stream_);
  }
  ~SessionUse() {
    if (lifetime_ != nullptr) lifetime_->EndUse(is_stream_);
  }
  SessionUse(SessionUse&& other) noexcept
      : lifetime_(std::exchange(other.lifetime_, nullptr)),
        is_stream_(other.is_stream_) {}
  SessionUse& operator=(SessionUse&& other) noexcept {
    std::swap(lifetime_, other.lifetime_);
    std::swap(is_stream_, other.is_stream_);
    return *this;
  }

 private:
  std::shared_ptr<SessionLifetime> lifetime_;
  bool is_stream_ = false;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_SESSION_LIFETIME_H_
