// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/gate/request_turns.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace spiked {

size_t RequestTurns::Pool::Waiting() const {
  size_t count = 0;
  for (const auto& queue : waiting) count += queue.size();
  return count;
}

RequestTurns::Next RequestTurns::Add(RequestReading reading,
                                     int64_t now_nanos) {
  Pool* const pool = PoolOf(reading);
  const std::string connection = reading.connection;
  pool->waiting[StandingOf(connection).rank].Push(connection,
                                                  std::move(reading));
  Next next;
  TakeNext(pool, now_nanos, &next);
  return next;
}

RequestTurns::Next RequestTurns::Remove(Readings::iterator reading,
                                        bool is_complete, int64_t now_nanos) {
  Pool* const pool = PoolOf(*reading);
  if (is_complete) {
    const Standing standing = StandingOf(reading->connection);
    if (standing.rank != kProven && !standing.was_ended) {
      Remember(reading->connection, {kProven, false});
    }
  } else {
    MarkUnfinished(reading->connection, false);
  }
  --pool->open_count[reading->rank];
  pool->open.erase(reading);
  Next next;
  TakeNext(pool, now_nanos, &next);
  return next;
}

bool RequestTurns::HasTurn(const Pool& pool, int rank) {
  // Turns that are taken, or that other ranks may want.
  int taken = 0;
  for (int other = 0; other < kRanks; ++other) {
    taken += other == rank
                 ? pool.open_count[other]
                 : std::max(pool.open_count[other], pool.reserved[other]);
  }
  return taken < pool.max;
}

bool RequestTurns::HasMemory(const RequestReading& reading) const {
  const auto others =
      std::count_if(long_.open.begin(), long_.open.end(),
                    [](const RequestReading& r) { return !r.has_memory(); });
  return memory_->IsFree(reading, static_cast<int>(others));
}

void RequestTurns::TakeNext(Pool* pool, int64_t now_nanos, Next* next) {
  for (int rank = 0; rank < kRanks; ++rank) {
    FairQueue<RequestReading>& waiting = pool->waiting[rank];
    while (!waiting.empty() && HasTurn(*pool, rank)) {
      // The connection may have got an unfinished request meanwhile.
      const int rank_now = StandingOf(waiting.First().connection).rank;
      if (rank_now > rank) {
        RequestReading reading = waiting.Pop();
        const std::string connection = reading.connection;
        pool->waiting[rank_now].Push(connection, std::move(reading));
        continue;
      }
      if (pool == &long_ && !HasMemory(waiting.First())) return;
      RequestReading reading = waiting.Pop();
      reading.rank = rank;
      reading.begin_nanos = now_nanos;
      ++pool->open_count[rank];
      pool->open.push_back(std::move(reading));
      next->push_back(std::prev(pool->open.end()));
    }
  }
}

RequestTurns::Standing RequestTurns::StandingOf(
    const std::string& connection) const {
  for (const auto* map : {&recent_, &older_}) {
    const auto it = map->find(connection);
    if (it != map->end()) return it->second;
  }
  return Standing();
}

void RequestTurns::Remember(const std::string& connection, Standing standing) {
  if (recent_.size() >= kMaxRemembered && !recent_.contains(connection)) {
    older_ = std::exchange(recent_, {});
  }
  recent_[connection] = standing;
}

void RequestTurns::MarkUnfinished(const std::string& connection,
                                  bool was_ended) {
  const Standing standing = StandingOf(connection);
  was_ended = was_ended || standing.was_ended;
  if (standing.rank == kUnfinished && standing.was_ended == was_ended) return;
  Remember(connection, {kUnfinished, was_ended});
}

void RequestTurns::ConnectionsToMeasure(
    int64_t now_nanos, std::set<std::string>* connections) const {
  for (const RequestReading& reading : long_.open) {
    const bool is_due = reading.measured_nanos == 0
                            ? now_nanos - reading.begin_nanos >= kTrialNanos
                            : now_nanos - reading.measured_nanos >= kSlowNanos;
    if (is_due) connections->insert(reading.connection);
  }
}

void RequestTurns::MeasureLong(int64_t now_nanos,
                               const ReceivedBytes& received) {
  std::map<std::string, int64_t> count;  // of long requests, by connection
  for (const auto& reading : long_.open) ++count[reading.connection];
  for (RequestReading& reading : long_.open) {
    const int64_t passed_nanos =
        now_nanos - (reading.measured_nanos == 0 ? reading.begin_nanos
                                                 : reading.measured_nanos);
    const auto it = received.find(reading.connection);
    const int64_t bytes = it == received.end() ? -1 : it->second;
    if (reading.measured_nanos == 0) {
      if (passed_nanos < kTrialNanos) continue;
    } else {
      if (passed_nanos < kSlowNanos) continue;
      // What is not known of a connection doesn't speak for it.
      reading.is_slow =
          bytes < 0 || reading.measured_bytes < 0 ||
          now_nanos - reading.begin_nanos > kLongestNanos ||
          bytes - reading.measured_bytes < kMinBytes * count[it->first];
    }
    reading.measured_nanos = now_nanos;
    reading.measured_bytes = bytes;
  }
}

void RequestTurns::PassToLong(Readings::iterator reading) {
  --short_.open_count[reading->rank];
  reading->may_be_long = true;
  reading->rank = kUnfinished;
  ++long_.open_count[kUnfinished];
  long_.open.splice(long_.open.end(), short_.open, reading);
}

std::vector<RequestTurns::Ended> RequestTurns::CheckUnfinished(
    int64_t now_nanos, const ReceivedBytes& received, Next* next) {
  std::vector<Ended> ended;
  MeasureLong(now_nanos, received);
  const auto end = [&](RequestReading* reading, bool lacks_memory) {
    reading->is_ended = true;
    MarkUnfinished(reading->connection, true);
    ended.push_back({reading->call, lacks_memory});
  };

  size_t wanted = long_.Waiting();
  for (RequestReading& reading : long_.open) {
    if (now_nanos - reading.begin_nanos >= kTrialNanos) {
      MarkUnfinished(reading.connection, false);
    }
    const bool may_stay = reading.has_memory() || reading.is_ended ||
                          now_nanos - reading.begin_nanos < kTrialNanos ||
                          memory_->Take(&reading);
    if (reading.is_ended) {
      if (wanted > 0) --wanted;  // it will make room
    } else if (!may_stay || (reading.is_slow && wanted > 0)) {
      if (wanted > 0) --wanted;
      end(&reading, !may_stay);
    }
  }

  wanted = short_.Waiting();
  for (auto it = short_.open.begin(); it != short_.open.end();) {
    const auto reading = it++;
    if (now_nanos - reading->begin_nanos < kTrialNanos) continue;
    if (reading->is_ended) {
      if (wanted > 0) --wanted;
      continue;
    }
    MarkUnfinished(reading->connection, false);
    const bool has_turn = HasTurn(long_, kUnfinished);
    if (has_turn && memory_->Take(&*reading)) {
      PassToLong(reading);
      if (wanted > 0) --wanted;
    } else if (has_turn || wanted > 0) {
      if (wanted > 0) --wanted;
      end(&*reading, has_turn);
    }
  }
  TakeNext(&short_, now_nanos, next);
  TakeNext(&long_, now_nanos, next);  // memory may have become free
  return ended;
}

}  // namespace spiked
