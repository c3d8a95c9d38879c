// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <vector>

#include "core/build/compile.h"
#include "core/build/estimate.h"
#include "core/build/validate.h"
#include "core/network/state.h"
#include "core/network/state_hash.h"
#include "core/step.h"
#include "server/rpc/convert/convert.h"
#include "spiked/v1/session.pb.h"
#include "tests/fuzz/check_text.h"
#include "tests/fuzz/targets.h"

namespace spiked::fuzz {
namespace {

// The largest networks that are built: a fuzzer needs thousands of inputs per
// second.
constexpr double kMaxBuildBytes = 2e6;
constexpr int64_t kMaxNeurons = 5000;
constexpr double kMaxSynapses = 20'000;

}  // namespace

void FuzzNetwork(absl::string_view bytes) {
  v1::CreateSessionRequest request;
  if (!request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return;
  }
  Violations violations;
  ToOptions(request, 4, &violations);
  NetworkSpec spec = ToSpec(request.network(), "network", &violations);
  CheckText(violations);
  const bool is_known = violations.empty();
  violations = ValidateNetwork(spec, "network");
  CheckText(violations);
  if (!violations.empty() || !is_known) return;
  const Estimate estimate = EstimateNetwork(spec);
  FUZZ_CHECK(estimate.bytes >= 0);
  FUZZ_CHECK(estimate.build_bytes >= 0);
  FUZZ_CHECK(estimate.synapse_count >= 0);
  if (estimate.build_bytes > kMaxBuildBytes ||
      estimate.neuron_count > kMaxNeurons ||
      estimate.synapse_count > kMaxSynapses) {
    return;
  }
  const auto network = Compile(spec);
  FUZZ_CHECK(network.ok());
  State state = MakeState(**network);
  for (int step = 0; step < 5; ++step) Step(**network, state);
  std::vector<int32_t> neurons;
  AppendLastSpikes(**network, state, &neurons);
  FUZZ_CHECK(std::is_sorted(neurons.begin(), neurons.end()));
  FindNonFinite(**network, state);
  HashState(**network, state);
}

}  // namespace spiked::fuzz
