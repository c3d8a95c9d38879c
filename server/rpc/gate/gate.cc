// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/gate/gate.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/log.h"
#include "server/base/random_id.h"
#include "server/rpc/convert/status_details.h"

namespace spiked {
namespace {

constexpr char kTokenKey[] = "authorization";
constexpr char kTenantKey[] = "spiked-tenant";
constexpr char kBootIdKey[] = "spiked-boot-id";
constexpr char kScheme[] = "bearer ";

// The values that the client's metadata has for a key.
std::vector<std::string> ValuesOf(const CallContext& context, const char* key) {
  std::vector<std::string> values;
  const auto range = context.client_metadata().equal_range(key);
  for (auto it = range.first; it != range.second; ++it) {
    values.emplace_back(it->second.data(), it->second.size());
  }
  return values;
}

}  // namespace

grpc::Status Gate::Admit(bool is_stream, CallContext* context) {
  if (grpc::Status status = Authenticate(context); !status.ok()) return status;
  context->AddInitialMetadata(kBootIdKey, boot_id_);
  if (grpc::Status status = CheckBootId(*context); !status.ok()) return status;
  if (!is_stream) return grpc::Status::OK;
  const std::shared_ptr<Tenant>& tenant = context->caller.tenant;
  const absl::Status room = tenant->Claim(Resource::kStreams, 1);
  if (!room.ok()) return ToGrpcStatus(room);
  context->stream_of = tenant;
  auto memory = ledger_->ReserveSmall(tenant, kStreamBytes, "the stream");
  if (!memory.ok()) return ToGrpcStatus(memory.status());
  context->stream_memory = *std::move(memory);
  return grpc::Status::OK;
}

grpc::Status Gate::CheckBootId(const CallContext& context) const {
  for (const std::string& wanted : ValuesOf(context, kBootIdKey)) {
    if (wanted == boot_id_) continue;
    if (!IsRandomId(wanted)) {
      Violations violations;
      violations.Add(kBootIdKey, absl::StrCat("\"", wanted,
                                              "\" is not a boot id: 32 "
                                              "hexadecimal digits, 0-9 and "
                                              "a-f"));
      return ToGrpcStatus(violations);
    }
    return ToGrpcStatus(
        Refusal(Reason::kBootIdMismatch,
                absl::StrCat("the server has restarted: its boot id is ",
                             boot_id_, ", not ", wanted,
                             "; sessions and answers to requests with an id "
                             "from before may be lost")),
        {{"boot_id", boot_id_}, {"expected_boot_id", wanted}});
  }
  return grpc::Status::OK;
}

grpc::Status Gate::Authenticate(CallContext* context) {
  if (tokens_ == nullptr) {
    context->caller.tenant = tenants_->Get("");
    return grpc::Status::OK;
  }
  const std::vector<std::string> values = ValuesOf(*context, kTokenKey);
  if (values.empty()) {
    return Refuse(AuthFailure::kMissing,
                  Refusal(Reason::kUnauthenticated,
                          "a token is required: send it as the metadata "
                          "\"authorization: Bearer TOKEN\""),
                  *context);
  }
  if (values.size() > 1 || !absl::StartsWithIgnoreCase(values[0], kScheme)) {
    return Refuse(AuthFailure::kMalformed,
                  Refusal(Reason::kUnauthenticated,
                          "the metadata \"authorization\" is not one "
                          "\"Bearer TOKEN\""),
                  *context);
  }
  return AuthenticateAs(
      std::string(absl::StripAsciiWhitespace(
          absl::string_view(values[0]).substr(sizeof(kScheme) - 1))),
      context);
}

grpc::Status Gate::AuthenticateAs(const std::string& token,
                                  CallContext* context) {
  const auto owner = tokens_->Find(token);
  if (!owner.has_value()) {
    return Refuse(AuthFailure::kUnknown,
                  Refusal(Reason::kUnauthenticated, "the token is not valid"),
                  *context);
  }
  Caller& caller = context->caller;
  caller.admin = owner->role == Role::kAdmin;
  caller.authenticated = true;
  const std::vector<std::string> wanted = ValuesOf(*context, kTenantKey);
  const std::string tenant = wanted.empty() ? owner->tenant : wanted[0];
  // The message is the same whether the tenant exists or not, so that users
  // don't learn which tenants there are.
  if (tenant != owner->tenant && !caller.admin) {
    return Refuse(AuthFailure::kForbidden,
                  Refusal(Reason::kPermissionDenied,
                          "spiked-tenant: the token is not that "
                          "tenant's, nor an admin's"),
                  *context);
  }
  // Only tenants of the token file exist: an admin cannot create more, which
  // would pile up.
  if (!tokens_->HasTenant(tenant)) {
    return Refuse(AuthFailure::kForbidden,
                  Refusal(Reason::kPermissionDenied,
                          absl::StrCat("spiked-tenant: there is no tenant \"",
                                       tenant, "\"")),
                  *context);
  }
  caller.tenant = tenants_->Get(tenant);
  return grpc::Status::OK;
}

grpc::Status Gate::Refuse(AuthFailure failure, absl::Status status,
                          const CallContext& context) {
  statistics_->auth_failures[static_cast<int>(failure)].Add();
  // The token is not logged: it may be a valid one with a typing error.
  if (log_budget_.Admit()) {
    Log(LogLevel::kWarning, "call refused",
        {{"peer", context.peer()},
         {"reason", kAuthFailureNames[static_cast<int>(failure)]}});
  }
  return ToGrpcStatus(status);
}

}  // namespace spiked
