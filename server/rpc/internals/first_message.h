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

// Gets the message, which is then the function's; null if none came, because
// the client has gone away or the message was wrong or too long.
using TakeMessage = std::function<void(grpc_byte_buffer* message)>;

// Reads the first message of a call of which nothing was read, and calls `done`
// on one of gRPC's threads. Until it is read, the client may send no more than
// a window; once it is asked for, all of it, however slowly.
void ReadFirstMessage(grpc_call* call, TakeMessage done);

// Reads the requests of calls, so that few of a tenant are under way at a time:
// each takes memory, up to the longest that is allowed, and gRPC has one amount
// of memory for all connections, beyond which it ends calls of anybody. The
// rest waits; connections take turns. Nearly all requests are there when they
// are asked for; those that take long have to give way if others wait.
// Thread-safe.
class RequestReader {
 public:
  // `clock` outlives this, and this outlives the calls.
  explicit RequestReader(const Clock* clock) : clock_(clock) {}

  // As ReadFirstMessage, when it is the call's turn.
  void Read(const std::string& tenant, const grpc::ServerContextBase& context,
            grpc_call* call, TakeMessage done);

  // Cancels what has been under way for too long, one for each of its tenant
  // that waits. To be called about twice a second.
  void EndSlow();

  // Of a tenant, under way at a time.
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
  // Takes those into `open` whose turn it is; they are to be begun without the
  // lock.
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
