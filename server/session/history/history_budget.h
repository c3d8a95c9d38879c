// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_HISTORY_HISTORY_BUDGET_H_
#define SPIKED_SERVER_SESSION_HISTORY_HISTORY_BUDGET_H_

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/base/mutex.h"

namespace spiked {

// The history of one session, which can be made smaller.
class History {
 public:
  virtual ~History() = default;

  enum class GaveUp { kSome, kNothing, kBusy };

  // Gives up the oldest spikes, if there are some to give up. With `by_force`
  // it gives up even spikes that a blocking reader has not read. Without
  // `may_wait` it does nothing while another thread uses the history (kBusy).
  virtual GaveUp GiveUpOldest(bool by_force, bool may_wait) = 0;
};

// The memory that the histories of all sessions may use together. While they
// use more, the tenant that uses most gives up spikes. So each tenant with
// histories is sure of an equal share, and can also use what others leave.
// Within a tenant, the growing session gives up its own oldest spikes, so that
// no session takes memory from another. Thread-safe.
//
// Histories grow in the threads that step sessions, which must not wait for
// others: growth is counted without a lock, and what another thread is using
// is left for later, up to kLaterPart of the budget.
class HistoryBudget {
 private:
  struct Share;

 public:
  explicit HistoryBudget(int64_t max_bytes) : max_bytes_(max_bytes) {}

  // A history on the list.
  struct Holding {
    std::weak_ptr<History> history;
    std::shared_ptr<Share> share;  // of its tenant
    int64_t rank = 0;              // order of arrival
    std::atomic<int64_t> bytes{0};
  };

  // Puts a history on the list, with no bytes; Leave takes it off.
  std::shared_ptr<Holding> Join(std::weak_ptr<History> history,
                                const std::string& tenant);
  void Leave(const std::shared_ptr<Holding>& holding);

  // Tells that a history has grown by `bytes`, or shrunk if they are negative.
  void Add(Holding* holding, int64_t bytes);

  int64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  int64_t max_bytes() const { return max_bytes_; }
  bool exceeded() const { return bytes() > max_bytes_; }

  // Makes the tenant that uses most give up spikes, as long as the budget is
  // exceeded and that is not the tenant of `grown`. True if that was enough, or
  // can be done later; false if `grown` must give up its own. The caller must
  // hold no lock of a history.
  bool TakeFromLarger(const Holding& grown);

  // Counts evicted spikes, whether evicted for this budget or for a session's
  // own limit.
  void AddEvicted(int64_t spikes) {
    evicted_.fetch_add(spikes, std::memory_order_relaxed);
  }
  int64_t evicted_spikes() const {
    return evicted_.load(std::memory_order_relaxed);
  }

 private:
  // What the histories of a tenant have.
  struct Share {
    std::atomic<int64_t> bytes{0};
    std::vector<std::shared_ptr<Holding>> holdings;  // with the lock
  };
  // The histories of the tenant that uses most, ordered by size, the largest
  // first, then the newest first. None if no tenant uses more than `share`.
  // Nullopt if another thread has the list and this one may not wait.
  std::optional<std::vector<std::shared_ptr<History>>> LargerThan(
      const Share& share, bool may_wait);

  static constexpr int64_t kLaterPart = 16;

  const int64_t max_bytes_;
  std::atomic<int64_t> bytes_{0};
  std::atomic<int64_t> evicted_{0};
  Mutex mutex_;
  int64_t next_rank_ ABSL_GUARDED_BY(mutex_) = 1;
  // By tenant.
  std::map<std::string, std::shared_ptr<Share>> shares_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_HISTORY_HISTORY_BUDGET_H_
