// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/call/request_check.h"

#include <utility>

#include "server/rpc/call/session_lookup.h"
#include "server/rpc/convert/session_name.h"
#include "server/rpc/convert/status_details.h"

namespace spiked {

RequestCheck::RequestCheck(const RpcEnvironment& environment,
                           const std::string& session_name,
                           Violations violations, const std::string& name_field)
    : violations_(std::move(violations)) {
  const std::string key = ParseSessionName(environment.caller, session_name,
                                           name_field, &violations_);
  if (key.empty()) return;
  auto session = FindBuilt(*environment.registry, key);
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
