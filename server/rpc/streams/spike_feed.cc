// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/streams/spike_feed.h"

#include <algorithm>
#include <utility>

namespace spiked {
namespace {

constexpr int64_t kMaxSpikesPerRead = 1 << 17;
// The most spikes that are read for one message, whether they pass the filter
// or not, so that a filter that passes few doesn't keep the dispatcher busy.
constexpr int64_t kMaxSpikesPerBlock = 1 << 21;
constexpr size_t kMaxKeptBytes = size_t{1} << 20;
constexpr size_t kMaxKept = 64;

}  // namespace

std::shared_ptr<const SpikeBlock> SpikeFeed::Next(const SpikeCursor& cursor,
                                                  SpikeRing::Position from,
                                                  bool is_shared) {
  int64_t until = SpikeRing::kNoLimit;
  if (is_shared) {
    for (const auto& block : recent_) {
      if (block->Serves(from)) return block;
      if (block->position.epoch == from.epoch &&
          block->position.step > from.step) {
        until = std::min(until, block->position.step);
      }
    }
  } else if (!recent_.empty()) {
    recent_.clear();
    recent_bytes_ = 0;
  }
  auto block = Encode(cursor, from, until);
  if (block != nullptr && is_shared && block->end_step > from.step) Keep(block);
  return block;
}

std::shared_ptr<const SpikeBlock> SpikeFeed::Encode(const SpikeCursor& cursor,
                                                    SpikeRing::Position from,
                                                    int64_t until) {
  encoder_.Begin(from);
  SpikeRing::Position here = from;
  bool has_more = true;
  for (int64_t looked_at = 0; looked_at < kMaxSpikesPerBlock && has_more;
       looked_at += kMaxSpikesPerRead) {
    const SpikeRing::Reading reading =
        cursor.Read(here, kMaxSpikesPerRead, until);
    if (!reading.found) return nullptr;
    const bool has_moved = reading.end_step > here.step;
    has_more = reading.has_more;
    here.step = reading.end_step;
    if (!encoder_.Add(reading.pieces, cursor.filter(), &here.step)) {
      has_more = true;
      break;
    }
    if (!has_moved || here.step == until) break;
  }
  return encoder_.Finish(here.step, has_more);
}

void SpikeFeed::Keep(std::shared_ptr<const SpikeBlock> block) {
  recent_bytes_ += block->body.size();
  recent_.push_back(std::move(block));
  while (recent_.size() > kMaxKept ||
         (recent_bytes_ > kMaxKeptBytes && recent_.size() > 1)) {
    recent_bytes_ -= recent_.front()->body.size();
    recent_.pop_front();
  }
}

SpikeFeeds::Found SpikeFeeds::Find(const Key& key,
                                   std::shared_ptr<const SpikeFilter> filter) {
  MutexLock lock(&mutex_);
  std::erase_if(entries_, [](const Entry& entry) {
    return entry.feed.expired() || entry.filter.expired();
  });
  for (const Entry& entry : entries_) {
    auto feed = entry.feed.lock();
    auto known = entry.filter.lock();
    if (feed != nullptr && known != nullptr && entry.key.ring == key.ring &&
        entry.key.encoding == key.encoding &&
        entry.key.window_nanos == key.window_nanos && *known == *filter) {
      return {std::move(feed), std::move(known)};
    }
  }
  Found found = {std::make_shared<SpikeFeed>(key.encoding), std::move(filter)};
  entries_.push_back({key, found.feed, found.filter});
  return found;
}

}  // namespace spiked
