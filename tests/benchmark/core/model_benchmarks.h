// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_BENCHMARK_CORE_MODEL_BENCHMARKS_H_
#define SPIKED_TESTS_BENCHMARK_CORE_MODEL_BENCHMARKS_H_

#include <vector>

#include "absl/status/status.h"
#include "core/model/neuron_model.h"
#include "tests/benchmark/core/core_benchmark.h"
#include "tests/benchmark/measurement.h"

namespace spiked::benchmark {

// What a step of one neuron of a model costs: 10,000 neurons without synapses,
// in FLOAT32 on one thread, at rest or with a drive by parameters that makes
// them spike now and then. Everything that a step does is in it.
//
// Beside it, as the bare figure, the least that its arithmetic can take: the
// vector operations of the kernel, counted by hand, times what one takes at
// best, measured in the same run (vector_speed.h), divided by the lanes of a
// vector. That leaves out loads, stores, spikes, resets and all that is not in
// the kernel. Of a model whose operations nobody has counted, there is none.
absl::Status RunModel(const NeuronModel& model, const RunOptions& options,
                      std::vector<Measurement>* results);

}  // namespace spiked::benchmark

#endif  // SPIKED_TESTS_BENCHMARK_CORE_MODEL_BENCHMARKS_H_
