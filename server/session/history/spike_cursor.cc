// SPDX-License-Identifier: Apache-2.0

#include "server/session/history/spike_cursor.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace spiked {
namespace {

constexpr int64_t kBytesPerSpike = sizeof(int32_t);
// The most spikes that are skipped at a time.
constexpr int64_t kMaxSpikes = 1 << 20;

}  // namespace

SpikeCursor::Opened SpikeCursor::Open(Opening opening) {
  SpikeRing& ring = *opening.ring;
  MutexLock lock(&ring.mutex_);
  const SpikeRing::Epoch& now = ring.epochs_.back();
  Opened opened;
  opened.end = {now.epoch, now.end_step};
  opened.oldest_step = now.first_step;
  const int64_t step = opening.step.value_or(now.end_step);
  if (opening.epoch.value_or(now.epoch) != now.epoch) {
    opened.problem = Problem::kOtherEpoch;
  } else if (step < now.first_step) {
    opened.problem = Problem::kEvicted;
  } else if (step > now.end_step) {
    opened.problem = Problem::kFuture;
  }
  if (opened.problem != Problem::kNone) return opened;
  const auto half = static_cast<int64_t>(ring.options_.max_bytes / 2);
  ring.readers_.push_back({opening.filter,
                           {now.epoch, step},
                           0,
                           std::min(opening.block_bytes, half)});
  opened.cursor.reset(new SpikeCursor);
  opened.cursor->reader_ = std::prev(ring.readers_.end());
  opened.cursor->filter_ = std::move(opening.filter);
  ring.UpdateBlocked();  // a new reader can only block
  opened.cursor->ring_ = opening.ring;
  return opened;
}

SpikeCursor::~SpikeCursor() {
  bool has_room = false;
  {
    MutexLock lock(&ring_->mutex_);
    ring_->readers_.erase(reader_);
    has_room = ring_->UpdateBlocked();
  }
  if (has_room && ring_->options_.on_room) ring_->options_.on_room();
}

SpikeCursor::Look SpikeCursor::LookHere() {
  MutexLock lock(&ring_->mutex_);
  auto it = std::find_if(ring_->epochs_.begin(), ring_->epochs_.end(),
                         [&](const SpikeRing::Epoch& epoch) {
                           return epoch.epoch == reader_->position.epoch;
                         });
  while (reader_->position.step >= it->end_step &&
         std::next(it) != ring_->epochs_.end()) {
    ++it;
    reader_->position = {it->epoch, it->first_step};
  }
  return {reader_->position, std::exchange(reader_->dropped, 0)};
}

bool SpikeCursor::Move(Position from, int64_t to_step) {
  bool has_room = false;
  {
    MutexLock lock(&ring_->mutex_);
    if (!(reader_->position == from)) return false;
    reader_->position.step = to_step;
    if (reader_->block_bytes > 0) has_room = ring_->UpdateBlocked();
  }
  if (has_room && ring_->options_.on_room) ring_->options_.on_room();
  return true;
}

int64_t SpikeCursor::SkipOver(Position from,
                              const SpikeRing::Reading& reading) {
  if (!reading.found || !Move(from, reading.end_step)) return 0;
  int64_t skipped = 0;
  for (const SpikeRing::Piece& piece : reading.pieces) {
    for (const auto* step = piece.begin; step != piece.end; ++step) {
      skipped += filter_->Count(piece.chunk->neurons(*step));
    }
  }
  return skipped;
}

int64_t SpikeCursor::Skip(int64_t keep_bytes) {
  int64_t skipped = 0;
  for (;;) {
    const Look look = LookHere();
    skipped += look.dropped;
    const int64_t excess = waiting_bytes() - keep_bytes;
    if (excess <= 0) return skipped;
    const int64_t spikes = (excess + kBytesPerSpike - 1) / kBytesPerSpike;
    skipped += SkipOver(look.position,
                        Read(look.position, std::min(spikes, kMaxSpikes)));
  }
}

int64_t SpikeCursor::SkipTo(Position end) {
  int64_t skipped = 0;
  for (;;) {
    const Look look = LookHere();
    skipped += look.dropped;
    const Position here = look.position;
    if (!(here < end)) return skipped;
    const int64_t until =
        here.epoch == end.epoch ? end.step : SpikeRing::kNoLimit;
    skipped += SkipOver(here, Read(here, kMaxSpikes, until));
  }
}

SpikeCursor::Position SpikeCursor::position() const {
  MutexLock lock(&ring_->mutex_);
  return reader_->position;
}

int64_t SpikeCursor::waiting_bytes() const {
  MutexLock lock(&ring_->mutex_);
  return ring_->WaitingBytes(reader_->position);
}

}  // namespace spiked
