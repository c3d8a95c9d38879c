// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/transit_guard.h"

#include <algorithm>
#include <utility>

#include "server/base/log.h"

namespace spiked {

void TransitGuard::Look(int64_t now_nanos) {
  const bool is_over = world_.resident_bytes() > limits_.process_bytes;
  if (!is_over) give_back_wait_nanos_ = kLeastGiveBackNanos;
  if (now_nanos < (is_over ? next_nanos_ : measured_nanos_ + kMeasureNanos)) {
    return;
  }
  measured_nanos_ = now_nanos;
  std::vector<OnItsWay> all = Measure(now_nanos);
  next_nanos_ = now_nanos + std::ssize(all) * kNanosPerConnection;
  if (!is_over) return;
  std::sort(all.begin(), all.end(), [](const OnItsWay& a, const OnItsWay& b) {
    return a.bytes > b.bytes;
  });
  GiveBack(now_nanos, EndLargest(all));
}

// What calls have freed may still count as the process's.
void TransitGuard::GiveBack(int64_t now_nanos, bool has_ended) {
  if (has_ended) give_back_wait_nanos_ = kLeastGiveBackNanos;
  if (now_nanos < gave_back_nanos_ + give_back_wait_nanos_) return;
  gave_back_nanos_ = now_nanos;
  give_back_wait_nanos_ =
      std::min(2 * give_back_wait_nanos_, kMostGiveBackNanos);
  world_.give_back_free_memory();
}

std::vector<TransitGuard::OnItsWay> TransitGuard::Measure(int64_t now_nanos) {
  std::vector<TcpConnection> connections;
  const TransitBook::Bytes bytes = book_->OnTheirWay(
      [&] {
        connections = world_.connections();
        TransitBook::Bytes read;
        for (const TcpConnection& connection : connections) {
          // What waits in the kernel is not in this process's memory.
          read[connection.peer] =
              connection.received_bytes - connection.waiting_bytes;
        }
        return read;
      },
      now_nanos);
  std::vector<OnItsWay> all;
  all.reserve(connections.size());
  for (TcpConnection& connection : connections) {
    const int64_t on_its_way = bytes.at(connection.peer);
    all.push_back({std::move(connection), on_its_way});
  }
  return all;
}

bool TransitGuard::EndLargest(const std::vector<OnItsWay>& all) {
  int64_t sum = 0;
  std::set<std::string> ended;
  for (const OnItsWay& one : all) {
    sum += one.bytes;
    if (ended_.contains(one.connection.peer)) ended.insert(one.connection.peer);
  }
  ended_ = std::move(ended);
  bool has_ended = false;
  for (const OnItsWay& one : all) {
    if (sum <= limits_.transit_bytes) break;
    sum -= one.bytes;
    if (!ended_.insert(one.connection.peer).second) continue;
    has_ended = true;
    world_.end(one.connection);
    statistics_->transit_disconnects.Add();
    if (!log_budget_.Admit()) continue;
    Log(LogLevel::kWarning,
        "a connection is ended: memory is used up, and it has the most on its "
        "way",
        {{"peer", one.connection.peer}, {"bytes", one.bytes}});
  }
  return has_ended;
}

}  // namespace spiked
