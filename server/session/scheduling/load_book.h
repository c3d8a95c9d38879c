// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_SCHEDULING_LOAD_BOOK_H_
#define SPIKED_SERVER_SESSION_SCHEDULING_LOAD_BOOK_H_

#include <list>
#include <unordered_map>

#include "server/base/mutex.h"

namespace spiked {

// Decides which running real-time sessions fit into the capacity of the
// workers. Sessions are in the order in which they began or last asked for a
// larger load, and the last ones don't fit. A session is identified by the
// pointer `who`. Loads are in worker threads. Thread-safe.
class LoadBook {
 public:
  // The usable part of a worker thread; the rest is for commands and for
  // variations of the load.
  static constexpr double kUsablePart = 0.9;

  explicit LoadBook(int workers) : capacity_(kUsablePart * workers) {}

  struct Verdict {
    bool fits = true;
    double free = 0;  // capacity without the others' loads
  };

  // Enters a session that begins to run, or asks for another load while it
  // runs. If it doesn't fit and `refuse` is true, nothing is changed.
  Verdict Enter(const void* who, double load, bool refuse);

  // Sets the measured load of a running session; ignored for others.
  void Update(const void* who, double load);

  void Leave(const void* who);

  // Whether a running session fits, and the free load without it. For others
  // `fits` is true.
  Verdict Look(const void* who) const;

  double capacity() const { return capacity_; }
  double total() const;

 private:
  struct Entry {
    const void* who;
    double load;
  };
  double TotalWithout(const void* who) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const double capacity_;
  mutable Mutex mutex_;
  std::list<Entry> entries_ ABSL_GUARDED_BY(mutex_);  // earliest first
  std::unordered_map<const void*, std::list<Entry>::iterator> by_who_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_SCHEDULING_LOAD_BOOK_H_
