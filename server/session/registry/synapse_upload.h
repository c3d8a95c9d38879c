// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_REGISTRY_SYNAPSE_UPLOAD_H_
#define SPIKED_SERVER_SESSION_REGISTRY_SYNAPSE_UPLOAD_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "server/base/clock.h"
#include "server/base/mutex.h"
#include "server/security/memory_ledger.h"

namespace spiked {

// A list of synapses that was sent before the network that uses it.
struct SynapseUpload {
  std::vector<int32_t> sources;
  std::vector<int32_t> targets;   // [sources]
  std::vector<double> weights;    // [sources], or empty
  std::vector<double> delays_ms;  // [sources], or empty

  MemoryReservation memory;  // last: given back when the rest is gone

  static int64_t Bytes(int64_t synapses, bool weights, bool delays) {
    return synapses * (8 + (weights ? 8 : 0) + (delays ? 8 : 0));
  }
};

// Uploads by name, "uploads/{id}", until some time after their last use.
// Thread-safe.
class SynapseUploads {
 public:
  // Uploads of a tenant that wait to be used.
  static constexpr int64_t kMaxUploads = 100;
  static constexpr int64_t kLifeNanos = int64_t{600} * 1'000'000'000;

  // `clock` outlives this.
  explicit SynapseUploads(const Clock* clock) : clock_(clock) {}

  // Returns the name. RESOURCE_EXHAUSTED if the tenant has too many.
  absl::StatusOr<std::string> Add(const std::string& tenant,
                                  std::shared_ptr<const SynapseUpload> upload);

  // Null if the tenant has none of that name.
  std::shared_ptr<const SynapseUpload> Find(const std::string& tenant,
                                            const std::string& name);

  // Drops what was not used for kLifeNanos.
  void DropExpired();

 private:
  struct Entry {
    std::shared_ptr<const SynapseUpload> upload;
    int64_t last_use_nanos;
  };

  const Clock* const clock_;
  Mutex mutex_;
  // By tenant and name.
  std::map<std::pair<std::string, std::string>, Entry> entries_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_REGISTRY_SYNAPSE_UPLOAD_H_
