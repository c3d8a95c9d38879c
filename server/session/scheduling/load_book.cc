// SPDX-License-Identifier: Apache-2.0

#include "server/session/scheduling/load_book.h"

namespace spiked {

// The sum is computed each time, because a running sum would drift, and starts
// are rare.
double LoadBook::TotalWithout(const void* who) const {
  double total = 0;
  for (const Entry& entry : entries_) {
    if (entry.who != who) total += entry.load;
  }
  return total;
}

double LoadBook::total() const {
  MutexLock lock(&mutex_);
  return TotalWithout(nullptr);
}

LoadBook::Verdict LoadBook::Enter(const void* who, double load, bool refuse) {
  MutexLock lock(&mutex_);
  Verdict verdict;
  verdict.free = capacity_ - TotalWithout(who);
  verdict.fits = load <= verdict.free;
  if (!verdict.fits && refuse) return verdict;
  const auto it = by_who_.find(who);
  if (it != by_who_.end()) {
    if (load <= it->second->load) {
      it->second->load = load;
      return verdict;
    }
    entries_.erase(it->second);
  }
  by_who_[who] = entries_.insert(entries_.end(), {who, load});
  return verdict;
}

void LoadBook::Update(const void* who, double load) {
  MutexLock lock(&mutex_);
  const auto it = by_who_.find(who);
  if (it != by_who_.end()) it->second->load = load;
}

void LoadBook::Leave(const void* who) {
  MutexLock lock(&mutex_);
  const auto it = by_who_.find(who);
  if (it == by_who_.end()) return;
  entries_.erase(it->second);
  by_who_.erase(it);
}

LoadBook::Verdict LoadBook::Look(const void* who) const {
  MutexLock lock(&mutex_);
  Verdict verdict;
  verdict.free = capacity_ - TotalWithout(who);
  double before = 0;
  for (const Entry& entry : entries_) {
    before += entry.load;
    if (entry.who == who) {
      verdict.fits = before <= capacity_;
      break;
    }
  }
  return verdict;
}

}  // namespace spiked
