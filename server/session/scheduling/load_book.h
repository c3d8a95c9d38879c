// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_SCHEDULING_LOAD_BOOK_H_
#define SPIKED_SERVER_SESSION_SCHEDULING_LOAD_BOOK_H_

#include <list>
#include <unordered_map>

#include "server/base/mutex.h"

namespace spiked {

// Which running real-time sessions fit into what the workers can do, in the
// order in which they began: those that come later, or ask for more later, are
// the ones that don't fit. Loads are in worker threads. Thread-safe.
class LoadBook {
 public:
  // Of a worker thread; the rest is for commands, and for load that varies.
  static constexpr double kUsablePart = 0.9;

  explicit LoadBook(int workers) : capacity_(kUsablePart * workers) {}

  struct Verdict {
    bool fits = true;
    double free = 0;  // what the others leave
  };

  // Somebody begins to run, or asks for another load while it runs. If it
  // doesn't fit and `refuse` is true, nothing is changed.
  Verdict Enter(const void* who, double load, bool refuse);

  // A new measurement of somebody who runs; ignored for others.
  void Update(const void* who, double load);

  void Leave(const void* who);

  // Whether somebody who runs fits. For others: what they would find.
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
  std::list<Entry> entries_ ABSL_GUARDED_BY(mutex_);  // by time of beginning
  std::unordered_map<const void*, std::list<Entry>::iterator> by_who_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_SCHEDULING_LOAD_BOOK_H_
