// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SECURITY_MEMORY_LEDGER_H_
#define SPIKED_SERVER_SECURITY_MEMORY_LEDGER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/base/mutex.h"
#include "server/security/memory_guard.h"
#include "server/security/tenant.h"
#include "server/security/tenant_claim.h"

namespace spiked {

class MemoryLedger;

// A part of the memory that all sessions share; given back when the reservation
// is destroyed. Used by one thread at a time.
class MemoryReservation {
 public:
  MemoryReservation() = default;  // of no bytes
  ~MemoryReservation();
  MemoryReservation(MemoryReservation&& other) noexcept;
  MemoryReservation& operator=(MemoryReservation&& other) noexcept;

  // Whether a ledger gave it.
  bool holds() const { return ledger_ != nullptr; }
  // Of the server's limit.
  int64_t bytes() const { return bytes_; }

  // Takes over what another reservation for the same tenant has.
  void Add(MemoryReservation other);

  // Gives back what is more than the amounts: of the server's memory, and of
  // the tenant's quotas.
  void ShrinkTo(const TenantAmounts& amounts);

 private:
  friend class MemoryLedger;
  MemoryReservation(std::shared_ptr<MemoryLedger> ledger, int64_t bytes,
                    TenantClaim claim);

  std::shared_ptr<MemoryLedger> ledger_;  // null: nothing is reserved
  int64_t bytes_ = 0;
  int64_t kept_bytes_ = 0;  // of what is kept for small amounts
  TenantClaim claim_;
};

// A demand for memory.
struct MemoryRequest {
  std::shared_ptr<Tenant> tenant;  // null: no quotas
  // Begins the text of a refusal: "the network needs about".
  std::string what;
  double bytes = 0;  // an estimate may pass 2^63
  // If this is more, it must be free for the moment, though only `bytes` are
  // reserved; a refusal says when: "while it is built".
  double peak_bytes = 0;
  std::string peak_when = {};
  // Claimed of the tenant's quotas together with the memory.
  double neurons = 0;
  double synapses = 0;
  // Whether it is refused while memory is tight.
  bool guarded = true;
};

// The memory that all sessions, requests and answers share: what is reserved of
// the server's limit. All of it is handed out here, for as long as the
// reservation lives. Thread-safe. Owned by a std::shared_ptr, because
// reservations may outlive all else.
class MemoryLedger : public std::enable_shared_from_this<MemoryLedger> {
 public:
  // `guarded_bytes`: of the guard; 0: memory is never tight.
  explicit MemoryLedger(int64_t limit_bytes, int64_t guarded_bytes = 0)
      : limit_bytes_(limit_bytes), guard_(guarded_bytes) {}

  // Error: RESOURCE_EXHAUSTED if memory is tight, the server has too little
  // left, or the tenant's quota doesn't allow it, checked in this order.
  absl::StatusOr<MemoryReservation> Reserve(const MemoryRequest& request);

  // The same for an amount that is known; `what` "needs" it.
  absl::StatusOr<MemoryReservation> Reserve(
      const std::shared_ptr<Tenant>& tenant, int64_t bytes,
      const std::string& what);

  // The same for a small amount such as many calls and streams take, each. It
  // comes from what is kept for them beside the limit, as long as there is any,
  // so that they are served when sessions have all of it; then from the limit.
  absl::StatusOr<MemoryReservation> ReserveSmall(
      const std::shared_ptr<Tenant>& tenant, int64_t bytes,
      const std::string& what);
  static constexpr int64_t kKeptBytes = 8 << 20;

  int64_t limit_bytes() const { return limit_bytes_; }
  int64_t reserved_bytes() const;

  MemoryGuard* guard() { return &guard_; }
  const MemoryGuard& guard() const { return guard_; }

 private:
  friend class MemoryReservation;
  void Release(int64_t bytes, int64_t kept_bytes);
  absl::Status TooLittle(const MemoryRequest& request, int64_t free) const;

  const int64_t limit_bytes_;
  MemoryGuard guard_;
  mutable Mutex mutex_;
  int64_t reserved_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t taken_kept_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SECURITY_MEMORY_LEDGER_H_
