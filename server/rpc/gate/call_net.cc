// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/gate/call_net.h"

#include "absl/strings/str_cat.h"
#include "server/base/log_thrown.h"
#include "server/rpc/convert/status_details.h"

namespace spiked {

grpc::Status StatusOfThrown(const std::string& what) {
  LogThrown("a call", what);
  return ToGrpcStatus(Refusal(
      Reason::kInternal,
      absl::StrCat("an error of the server: ", what, "; other calls go on")));
}

}  // namespace spiked
