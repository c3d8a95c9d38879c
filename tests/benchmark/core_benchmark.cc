// SPDX-License-Identifier: Apache-2.0

#include "tests/benchmark/core_benchmark.h"

#include <chrono>
#include <cmath>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/compile.h"
#include "core/estimate.h"
#include "core/step.h"
#include "core/vector_target.h"
#include "tests/support/network_file.h"

namespace spiked::benchmark {
namespace {

struct Loop {
  double wall_s;
  int64_t spikes;
  double synaptic_events;
  uint64_t hash;
};

// Synapses that leave each slot.
std::vector<double> OutDegrees(const Network& network) {
  std::vector<double> degrees(network.slot_count);
  for (const SynapseGroup& group : network.groups) {
    const SynapseTable& table = group.kernel->table();
    const size_t delays = table.delays.size();
    for (int64_t slot = 0; slot < network.slot_count; ++slot) {
      degrees[slot] +=
          table.begin[(slot + 1) * delays] - table.begin[slot * delays];
    }
  }
  return degrees;
}

Loop RunLoop(const Network& network, const std::vector<double>& out_degrees,
             int64_t steps) {
  State state = MakeState(network);
  std::vector<int64_t> counts(network.slot_count);
  Loop loop = {};
  const auto begin = std::chrono::steady_clock::now();
  for (int64_t k = 0; k < steps; ++k) {
    Step(network, state);
    for (uint32_t slot : state.spikes.At(k)) ++counts[slot];
  }
  loop.wall_s =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin)
          .count();
  for (int64_t slot = 0; slot < network.slot_count; ++slot) {
    loop.spikes += counts[slot];
    loop.synaptic_events +=
        static_cast<double>(counts[slot]) * out_degrees[slot];
  }
  loop.hash = HashState(network, state);
  return loop;
}

}  // namespace

absl::StatusOr<Measurement> Run(const CoreBenchmark& benchmark, int runs) {
  const auto spec = testing::ReadNetworkSpec(benchmark.network_file);
  if (!spec.ok()) return spec.status();
  const auto network = Compile(*spec);
  if (!network.ok()) return network.status();
  const std::vector<double> out_degrees = OutDegrees(**network);
  const auto steps = static_cast<int64_t>(
      std::llround(benchmark.model_s * 1000 / spec->dt_ms));

  Measurement m;
  std::vector<double> walls;
  Loop first = {};
  for (int run = 0; run < runs; ++run) {
    const Loop loop = RunLoop(**network, out_degrees, steps);
    walls.push_back(loop.wall_s);
    if (run == 0) first = loop;
    if (loop.hash != first.hash || loop.spikes != first.spikes) {
      return absl::FailedPreconditionError(
          absl::StrCat(benchmark.name, ": two runs with one seed differ"));
    }
  }
  SetWallSeconds(walls, &m);
  m.benchmark = benchmark.name;
  m.precision =
      (*network)->precision == Precision::kFloat64 ? "FLOAT64" : "FLOAT32";
  m.neurons = (*network)->neuron_count;
  m.synapses = (*network)->synapse_count;
  m.model_s = benchmark.model_s;
  m.spikes = first.spikes;
  m.synaptic_events = first.synaptic_events;
  m.bytes_per_synapse =
      EstimateNetwork(*spec).bytes / static_cast<double>(m.synapses);
  m.note = absl::StrCat(VectorTarget(), " ", runs, " runs hash ",
                        absl::Hex(first.hash, absl::kZeroPad16));
  return m;
}

}  // namespace spiked::benchmark
