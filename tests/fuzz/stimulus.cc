// SPDX-License-Identifier: Apache-2.0

#include <memory>
#include <utility>
#include <vector>

#include "core/build/compile.h"
#include "core/build/validate.h"
#include "core/network/state.h"
#include "core/network/state_hash.h"
#include "core/step.h"
#include "server/rpc/convert/convert.h"
#include "spiked/v1/stimulus.pb.h"
#include "tests/fuzz/example.h"
#include "tests/fuzz/targets.h"

namespace spiked::fuzz {
namespace {

constexpr int64_t kMaxCompiled = 10'000;
constexpr int64_t kMaxStimulated = 100'000;

}  // namespace

void FuzzStimulus(absl::string_view bytes) {
  static const std::unique_ptr<const Network> network =
      *Compile(ExampleNetwork());
  v1::InjectStimulusRequest request;
  if (!request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return;
  }
  State state = MakeState(*network);
  for (int step = 0; step < 3; ++step) Step(*network, state);
  for (const StimulusSpec& spec : ToSpecs(request.stimuli())) {
    Violations violations;
    ValidateStimulus(spec, ShapesOf(*network), PlasticityOf(*network),
                     network->dt_ms, "stimuli[0]", &violations,
                     EncoderShapesOf(*network));
    if (!violations.empty()) continue;
    const int64_t count = CountCompiled(*network, spec);
    const int64_t stimulated = CountStimulated(*network, spec);
    FUZZ_CHECK(count >= 0);
    FUZZ_CHECK(stimulated >= 0);
    if (count > kMaxCompiled || stimulated > kMaxStimulated) continue;
    int64_t late_count = 0;
    std::vector<Stimulus> stimuli =
        CompileStimulus(*network, spec, state.step, &late_count);
    FUZZ_CHECK(static_cast<int64_t>(stimuli.size()) == count);
    FUZZ_CHECK(late_count >= 0);
    for (Stimulus& stimulus : stimuli) {
      FUZZ_CHECK(stimulus.begin_step >= state.step);
      FUZZ_CHECK(stimulus.end_step > stimulus.begin_step);
      state.stimuli.Add(std::move(stimulus));
    }
  }
  for (int step = 0; step < 5; ++step) Step(*network, state);
  FindNonFinite(*network, state);
  HashState(*network, state);
}

}  // namespace spiked::fuzz
