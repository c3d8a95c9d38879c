// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_HISTORY_HISTORY_BUDGET_H_
#define SPIKED_SERVER_SESSION_HISTORY_HISTORY_BUDGET_H_

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "server/base/mutex.h"

namespace spiked {

// The history of one session, which can be made smaller.
class History {
 public:
  virtual ~History() = default;

  // Gives up the oldest spikes; false if there are none to give up. With
  // `by_force` it gives up even spikes that a blocking reader has not read.
  virtual bool GiveUpOldest(bool by_force) = 0;
};

// The memory that the histories of all sessions may use together. While they
// use more, the tenant that uses most gives up spikes. So each tenant with
// histories is sure of an equal share, and can also use what others leave.
// Within a tenant, the growing session gives up its own oldest spikes, so that
// no session takes memory from another. Thread-safe.
class HistoryBudget {
 public:
  explicit HistoryBudget(int64_t max_bytes) : max_bytes_(max_bytes) {}

  // Tells that a history has grown by `bytes`, or shrunk if they are negative;
  // then `self` may be null. A history is listed while it has bytes.
  void Add(const History* history, const std::weak_ptr<History>& self,
           const std::string& tenant, int64_t bytes);

  int64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  int64_t max_bytes() const { return max_bytes_; }
  bool exceeded() const { return bytes() > max_bytes_; }

  // Makes the tenant that uses most give up spikes, as long as the budget is
  // exceeded and that is not `tenant`, which has grown. True if that was
  // enough; false if `tenant` must give up its own. The caller must hold no
  // lock of a history.
  bool TakeFromLarger(const std::string& tenant);

  // Counts evicted spikes, whether evicted for this budget or for a session's
  // own limit.
  void AddEvicted(int64_t spikes) {
    evicted_.fetch_add(spikes, std::memory_order_relaxed);
  }
  int64_t evicted_spikes() const {
    return evicted_.load(std::memory_order_relaxed);
  }

 private:
  struct Entry {
    std::weak_ptr<History> history;
    int64_t bytes = 0;
    int64_t rank = 0;  // order of arrival
  };
  struct Share {
    int64_t bytes = 0;
    std::map<const History*, Entry> entries;
  };
  // The histories of the tenant that uses most, ordered by size, the largest
  // first, then the newest first. None if no tenant uses more than `tenant`.
  std::vector<std::shared_ptr<History>> LargerThan(const std::string& tenant);

  const int64_t max_bytes_;
  std::atomic<int64_t> bytes_{0};
  std::atomic<int64_t> evicted_{0};
  Mutex mutex_;
  int64_t next_rank_ ABSL_GUARDED_BY(mutex_) = 1;
  std::map<std::string, Share> shares_ ABSL_GUARDED_BY(mutex_);  // by tenant
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_HISTORY_HISTORY_BUDGET_H_
