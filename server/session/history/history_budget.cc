// SPDX-License-Identifier: Apache-2.0

#include "server/session/history/history_budget.h"

#include <algorithm>
#include <utility>

namespace spiked {

std::shared_ptr<HistoryBudget::Holding> HistoryBudget::Join(
    std::weak_ptr<History> history, const std::string& tenant) {
  auto holding = std::make_shared<Holding>();
  holding->history = std::move(history);
  MutexLock lock(&mutex_);
  std::shared_ptr<Share>& share = shares_[tenant];
  if (share == nullptr) share = std::make_shared<Share>();
  holding->share = share;
  holding->rank = next_rank_++;
  share->holdings.push_back(holding);
  return holding;
}

void HistoryBudget::Leave(const std::shared_ptr<Holding>& holding) {
  Add(holding.get(), -holding->bytes);
  MutexLock lock(&mutex_);
  Share& share = *holding->share;
  std::erase(share.holdings, holding);
  if (!share.holdings.empty()) return;
  std::erase_if(shares_, [&](const auto& entry) {
    return entry.second == holding->share;
  });
}

void HistoryBudget::Add(Holding* holding, int64_t bytes) {
  holding->bytes.fetch_add(bytes, std::memory_order_relaxed);
  holding->share->bytes.fetch_add(bytes, std::memory_order_relaxed);
  bytes_.fetch_add(bytes, std::memory_order_relaxed);
}

std::optional<std::vector<std::shared_ptr<History>>> HistoryBudget::LargerThan(
    const Share& share, bool may_wait) {
  using Size = std::pair<int64_t, int64_t>;  // bytes, rank
  std::vector<std::pair<Size, std::shared_ptr<History>>> histories;
  if (may_wait) {
    mutex_.Lock();
  } else if (!mutex_.TryLock()) {
    return std::nullopt;
  }
  const Share* largest = &share;
  int64_t most = share.bytes;
  for (const auto& [tenant, other] : shares_) {
    const int64_t bytes = other->bytes;
    if (bytes <= most) continue;
    most = bytes;
    largest = other.get();
  }
  if (largest != &share) {
    for (const auto& holding : largest->holdings) {
      auto history = holding->history.lock();
      if (history == nullptr) continue;
      histories.emplace_back(Size(holding->bytes, holding->rank),
                             std::move(history));
    }
  }
  mutex_.Unlock();
  std::sort(histories.begin(), histories.end(),
            [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<std::shared_ptr<History>> sorted;
  sorted.reserve(histories.size());
  for (auto& [size, history] : histories) sorted.push_back(std::move(history));
  return sorted;
}

bool HistoryBudget::TakeFromLarger(const Holding& grown) {
  while (exceeded()) {
    const bool may_wait = bytes() > max_bytes_ + max_bytes_ / kLaterPart;
    const auto histories = LargerThan(*grown.share, may_wait);
    if (!histories.has_value()) return true;
    bool is_busy = false;
    const auto give = [&](bool by_force) {
      return std::any_of(
          histories->begin(), histories->end(), [&](const auto& history) {
            const auto gave_up = history->GiveUpOldest(by_force, may_wait);
            is_busy = is_busy || gave_up == History::GaveUp::kBusy;
            return gave_up == History::GaveUp::kSome;
          });
    };
    if (give(false)) continue;
    if (is_busy) return true;
    if (!give(true)) return is_busy;
  }
  return true;
}

}  // namespace spiked
