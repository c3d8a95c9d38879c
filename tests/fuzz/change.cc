// SPDX-License-Identifier: Apache-2.0

#include "core/change/change.h"

#include <memory>
#include <utility>

#include "core/build/compile.h"
#include "core/network/state.h"
#include "core/network/state_hash.h"
#include "core/spec/mix_changes.h"
#include "core/step.h"
#include "server/rpc/convert/convert_change.h"
#include "spiked/v1/change.pb.h"
#include "tests/fuzz/check_text.h"
#include "tests/fuzz/example.h"
#include "tests/fuzz/targets.h"

namespace spiked::fuzz {

void FuzzChange(absl::string_view bytes) {
  static const std::unique_ptr<const Network> network =
      *Compile(ExampleNetwork());
  v1::ChangeNetworkRequest request;
  if (!request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return;
  }
  Violations violations;
  ChangeSpecs changes = ToSpecs(request.changes(), "changes", &violations);
  if (violations.empty()) {
    ValidateChanges(*network, changes, "changes", &violations);
  }
  CheckText(violations);
  if (!violations.empty()) return;
  FUZZ_CHECK(CountElements(changes) >= 0);
  for (const ChangeMemory& memory : MemoryOf(*network, changes)) {
    FUZZ_CHECK(memory.bytes >= 0);
  }

  State state = MakeState(*network);
  for (int step = 0; step < 3; ++step) Step(*network, state);
  // Changes are made at once, or two steps later.
  const int64_t at_step = state.step + (request.has_at_step() ? 2 : 0);
  CheckChanges(*network, state, changes, at_step, "changes", &violations);
  CheckText(violations);
  const uint64_t before = HashState(*network, state);
  if (violations.empty()) {
    ScheduleChanges(*network,
                    std::make_shared<const ChangeSpecs>(std::move(changes)),
                    at_step, state);
  } else {
    FUZZ_CHECK(HashState(*network, state) == before);  // refused: untouched
  }
  for (int step = 0; step < 5; ++step) Step(*network, state);
  FindNonFinite(*network, state);
  HashState(*network, state);
}

}  // namespace spiked::fuzz
