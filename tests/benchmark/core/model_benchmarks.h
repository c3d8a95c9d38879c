// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_BENCHMARK_CORE_MODEL_BENCHMARKS_H_
#define SPIKED_TESTS_BENCHMARK_CORE_MODEL_BENCHMARKS_H_

#include <vector>

#include "absl/status/status.h"
#include "core/model/neuron_model.h"
#include "tests/benchmark/core/core_benchmark.h"
#include "tests/benchmark/measurement.h"

namespace spiked::benchmark {

// The time of a step of one neuron of a model: 10,000 neurons without synapses,
// in FLOAT32 on one thread, at rest or driven by parameters that make them
// spike now and then. All parts of a step are included.
//
// The bare figure is the least time that its arithmetic can take: the vector
// operations of the kernel, counted by hand, times the shortest time of an
// operation, measured in the same run (vector_speed.h), divided by the lanes of
// a vector. It leaves out loads, stores, spikes, resets and everything outside
// the kernel. A model whose operations have not been counted has no bare
// figure.
absl::Status RunModel(const NeuronModel& model, const RunOptions& options,
                      std::vector<Measurement>* results);

}  // namespace spiked::benchmark

#endif  // SPIKED_TESTS_BENCHMARK_CORE_MODEL_BENCHMARKS_H_
