// SPDX-License-Identifier: Apache-2.0

#include "server/session/scheduling/load_book.h"

#include <algorithm>

namespace spiked {

double LoadBook::total() const {
  MutexLock lock(&mutex_);
  double total = 0;
  for (const Entry& entry : entries_) total += entry.load;
  return total;
}

double LoadBook::fitting() const {
  MutexLock lock(&mutex_);
  return fitting_;
}

double LoadBook::FreeFor(const void* who) const {
  const auto it = by_who_.find(who);
  const bool counts = it != by_who_.end() && it->second->fits;
  return capacity_ - fitting_ + (counts ? it->second->load : 0);
}

// All verdicts are made anew, because a running sum would drift, and changes
// are rare: starts, and one measurement a second of each session.
void LoadBook::Judge() {
  fitting_ = 0;
  for (Entry& entry : entries_) {
    const bool fits = entry.load <= kUsablePart * entry.threads &&
                      fitting_ + entry.load <= capacity_;
    if (fits) fitting_ += entry.load;
    if (fits != entry.fits) ++revision_;
    entry.fits = fits;
  }
}

LoadBook::Verdict LoadBook::Enter(const void* who, double load, bool refuse,
                                  int threads) {
  MutexLock lock(&mutex_);
  Verdict verdict;
  verdict.free = std::min(FreeFor(who), kUsablePart * threads);
  verdict.fits = load <= verdict.free;
  if (!verdict.fits && refuse) return verdict;
  const auto it = by_who_.find(who);
  if (it != by_who_.end() && (verdict.fits || load <= it->second->load)) {
    it->second->load = load;  // takes nothing from others
    it->second->threads = threads;
  } else {
    if (it != by_who_.end()) entries_.erase(it->second);
    by_who_[who] = entries_.insert(entries_.end(), {who, load, threads});
  }
  Judge();
  ++revision_;
  return verdict;
}

void LoadBook::Update(const void* who, double load) {
  MutexLock lock(&mutex_);
  const auto it = by_who_.find(who);
  if (it == by_who_.end()) return;
  it->second->load = load;
  Judge();
}

void LoadBook::Leave(const void* who) {
  MutexLock lock(&mutex_);
  const auto it = by_who_.find(who);
  if (it == by_who_.end()) return;
  entries_.erase(it->second);
  by_who_.erase(it);
  Judge();
}

LoadBook::Verdict LoadBook::Look(const void* who) const {
  MutexLock lock(&mutex_);
  Verdict verdict;
  verdict.free = FreeFor(who);
  const auto it = by_who_.find(who);
  if (it != by_who_.end()) verdict.fits = it->second->fits;
  return verdict;
}

}  // namespace spiked
