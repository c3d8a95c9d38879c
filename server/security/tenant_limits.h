// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SECURITY_TENANT_LIMITS_H_
#define SPIKED_SERVER_SECURITY_TENANT_LIMITS_H_

#include <array>
#include <map>
#include <string>

namespace spiked {

// What a tenant may have. The rates are averages: a burst of one second is let
// through.
enum class Resource {
  kSessions,
  kNeurons,
  kSynapses,
  kMemoryBytes,
  kStreams,         // open at a time, of all kinds
  kStimuliPerS,     // stimuli that sessions take
  kStreamBytesPerS  // messages of streams, and answers
};
inline constexpr int kResourceCount = 7;

// As in metrics and errors: "sessions", ..., "stream_bytes_per_s".
inline constexpr std::array<const char*, kResourceCount> kResourceNames = {
    "sessions", "neurons",       "synapses",          "memory_bytes",
    "streams",  "stimuli_per_s", "stream_bytes_per_s"};

// By resource; 0: no limit.
using TenantLimits = std::array<double, kResourceCount>;

// The limits of all tenants.
struct Quotas {
  TenantLimits others{};  // of tenants that are not listed
  std::map<std::string, TenantLimits> by_tenant;

  const TenantLimits& Of(const std::string& tenant) const {
    const auto it = by_tenant.find(tenant);
    return it == by_tenant.end() ? others : it->second;
  }
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SECURITY_TENANT_LIMITS_H_
