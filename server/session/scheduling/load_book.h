// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_SCHEDULING_LOAD_BOOK_H_
#define SPIKED_SERVER_SESSION_SCHEDULING_LOAD_BOOK_H_

#include <atomic>
#include <cstdint>
#include <list>
#include <unordered_map>

#include "server/base/mutex.h"

namespace spiked {

// The loads of the real-time sessions that run, and which of them fit: in the
// order of their starts, each whose load fits into what the others that fit
// leave. A session that doesn't fit takes nothing from those after it. A
// session that asks for a larger load, which doesn't fit, starts again. A
// session is identified by the pointer `who`. Loads are in worker threads.
// Thread-safe.
class LoadBook {
 public:
  // The usable part of a worker thread; the rest is for commands, for sessions
  // without a schedule, and for variations of the load.
  static constexpr double kUsablePart = 0.9;
  static constexpr int kAnyThreads = 1 << 20;

  explicit LoadBook(int workers) : capacity_(kUsablePart * workers) {}

  struct Verdict {
    bool fits = true;
    double free = 0;  // capacity without the others' loads that fit
  };

  // Enters a session that begins to run, or asks for another load while it
  // runs. If it doesn't fit and `refuse` is true, nothing is changed. One
  // session can't use more than the usable part of its threads, however many
  // there are in all.
  Verdict Enter(const void* who, double load, bool refuse,
                int threads = kAnyThreads);

  // Sets the measured load of a running session; ignored for others.
  void Update(const void* who, double load);

  void Leave(const void* who);

  // Whether a running session fits, and the free load without it. For others
  // `fits` is true.
  Verdict Look(const void* who) const;

  // Changes when the verdict on a session may have changed.
  int64_t revision() const { return revision_; }

  double capacity() const { return capacity_; }
  // Of all sessions, and of those that fit.
  double total() const;
  double fitting() const;

 private:
  struct Entry {
    const void* who;
    double load;
    int threads;
    bool fits = true;
  };
  // What those that fit leave to `who`.
  double FreeFor(const void* who) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Judge() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const double capacity_;
  std::atomic<int64_t> revision_{0};
  mutable Mutex mutex_;
  std::list<Entry> entries_ ABSL_GUARDED_BY(mutex_);  // earliest first
  std::unordered_map<const void*, std::list<Entry>::iterator> by_who_
      ABSL_GUARDED_BY(mutex_);
  double fitting_ ABSL_GUARDED_BY(mutex_) = 0;  // load of those that fit
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_SCHEDULING_LOAD_BOOK_H_
