// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_GATE_TRANSIT_BOOK_H_
#define SPIKED_SERVER_RPC_GATE_TRANSIT_BOOK_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>

#include "server/base/mutex.h"

namespace spiked {

// What calls have taken of the bytes that their connection has received.
// Thread-safe.
class ConnectionUse {
 public:
  // A call has begun, with metadata of this length at most.
  void CountCall(int64_t metadata_bytes) {
    Take(metadata_bytes + kBytesOfACall);
  }
  // A message was read, as long as this.
  void CountMessage(int64_t bytes) {
    Take(bytes + bytes / kFrameBytes * kBytesOfAFrame + kBytesOfAMessage);
  }
  // A message was sent: the client says that it has room for more.
  void CountSent() { Take(kBytesOfAMessage); }

 private:
  friend class TransitBook;
  void Take(int64_t bytes) {
    taken_bytes_.fetch_add(bytes, std::memory_order_relaxed);
  }

  // What HTTP/2 and TLS add, generously: frames' headers, pings, windows.
  static constexpr int64_t kBytesOfACall = 256;
  static constexpr int64_t kBytesOfAMessage = 64;
  static constexpr int64_t kFrameBytes = 1024;
  static constexpr int64_t kBytesOfAFrame = 16;

  std::atomic<int64_t> taken_bytes_{0};
};

// How many bytes of requests are on their way in each connection: received by
// this process, but not yet by the handler of a call. gRPC doesn't tell, so
// they are what the kernel has counted, less what calls have taken, less an
// allowance for what is around it. Bytes that nobody explains count, too:
// headers without an end, messages for calls that are over. Thread-safe.
class TransitBook {
 public:
  // The use of a connection by the calls that hold it; `peer` is its client.
  std::shared_ptr<ConnectionUse> Find(const std::string& peer);

  // By client.
  using Bytes = std::map<std::string, int64_t>;

  // The bytes on their way. `read_bytes` tells what gRPC has read of each
  // connection that there is, in all; it is called without locks. Call it about
  // every second, because allowances that weren't needed are forgotten then;
  // else a client could save them and hide behind them.
  Bytes OnTheirWay(const std::function<Bytes()>& read_bytes, int64_t now_nanos);

  // For pings, in each second.
  static constexpr int64_t kBytesPerSecond = 64;

 private:
  struct Entry {
    std::shared_ptr<ConnectionUse> use;
    int64_t explained_bytes = 0;  // beside what calls have taken; may be < 0
    int64_t taken_bytes = 0;      // by calls, shortly before the reading
    int64_t measured_nanos = 0;   // 0: never
  };

  Mutex mutex_;
  std::unordered_map<std::string, Entry> entries_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_GATE_TRANSIT_BOOK_H_
