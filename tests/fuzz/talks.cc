// SPDX-License-Identifier: Apache-2.0

#include <string>
#include <vector>

#include "tests/fuzz/example_calls.h"
#include "tests/fuzz/fuzz_server.h"
#include "tests/fuzz/methods.h"
#include "tests/fuzz/neighbour.h"
#include "tests/fuzz/targets.h"

namespace spiked::fuzz {
namespace {

constexpr int kMaxTurns = 8;

// Each turn may wait for the deadline of its call.
void Take(FuzzServer* server, absl::string_view turn) {
  const Method& method = MethodOf(turn.substr(0, 2));
  turn.remove_prefix(2);
  server->Call(method.path, method.client_streaming
                                ? SplitMessages(turn)
                                : std::vector<absl::string_view>{turn});
}

// Gives the session a history with spikes, plastic weights that have changed,
// and stimuli that wait.
void LiveALittle(FuzzServer* server) {
  for (const char* method :
       {"ResetSession", "AdvanceSession", "InjectStimulus"}) {
    for (const ExampleCall& call : ExampleCalls()) {
      if (call.method != method) continue;
      server->Call(PathOf(method), {call.messages[0]});
    }
  }
}

}  // namespace

void FuzzTalks(absl::string_view bytes) {
  static auto* const server = new FuzzServer;
  static const auto* const neighbour = new Neighbour(server);
  server->Restore();
  LiveALittle(server);
  int turns = 0;
  for (const absl::string_view turn : SplitMessages(bytes)) {
    if (turn.size() < 2 || ++turns > kMaxTurns) break;
    Take(server, turn);
    server->CheckServes();
    neighbour->CheckGoesOn();
    CheckCallsHaveEnded(*server);
  }
}

}  // namespace spiked::fuzz
