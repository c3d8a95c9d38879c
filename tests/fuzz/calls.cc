// SPDX-License-Identifier: Apache-2.0

#include <string>
#include <vector>

#include "tests/fuzz/fuzz_server.h"
#include "tests/fuzz/methods.h"
#include "tests/fuzz/targets.h"

namespace spiked::fuzz {

void FuzzCalls(absl::string_view bytes) {
  static auto* const server = new FuzzServer;
  if (bytes.size() < 2) return;
  const Method& method = MethodOf(bytes.substr(0, 2));
  bytes.remove_prefix(2);
  server->Restore();
  server->Call(method.path, method.client_streaming
                                ? SplitMessages(bytes)
                                : std::vector<absl::string_view>{bytes});
  server->CheckServes();
}

}  // namespace spiked::fuzz
