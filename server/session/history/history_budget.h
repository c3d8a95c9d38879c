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

  // Gives up its oldest spikes; false if it has none to spare. `by_force`: even
  // those that a reader who blocks has not read.
  virtual bool GiveUpOldest(bool by_force) = 0;
};

// What the histories of all sessions may use together. It is shared by the
// tenants that have some: while they use more, the one that uses most gives
// spikes up. So each is sure of an equal share, whatever others do, and has
// what others leave. Within a tenant, the session that grows gives up its own
// oldest spikes, so that no session can take another's. Thread-safe.
class HistoryBudget {
 public:
  explicit HistoryBudget(int64_t max_bytes) : max_bytes_(max_bytes) {}

  // A history grows, or shrinks if `bytes` is less than 0, in which case `self`
  // may be null. It is known from when it has bytes until it has none.
  void Add(const History* history, const std::weak_ptr<History>& self,
           const std::string& tenant, int64_t bytes);

  int64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  int64_t max_bytes() const { return max_bytes_; }
  bool exceeded() const { return bytes() > max_bytes_; }

  // Takes from the tenants that use most as long as that is another one than
  // `tenant`, which has grown. True: that was enough; else it has to give up
  // its own. The caller holds no lock of a history.
  bool TakeFromLarger(const std::string& tenant);

  // Counts spikes that were given up, for this budget or for the session's own.
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
    int64_t rank = 0;  // by when it came
  };
  struct Share {
    int64_t bytes = 0;
    std::map<const History*, Entry> entries;
  };
  // The histories of the tenant that uses most, the largest first and of those
  // the newest; none if that is `tenant`, also if others use as much.
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
