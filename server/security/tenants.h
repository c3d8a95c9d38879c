// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SECURITY_TENANTS_H_
#define SPIKED_SERVER_SECURITY_TENANTS_H_

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/base/mutex.h"
#include "server/security/tenant.h"
#include "server/security/tenant_limits.h"

namespace spiked {

// All tenants by name. Thread-safe.
class Tenants {
 public:
  explicit Tenants(Quotas quotas) : quotas_(std::move(quotas)) {}

  // Returns the tenant of this name; makes it at the first call. Never null.
  // Callers pass only names of the token file, or an empty name, so that there
  // are few.
  std::shared_ptr<Tenant> Get(const std::string& name) {
    MutexLock lock(&mutex_);
    std::shared_ptr<Tenant>& tenant = tenants_[name];
    if (tenant == nullptr) {
      tenant = std::make_shared<Tenant>(name, quotas_.Of(name));
    }
    return tenant;
  }

  // Sets new quotas for all tenants. Tenants keep what they already use.
  void SetQuotas(Quotas quotas) {
    MutexLock lock(&mutex_);
    quotas_ = std::move(quotas);
    for (const auto& [name, tenant] : tenants_) {
      tenant->SetQuota(quotas_.Of(name));
    }
  }

  // All tenants that Get has made.
  std::vector<std::shared_ptr<Tenant>> All() const {
    MutexLock lock(&mutex_);
    std::vector<std::shared_ptr<Tenant>> all;
    for (const auto& [name, tenant] : tenants_) all.push_back(tenant);
    return all;
  }

 private:
  mutable Mutex mutex_;
  Quotas quotas_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::shared_ptr<Tenant>> tenants_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SECURITY_TENANTS_H_
