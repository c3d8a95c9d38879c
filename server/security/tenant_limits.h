// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SECURITY_TENANT_LIMITS_H_
#define SPIKED_SERVER_SECURITY_TENANT_LIMITS_H_

#include <array>
#include <map>
#include <string>

namespace spiked {

// Resources that can be limited per tenant. Rates are limited on average: a
// burst of one second's amount is let through.
enum class Resource {
  kSessions,
  kNeurons,
  kSynapses,
  kMemoryBytes,
  kStreams,         // open streams of all kinds
  kStimuliPerS,     // injected stimuli
  kStreamBytesPerS  // messages of streams and answers
};
inline constexpr int kResourceCount = 7;

// The names of resources in files, metrics and errors.
inline constexpr std::array<const char*, kResourceCount> kResourceNames = {
    "sessions", "neurons",       "synapses",          "memory_bytes",
    "streams",  "stimuli_per_s", "stream_bytes_per_s"};

// How much of each resource. Rates have no amounts.
using TenantAmounts = std::array<double, kResourceCount>;

// The limits of one tenant, by resource; 0 means no limit.
using TenantLimits = std::array<double, kResourceCount>;

// What one tenant may use.
struct TenantQuota {
  TenantLimits limits{};
  // The share of the tenant in the processor time that sessions on time leave,
  // relative to other tenants.
  double weight = 1;
};

// The quotas of all tenants.
struct Quotas {
  TenantQuota others;  // of tenants not in by_tenant
  std::map<std::string, TenantQuota> by_tenant;

  const TenantQuota& Of(const std::string& tenant) const {
    const auto it = by_tenant.find(tenant);
    return it == by_tenant.end() ? others : it->second;
  }
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SECURITY_TENANT_LIMITS_H_
