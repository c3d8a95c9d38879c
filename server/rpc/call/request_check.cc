// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/call/request_check.h"

#include <utility>

#include "server/rpc/call/session_lookup.h"
#include "server/rpc/convert/status_details.h"

namespace spiked {

RequestCheck::RequestCheck(const RpcEnvironment& environment,
                           const SessionTarget& target, Violations violations)
    : violations_(std::move(violations)) {
  const std::string key = ParseTarget(environment.caller, target, &violations_);
  if (key.empty()) return;
  auto session = FindBuilt(*environment.registry, key, target.incarnation_id);
  lookup_ = session.status();
  if (!session.ok()) return;
  session_ = *std::move(session);
  built_ = session_->built();
}

grpc::Status RequestCheck::status() const {
  return violations_.empty() ? ToGrpcStatus(lookup_)
                             : ToGrpcStatus(violations_);
}

}  // namespace spiked
