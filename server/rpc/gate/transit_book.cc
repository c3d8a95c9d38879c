// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/gate/transit_book.h"

#include <algorithm>

#include "server/base/plain_peer.h"

namespace spiked {

std::shared_ptr<ConnectionUse> TransitBook::Find(const std::string& peer) {
  MutexLock lock(&mutex_);
  std::shared_ptr<ConnectionUse>& use = entries_[PlainPeer(peer)].use;
  if (use == nullptr) use = std::make_shared<ConnectionUse>();
  return use;
}

TransitBook::Bytes TransitBook::OnTheirWay(
    const std::function<Bytes()>& read_bytes, int64_t now_nanos) {
  {
    // Before it is known what was read: a message that calls take meanwhile
    // must not seem to have been taken before it came.
    MutexLock lock(&mutex_);
    for (auto& [peer, entry] : entries_) {
      entry.taken_bytes = entry.use->taken_bytes_;
    }
  }
  const Bytes read = read_bytes();
  Bytes on_their_way;
  MutexLock lock(&mutex_);
  for (const auto& [peer, bytes] : read) {
    Entry& entry = entries_[peer];
    if (entry.use == nullptr) entry.use = std::make_shared<ConnectionUse>();
    if (entry.measured_nanos != 0) {
      entry.explained_bytes += (now_nanos - entry.measured_nanos) /
                               (1'000'000'000 / kBytesPerSecond);
    }
    entry.measured_nanos = now_nanos;
    const int64_t left = bytes - entry.taken_bytes - entry.explained_bytes;
    if (left < 0) entry.explained_bytes += left;
    on_their_way[peer] = std::max<int64_t>(left, 0);
  }
  // Forgets connections that are gone, once no call is left that counts for
  // them. If one is too new to be in `read`, what was counted of it is lost:
  // little, for it has no call.
  std::erase_if(entries_, [&](const auto& entry) {
    return !read.contains(entry.first) && entry.second.use.use_count() == 1;
  });
  return on_their_way;
}

}  // namespace spiked
