// SPDX-License-Identifier: Apache-2.0

#include "server/session/history/spike_ring.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace spiked {
namespace {

constexpr size_t kFirstChunkBytes = 1 << 10;
constexpr size_t kMaxChunkBytes = 64 << 10;

// Counts the spikes of the steps [begin, end) that pass the filter.
int64_t CountWanted(const SpikeChunk& chunk, const SpikeChunk::Step* begin,
                    const SpikeChunk::Step* end, const SpikeFilter& filter) {
  int64_t count = 0;
  for (const auto* step = begin; step != end; ++step) {
    count += filter.Count(chunk.neurons(*step));
  }
  return count;
}

const SpikeChunk::Step* LowerBound(const SpikeChunk::Step* begin,
                                   const SpikeChunk::Step* end, int64_t step) {
  return std::partition_point(
      begin, end, [&](const SpikeChunk::Step& s) { return s.step < step; });
}

}  // namespace

SpikeRing::SpikeRing(Options options, Position begin)
    : options_(std::move(options)),
      next_chunk_bytes_(kFirstChunkBytes),
      epochs_{{.epoch = begin.epoch,
               .first_step = begin.step,
               .end_step = begin.step}} {}

SpikeRing::~SpikeRing() {
  if (holding_ != nullptr) options_.budget->Leave(holding_);
}

void SpikeRing::CountBytes(int64_t bytes) {
  bytes_ += static_cast<size_t>(bytes);
  if (options_.budget == nullptr) return;
  if (holding_ == nullptr) {
    holding_ = options_.budget->Join(weak_from_this(), options_.tenant);
  }
  options_.budget->Add(holding_.get(), bytes);
}

// Copies the spikes before it takes the lock, to places that readers can't see
// before Publish.
void SpikeRing::Append(const SpikeRun& run, int64_t end_step) {
  std::vector<Entry> added;
  size_t tail_step_count = tail_ == nullptr ? 0 : tail_->step_count();
  const int32_t* neurons = run.neurons.data();
  for (const SpikeRun::Step& step : run.steps) {
    if (tail_ == nullptr || !tail_->HasRoomFor(step.count)) {
      if (!added.empty()) added.back().step_count = tail_->step_count();
      tail_ = std::make_shared<SpikeChunk>(
          std::max(next_chunk_bytes_, SpikeChunk::BytesFor(step.count)));
      next_chunk_bytes_ = std::clamp(
          2 * next_chunk_bytes_, kFirstChunkBytes,
          std::clamp(options_.max_bytes / 8, kFirstChunkBytes, kMaxChunkBytes));
      added.push_back({tail_, 0, 0});
    }
    tail_->Add(step.step, {neurons, static_cast<size_t>(step.count)});
    neurons += step.count;
    if (added.empty()) tail_step_count = tail_->step_count();
  }
  if (!added.empty()) added.back().step_count = tail_->step_count();
  Publish(std::move(added), tail_step_count,
          static_cast<int64_t>(run.neurons.size()), end_step);
}

void SpikeRing::Publish(std::vector<Entry> added, size_t tail_step_count,
                        int64_t spike_count, int64_t end_step) {
  std::vector<Entry> freed;
  bool has_room = false;
  {
    MutexLock lock(&mutex_);
    Epoch& now = epochs_.back();
    now.end_step = end_step;
    if (spike_count == 0) return;
    const bool is_tight =
        options_.memory_guard != nullptr && options_.memory_guard->tight();
    const size_t max_bytes =
        is_tight ? std::min(bytes_, options_.max_bytes) : options_.max_bytes;
    int64_t before = appended_;
    if (!now.entries.empty()) {
      Entry& tail = now.entries.back();
      tail.step_count = tail_step_count;
      before = tail.spikes_before + tail.chunk->SpikesBefore(tail_step_count);
    }
    for (Entry& entry : added) {
      entry.spikes_before = before;
      before += entry.chunk->SpikesBefore(entry.step_count);
      CountBytes(static_cast<int64_t>(entry.chunk->bytes()));
      ++entry_count_;
      now.entries.push_back(std::move(entry));
    }
    appended_ += spike_count;
    MakeRoom(max_bytes, &freed);
    has_room = UpdateBlocked();
  }
  has_room = KeepToBudget(&freed) || has_room;
  if (has_room && options_.on_room) options_.on_room();
}

void SpikeRing::MakeRoom(size_t max_bytes, std::vector<Entry>* freed) {
  while (entry_count_ > 1 && bytes_ > max_bytes) {
    if (MustKeepOldest()) return;
    freed->push_back(EvictOldest());
  }
}

bool SpikeRing::KeepToBudget(std::vector<Entry>* freed) {
  HistoryBudget* const budget = options_.budget.get();
  if (budget == nullptr || !budget->exceeded()) return false;
  std::shared_ptr<HistoryBudget::Holding> holding;
  {
    MutexLock lock(&mutex_);
    holding = holding_;
  }
  if (holding == nullptr || budget->TakeFromLarger(*holding)) return false;
  MutexLock lock(&mutex_);
  while (entry_count_ > 1 && budget->exceeded() && !MustKeepOldest()) {
    freed->push_back(EvictOldest());
  }
  return UpdateBlocked();
}

SpikeRing::GaveUp SpikeRing::GiveUpOldest(bool by_force, bool may_wait) {
  std::optional<Entry> freed;
  bool has_room = false;
  if (may_wait) {
    mutex_.Lock();
  } else if (!mutex_.TryLock()) {
    return GaveUp::kBusy;
  }
  if (entry_count_ > 1 && (by_force || !MustKeepOldest())) {
    freed = EvictOldest();
    has_room = UpdateBlocked();
  }
  mutex_.Unlock();
  if (has_room && options_.on_room) options_.on_room();
  return freed.has_value() ? GaveUp::kSome : GaveUp::kNothing;
}

// Whether a blocking reader still needs the oldest chunk. Not when the ring has
// twice its size: the session waits before that, and if it doesn't, the reader
// loses spikes like any other.
bool SpikeRing::MustKeepOldest() {
  if (bytes_ > 2 * options_.max_bytes) return false;
  while (epochs_.front().entries.empty()) DropEpoch();
  const Epoch& oldest = epochs_.front();
  const int64_t end = oldest.entries.front().last_step() + 1;
  return std::any_of(readers_.begin(), readers_.end(),
                     [&](const Reader& reader) {
                       return reader.block_bytes > 0 &&
                              reader.position.epoch == oldest.epoch &&
                              reader.position.step < end;
                     });
}

SpikeRing::Entry SpikeRing::EvictOldest() {
  while (epochs_.front().entries.empty()) DropEpoch();
  Epoch& oldest = epochs_.front();
  Entry entry = std::move(oldest.entries.front());
  oldest.entries.pop_front();
  const int64_t end = entry.last_step() + 1;
  for (Reader& reader : readers_) {
    if (reader.position.epoch != oldest.epoch || reader.position.step >= end) {
      continue;
    }
    reader.dropped += CountWanted(
        *entry.chunk,
        LowerBound(entry.begin(), entry.end(), reader.position.step),
        entry.end(), *reader.filter);
    reader.position.step = end;
  }
  oldest.first_step = end;
  CountBytes(-static_cast<int64_t>(entry.chunk->bytes()));
  --entry_count_;
  if (options_.budget != nullptr) {
    options_.budget->AddEvicted(entry.chunk->SpikesBefore(entry.step_count));
  }
  return entry;
}

// Requires: the oldest epoch has no spikes and is not the current one.
void SpikeRing::DropEpoch() {
  const int64_t epoch = epochs_.front().epoch;
  epochs_.pop_front();
  for (Reader& reader : readers_) {
    if (reader.position.epoch != epoch) continue;
    reader.position = {epochs_.front().epoch, epochs_.front().first_step};
  }
}

void SpikeRing::Reset(int64_t epoch) {
  tail_ = nullptr;
  std::vector<Entry> freed;
  bool has_room = false;
  {
    MutexLock lock(&mutex_);
    epochs_.push_back({.epoch = epoch});
    while (epochs_.size() > kMaxEpochs) {
      while (!epochs_.front().entries.empty()) freed.push_back(EvictOldest());
      DropEpoch();
    }
    has_room = UpdateBlocked();
  }
  if (has_room && options_.on_room) options_.on_room();
}

SpikeRing::Position SpikeRing::end() const {
  MutexLock lock(&mutex_);
  return {epochs_.back().epoch, epochs_.back().end_step};
}

int64_t SpikeRing::oldest_step() const {
  MutexLock lock(&mutex_);
  return epochs_.back().first_step;
}

const SpikeRing::Epoch* SpikeRing::Find(int64_t epoch) const {
  const auto it =
      std::find_if(epochs_.begin(), epochs_.end(),
                   [&](const Epoch& e) { return e.epoch == epoch; });
  return it == epochs_.end() ? nullptr : &*it;
}

std::deque<SpikeRing::Entry>::const_iterator SpikeRing::EntryOf(
    const Epoch& epoch, int64_t step) {
  return std::partition_point(
      epoch.entries.begin(), epoch.entries.end(),
      [&](const Entry& entry) { return entry.last_step() < step; });
}

SpikeRing::Reading SpikeRing::Read(Position from, int64_t max_spikes,
                                   int64_t until) const {
  MutexLock lock(&mutex_);
  Reading reading;
  const Epoch* epoch = Find(from.epoch);
  if (epoch == nullptr || from.step < epoch->first_step) return reading;
  reading.found = true;
  reading.end_step = std::max(from.step, std::min(until, epoch->end_step));
  for (auto it = EntryOf(*epoch, from.step); it != epoch->entries.end(); ++it) {
    const auto* begin = LowerBound(it->begin(), it->end(), from.step);
    const auto* end = LowerBound(begin, it->end(), reading.end_step);
    if (begin == end) break;
    const int64_t before = it->chunk->SpikesBefore(begin - it->begin());
    const auto count_to = [&](const SpikeChunk::Step* step) {
      return it->chunk->SpikesBefore(step - it->begin()) - before;
    };
    // Take as many steps as fit into max_spikes, but at least one.
    const auto* cut = end;
    if (count_to(end) > max_spikes) {
      cut = std::partition_point(begin, end, [&](const SpikeChunk::Step& step) {
        return count_to(&step + 1) <= max_spikes;
      });
      if (cut == begin && reading.pieces.empty()) ++cut;
    }
    if (cut != begin) {
      max_spikes -= count_to(cut);
      reading.pieces.push_back({it->chunk, begin, cut});
    }
    if (cut != end) {
      reading.end_step = cut->step;
      break;
    }
  }
  reading.has_more =
      reading.end_step < epoch->end_step || epoch != &epochs_.back();
  return reading;
}

int64_t SpikeRing::WaitingBytes(Position position) const {
  const Epoch* epoch = Find(position.epoch);
  if (epoch == nullptr) return 0;
  auto it = EntryOf(*epoch, position.step);
  int64_t before = appended_;
  if (it != epoch->entries.end()) {
    const auto* step = LowerBound(it->begin(), it->end(), position.step);
    before = it->spikes_before + it->chunk->SpikesBefore(step - it->begin());
  } else {
    // At the end of an old epoch all spikes of later epochs wait.
    for (auto later = epochs_.rbegin(); &*later != epoch; ++later) {
      if (later->entries.empty()) continue;
      before = later->entries.front().spikes_before;
    }
  }
  return (appended_ - before) * static_cast<int64_t>(sizeof(int32_t));
}

bool SpikeRing::UpdateBlocked() {
  bool blocked = false;
  for (const Reader& reader : readers_) {
    blocked = blocked || (reader.block_bytes > 0 &&
                          WaitingBytes(reader.position) >= reader.block_bytes);
  }
  return blocked_.exchange(blocked) && !blocked;
}

}  // namespace spiked
