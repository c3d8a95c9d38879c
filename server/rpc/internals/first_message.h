// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_INTERNALS_FIRST_MESSAGE_H_
#define SPIKED_SERVER_RPC_INTERNALS_FIRST_MESSAGE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "grpc/grpc.h"
#include "grpcpp/server_context.h"
#include "server/base/clock.h"
#include "server/base/mutex.h"
#include "server/rpc/gate/request_turns.h"
#include "server/rpc/gate/transit_book.h"
#include "server/rpc/internals/grpc_version.h"
#include "server/security/memory_ledger.h"
#include "server/security/tenant.h"

namespace spiked {

// A function that gets a message and owns it from then on; null if none came,
// because the client has gone away or the message was malformed or too long.
using TakeMessage = std::function<void(grpc_byte_buffer* message)>;

// Reads the first message of a call and calls `done` on one of gRPC's threads.
// Before, the client can send no more than HTTP/2's window; from then on it can
// send the whole message, however slowly. Requires: nothing of the call was
// read.
void ReadFirstMessage(grpc_call* call, TakeMessage done);

// Counts a call for its connection; returns that connection's use.
std::shared_ptr<ConnectionUse> CountCall(TransitBook* transit,
                                         const grpc::ServerContextBase& call);

// Reads the requests of calls when it is their turn (RequestTurns). Each takes
// memory while it arrives, up to the longest allowed message, and gRPC has one
// amount of memory for all connections: when that is used up it ends calls of
// any tenant. Thread-safe.
class RequestReader : private RequestTurns::Memory {
 public:
  // Bytes that the connection of such a client (ServerContextBase::peer) has
  // received in all; nullopt if that is unknown. Called without locks.
  using ReceivedBytes =
      std::function<std::optional<int64_t>(const std::string& peer)>;

  // `max_bytes`: of a request, as gRPC is told. `clock` outlives this, and this
  // outlives the calls.
  RequestReader(const Clock* clock, ReceivedBytes received_bytes,
                std::shared_ptr<MemoryLedger> ledger, int64_t max_bytes)
      : clock_(clock),
        received_bytes_(std::move(received_bytes)),
        ledger_(std::move(ledger)),
        max_bytes_(max_bytes) {}

  // Does as ReadFirstMessage when it is the call's turn. `may_be_long`: clients
  // send requests of more than HTTP/2's window to this method.
  void Read(const std::shared_ptr<Tenant>& tenant,
            const grpc::ServerContextBase& context, bool may_be_long,
            grpc_call* call, TakeMessage done);

  // Cancels calls whose requests don't arrive while others wait. Call it every
  // kCheckNanos.
  void CheckUnfinished();

  static constexpr int64_t kCheckNanos = RequestTurns::kTrialNanos;

 private:
  using Reading = RequestTurns::Readings::iterator;
  void Begin(const std::string& tenant, const RequestTurns::Next& next);
  void End(const std::string& tenant, Reading reading,
           grpc_byte_buffer* message);
  // Called by the turns, which are used with the lock.
  bool IsFree(const RequestReading& reading,
              int others) override ABSL_NO_THREAD_SAFETY_ANALYSIS;
  bool Take(RequestReading* reading) override ABSL_NO_THREAD_SAFETY_ANALYSIS;
  RequestTurns* TurnsOf(const std::string& tenant)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Clock* const clock_;
  const ReceivedBytes received_bytes_;
  const std::shared_ptr<MemoryLedger> ledger_;
  const int64_t max_bytes_;
  Mutex mutex_;
  // Memory for one request is kept beside the ledger, so that long requests,
  // which may be what frees memory, can be read when all of it is reserved.
  bool is_kept_memory_taken_ ABSL_GUARDED_BY(mutex_) = false;
  // By tenant; they stay, because they know the connections.
  std::map<std::string, RequestTurns> turns_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_INTERNALS_FIRST_MESSAGE_H_
