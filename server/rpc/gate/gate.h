// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_GATE_GATE_H_
#define SPIKED_SERVER_RPC_GATE_GATE_H_

#include <optional>
#include <string>
#include <utility>

#include "server/base/log_budget.h"
#include "server/rpc/gate/call_context.h"
#include "server/security/memory_ledger.h"
#include "server/security/tenants.h"
#include "server/security/token_store.h"
#include "server/statistics/statistics.h"

namespace spiked {

// Decides whether a call is admitted, before its handler runs (GuardedService
// asks it). A caller shows a token in the metadata:
//
//   authorization: Bearer spk_...
//   spiked-tenant: acme             an admin acts for this tenant; optional
//   spiked-boot-id: 0123...         the start of the daemon that the call is
//                                   for; optional, and in every answer
//
// Without a token store all callers belong to one tenant, whose name is empty.
// Thread-safe.
class Gate {
 public:
  // `tokens` is null if callers need no token. The pointers passed outlive the
  // gate.
  Gate(std::string boot_id, const TokenStore* tokens, Tenants* tenants,
       MemoryLedger* ledger, Statistics* statistics)
      : boot_id_(std::move(boot_id)),
        tokens_(tokens),
        tenants_(tenants),
        ledger_(ledger),
        statistics_(statistics) {}

  // Fills in the context's caller and returns OK, or returns why the call is
  // refused. UNAUTHENTICATED: no token or an unknown one; PERMISSION_DENIED:
  // the token is not valid for the tenant asked for; ABORTED: the call is for
  // another start of the daemon; RESOURCE_EXHAUSTED: the tenant has too many
  // streams, or there is no memory for one more.
  grpc::Status Admit(bool is_stream, CallContext* context);

  // What every stream may have waiting for its client without asking again.
  static constexpr int64_t kStreamBytes = 64 << 10;

 private:
  grpc::Status Authenticate(CallContext* context);
  grpc::Status AuthenticateAs(const std::string& token, CallContext* context);
  grpc::Status CheckBootId(const CallContext& context) const;
  grpc::Status Refuse(AuthFailure failure, absl::Status status,
                      const CallContext& context);

  const std::string boot_id_;
  const TokenStore* const tokens_;
  Tenants* const tenants_;
  MemoryLedger* const ledger_;
  Statistics* const statistics_;
  LogBudget log_budget_{5};
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_GATE_GATE_H_
