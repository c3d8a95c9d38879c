// SPDX-License-Identifier: Apache-2.0

#include "server/session/history/history_budget.h"

#include <algorithm>
#include <utility>

namespace spiked {

void HistoryBudget::Add(const History* history,
                        const std::weak_ptr<History>& self,
                        const std::string& tenant, int64_t bytes) {
  if (bytes == 0) return;
  bytes_.fetch_add(bytes, std::memory_order_relaxed);
  MutexLock lock(&mutex_);
  Share& share = shares_[tenant];
  Entry& entry = share.entries[history];
  if (entry.rank == 0) entry.rank = next_rank_++;
  share.bytes += bytes;
  entry.bytes += bytes;
  if (bytes > 0) entry.history = self;
  if (entry.bytes == 0) share.entries.erase(history);
  if (share.entries.empty()) shares_.erase(tenant);
}

std::vector<std::shared_ptr<History>> HistoryBudget::LargerThan(
    const std::string& tenant) {
  using Size = std::pair<int64_t, int64_t>;  // bytes, rank
  std::vector<std::pair<Size, std::shared_ptr<History>>> histories;
  {
    MutexLock lock(&mutex_);
    const auto largest = std::max_element(
        shares_.begin(), shares_.end(), [](const auto& a, const auto& b) {
          return a.second.bytes < b.second.bytes;
        });
    const auto own = shares_.find(tenant);
    if (largest == shares_.end() ||
        (own != shares_.end() && own->second.bytes >= largest->second.bytes)) {
      return {};
    }
    for (const auto& [key, entry] : largest->second.entries) {
      auto history = entry.history.lock();
      if (history != nullptr) {
        histories.emplace_back(Size(entry.bytes, entry.rank),
                               std::move(history));
      }
    }
  }
  std::sort(histories.begin(), histories.end(),
            [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<std::shared_ptr<History>> sorted;
  sorted.reserve(histories.size());
  for (auto& [size, history] : histories) sorted.push_back(std::move(history));
  return sorted;
}

bool HistoryBudget::TakeFromLarger(const std::string& tenant) {
  while (exceeded()) {
    const auto histories = LargerThan(tenant);
    const auto give = [&](bool by_force) {
      return std::any_of(histories.begin(), histories.end(),
                         [by_force](const auto& history) {
                           return history->GiveUpOldest(by_force);
                         });
    };
    if (!give(false) && !give(true)) return false;
  }
  return true;
}

}  // namespace spiked
