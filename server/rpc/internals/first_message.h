// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_INTERNALS_FIRST_MESSAGE_H_
#define SPIKED_SERVER_RPC_INTERNALS_FIRST_MESSAGE_H_

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <string>
#include <vector>

#include "grpc/grpc.h"
#include "grpcpp/server_context.h"
#include "server/base/clock.h"
#include "server/base/fair_queue.h"
#include "server/base/mutex.h"
#include "server/rpc/internals/grpc_version.h"

namespace spiked {

// A function that gets a message and owns it from then on; null if none came,
// because the client has gone away or the message was malformed or too long.
using TakeMessage = std::function<void(grpc_byte_buffer* message)>;

// Reads the first message of a call and calls `done` on one of gRPC's threads.
// Before, the client can send no more than HTTP/2's window; from then on it can
// send the whole message, however slowly. Requires: nothing of the call was
// read.
void ReadFirstMessage(grpc_call* call, TakeMessage done);

// Reads the requests of calls, at most kMaxAtOnce of a tenant at a time. Each
// takes memory while it arrives, up to the longest allowed message, and gRPC
// has one amount of memory for all connections: when that is used up it ends
// calls of any tenant. Further requests of a tenant wait, and its connections
// take turns. Nearly all requests have arrived when their reading begins; slow
// ones are cancelled if others wait. Thread-safe.
class RequestReader {
 public:
  // `clock` outlives this, and this outlives the calls.
  explicit RequestReader(const Clock* clock) : clock_(clock) {}

  // Does as ReadFirstMessage when it is the call's turn.
  void Read(const std::string& tenant, const grpc::ServerContextBase& context,
            grpc_call* call, TakeMessage done);

  // Cancels calls whose request has been arriving for kSlowNanos or more, at
  // most one for each waiting request of the same tenant. Call it about twice a
  // second.
  void EndSlow();

  // The most requests of one tenant that are read at a time.
  static constexpr int kMaxAtOnce = 16;
  static constexpr int64_t kSlowNanos = 2'000'000'000;

 private:
  struct Reading {
    grpc_call* call;
    TakeMessage done;
    int64_t begin_nanos = 0;
  };
  using Readings = std::list<Reading>;
  struct Line {
    Readings open;
    FairQueue<Reading> waiting;  // by connection
  };
  // Moves the requests whose turn it is from `waiting` to `open`. The caller
  // calls Begin for each after it has released the lock.
  std::vector<Readings::iterator> TakeNext(Line* line)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Begin(const std::string& tenant, Readings::iterator reading);
  void End(const std::string& tenant, Readings::iterator reading,
           grpc_byte_buffer* message);

  const Clock* const clock_;
  Mutex mutex_;
  std::map<std::string, Line> lines_ ABSL_GUARDED_BY(mutex_);  // by tenant
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_INTERNALS_FIRST_MESSAGE_H_
