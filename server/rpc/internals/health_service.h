// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_INTERNALS_HEALTH_SERVICE_H_
#define SPIKED_SERVER_RPC_INTERNALS_HEALTH_SERVICE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>

#include "grpc/grpc.h"
#include "grpcpp/impl/service_type.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"
#include "server/base/clock.h"
#include "server/base/mutex.h"
#include "server/rpc/gate/transit_book.h"
#include "server/rpc/internals/grpc_version.h"

namespace spiked {

// grpc.health.v1.Health for the whole server. It needs no token, because probes
// have none. gRPC's own implementation would let any client fill the memory
// that all calls share with requests that never end. Here at most kMaxReading
// requests are read at a time; further ones are answered unread, as if they had
// asked for the whole server, the only service that is known. A call whose
// request of a few bytes doesn't arrive is cancelled, because gRPC 1.51 reads
// messages of any length. Thread-safe.
class HealthService : public grpc::Service {
 public:
  // The pointers passed outlive this.
  HealthService(const Clock* clock, TransitBook* transit);

  void SetServing(bool is_serving);

  // Cancels calls whose requests have been arriving for kArrivalNanos. Call it
  // several times in that time.
  void EndUnfinished();

  // The most requests that are read at a time.
  static constexpr size_t kMaxReading = 8;
  static constexpr int64_t kArrivalNanos = 250'000'000;

 private:
  class ReadingHandler;
  class Watcher;
  using Bytes = grpc::ByteBuffer;

  grpc::ServerUnaryReactor* Check(grpc::CallbackServerContext* context,
                                  const Bytes* request, Bytes* response);
  grpc::ServerWriteReactor<Bytes>* Watch(const Bytes* request);
  void Forget(Watcher* watcher);

  std::atomic<bool> is_serving_{true};
  const Clock* const clock_;
  TransitBook* const transit_;
  Mutex mutex_;
  // Calls whose requests are being read, and since when.
  std::map<grpc_call*, int64_t> reading_ ABSL_GUARDED_BY(mutex_);
  std::set<std::shared_ptr<Watcher>> watchers_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_INTERNALS_HEALTH_SERVICE_H_
