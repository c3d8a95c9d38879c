// SPDX-License-Identifier: Apache-2.0

#include "tests/benchmark/core/model_benchmarks.h"

#include <cmath>
#include <iostream>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tests/benchmark/core/core_stepper.h"
#include "tests/benchmark/core/vector_speed.h"

namespace spiked::benchmark {
namespace {

constexpr int64_t kNeurons = 10'000;
constexpr int64_t kWarmUpSteps = 500;
constexpr int64_t kSteps = 4000;

// The drive of a model, and the operations of its kernel for one vector in one
// step.
struct Load {
  std::string model;
  // Multiplications, additions, comparisons, selections and bit operations for
  // one vector in one step of the default scheme, where nothing arrives and
  // nothing spikes. A division counts as one, and so does a round of AES, so
  // the true cost is never less than the count.
  int operations = 0;
  double dt_ms = 0.1;
  ValueMap parameters;
  ValueMap initial_values;
};

// A model without an entry is measured with its defaults; an entry adds a drive
// and its number of operations. Threshold and refractoriness of leaky neurons
// (lif_simd.h) are 5 operations, their leak 2, and a current that decays 6 with
// what it adds to v. An exponential function is 28, a logarithm 27, x / (exp(x)
// - 1) 32.
constexpr int kExp = 28;
constexpr int kLog = 27;
constexpr int kBernoulli = 32;

Load LoadOf(const std::string& model) {
  const ValueMap spread = {{"v_mv", Uniform{-70, -55}}};
  const ValueMap leaky = {{"i_e_pa", 380.0}};
  // Operations of a sub-step of Hodgkin-Huxley neurons: six rates, three gates,
  // currents of the channels, v, and detection of a spike. There are two
  // sub-steps in 0.1 ms.
  constexpr int kHhRates = 6 * 3 + 2;
  constexpr int kHhRest = 3 * (kExp + 7) + 14 + kBernoulli + 5 + 8;
  for (const Load& load : {
           // Conductances of 9 each, mean decay 6, w twice 5, v twice 6;
           // branching to the exponential and back; held potential, peak,
           // refractoriness.
           Load{"adex",
                2 * 9 + 6 + 2 * 5 + 2 * 6 + kExp + 14 + kLog + 6 + 9,
                0.1,
                {{"i_e_pa", 900.0}},
                spread},
           Load{"hh_cond_exp",
                2 * (kHhRates + 3 * kBernoulli + 3 * kExp + kHhRest + 2 * 4),
                0.1,
                {{"i_e_pa", 400.0}}},
           Load{"hh_psc_alpha",
                2 * (kHhRates + 2 * kBernoulli + 4 * kExp + kHhRest + 2 * 10),
                0.1,
                {{"i_e_pa", 700.0}}},
           // Four slopes of 15, the points of three and the step, of 6 each,
           // three weighted sums of 5; half, sixth and the crossing.
           Load{"hindmarsh_rose", 4 * 15 + 4 * 6 + 3 * 5 + 5},
           // v twice, 9 each; u 7; the peak.
           Load{"izhikevich",
                2 * 9 + 7 + 1,
                1,
                {{"constant", 145.0}},
                {{"v_mv", Uniform{-70, -50}}}},
           // Two numbers for each current, 10 together, and 4 for its effect.
           Load{"lif_alpha", 2 + 2 * 14 + 1 + 5, 0.1, leaky, spread},
           Load{"lif_cond_alpha",
                2 * 16 + 6 + 4 + 5,
                0.1,
                {{"i_e_pa", 255.0}},
                spread},
           // Conductances of 9 each, the mean decay 5, 4 more for v.
           Load{"lif_cond_exp",
                2 * 9 + 5 + 4 + 5,
                0.1,
                {{"i_e_pa", 255.0}},
                spread},
           Load{"lif_delta", 2 + 2 + 5, 0.1, leaky, spread},
           Load{"lif_exp", 2 + 6 + 2 + 5, 0.1, leaky, spread},
           // The threshold's decay 12, and its sum.
           Load{"lif_exp_adaptive", 2 + 2 * 7 + 1 + 5 + 13, 0.1, leaky, spread},
           Load{"lif_exp_ei", 2 + 2 * 7 + 1 + 5, 0.1, leaky, spread},
           // The generator ARS, its counter, a shift and a comparison.
           Load{"poisson_source", 8 + 3, 0.1, {{"rate_hz", 10.0}}},
           // The largest current 4, y and its polynomials 16, the quotient 6.
           Load{"qif", 4 + 16 + 6 + 4, 0.1, {{"eta", Uniform{-1, 1}}}},
           Load{"spike_source", 1},
       }) {
    if (load.model == model) return load;
  }
  return Load{model};
}

}  // namespace

absl::Status RunModel(const NeuronModel& model, const RunOptions& options,
                      std::vector<Measurement>* results) {
  const Load load = LoadOf(model.info().name);
  NetworkSpec spec;
  spec.dt_ms = load.dt_ms;
  spec.populations.resize(1);
  PopulationSpec& population = spec.populations[0];
  population.name = "p";
  population.size = kNeurons;
  population.model = load.model;
  population.parameters = load.parameters;
  population.initial_values = load.initial_values;

  // Each run times the core, then the arithmetic alone.
  Measurement m;
  m.benchmark = absl::StrCat("model_", load.model);
  m.unit = "ns per neuron and step";
  const auto stepper = CoreStepper::Build(spec, 1, &m);
  if (!stepper.ok()) return stepper.status();
  const int64_t steps = options.model_s > 0
                            ? std::llround(options.model_s * 1000 / load.dt_ms)
                            : kSteps;
  m.model_s = static_cast<double>(steps) * load.dt_ms / 1000;
  for (int run = 0; run < options.runs; ++run) {
    (*stepper)->Restart();
    (*stepper)->Run(kWarmUpSteps);
    (*stepper)->ClearCounts();
    const double begin = Now();
    (*stepper)->Run(steps);
    const double wall_ns = (Now() - begin) * 1e9;
    m.figure.runs.push_back(wall_ns / static_cast<double>(steps * kNeurons));
    m.spikes = (*stepper)->CountSpikes().spikes;
    const std::string hash =
        absl::StrCat(absl::Hex((*stepper)->Hash(), absl::kZeroPad16));
    if (run > 0 && hash != m.hash) {
      return absl::FailedPreconditionError(
          absl::StrCat(m.benchmark, ": two runs with one seed differ: ", m.hash,
                       ", ", hash));
    }
    m.hash = hash;
    if (load.operations == 0 || !options.bare) continue;
    const VectorSpeed speed = MeasureVectorSpeed();
    m.bare.runs.push_back(load.operations * speed.ns_per_operation /
                          static_cast<double>(speed.lanes));
  }
  m.note = load.operations == 0
               ? "its operations are not counted"
               : absl::StrFormat("bare: %d operations", load.operations);
  Print(m, std::cout);
  results->push_back(std::move(m));
  return absl::OkStatus();
}

}  // namespace spiked::benchmark
