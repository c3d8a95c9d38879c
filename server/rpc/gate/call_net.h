// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_GATE_CALL_NET_H_
#define SPIKED_SERVER_RPC_GATE_CALL_NET_H_

#include <string>

#include "grpcpp/support/status.h"
#include "server/base/thrown.h"

namespace spiked {

// INTERNAL, for a call whose work has thrown; writes it to the log.
grpc::Status StatusOfThrown(const std::string& what);

// Runs a part of a call's work. If it throws, as the standard library does when
// memory ends or a size is impossible, `end` gets the status with which to end
// the call: one call fails, and not the process. False if it has thrown.
template <typename Work, typename End>
bool RunOrEnd(Work&& work, End&& end) {
  const auto thrown = ThrownBy([&] { work(); });
  if (thrown.has_value()) end(StatusOfThrown(*thrown));
  return !thrown.has_value();
}

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_GATE_CALL_NET_H_
