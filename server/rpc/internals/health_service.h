// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_INTERNALS_HEALTH_SERVICE_H_
#define SPIKED_SERVER_RPC_INTERNALS_HEALTH_SERVICE_H_

#include <atomic>
#include <memory>
#include <set>

#include "grpcpp/impl/service_type.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"
#include "server/base/mutex.h"
#include "server/rpc/internals/grpc_version.h"

namespace spiked {

// grpc.health.v1.Health for the whole server. It needs no token, because probes
// have none. gRPC's own implementation would let any client fill the memory
// that all calls share with requests that never end. Here at most kMaxReading
// requests are read at a time; further ones are answered unread, as if they had
// asked for the whole server, the only service that is known. Thread-safe.
class HealthService : public grpc::Service {
 public:
  HealthService();

  void SetServing(bool is_serving);

  // The most requests that are read at a time.
  static constexpr int kMaxReading = 8;

 private:
  class Watcher;
  using Bytes = grpc::ByteBuffer;

  grpc::ServerUnaryReactor* Check(grpc::CallbackServerContext* context,
                                  const Bytes* request, Bytes* response);
  grpc::ServerWriteReactor<Bytes>* Watch(const Bytes* request);
  void Forget(Watcher* watcher);

  std::atomic<bool> is_serving_{true};
  std::atomic<int> reading_{0};
  Mutex mutex_;
  std::set<std::shared_ptr<Watcher>> watchers_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_INTERNALS_HEALTH_SERVICE_H_
