// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_BENCHMARK_DAEMON_STREAM_BENCHMARK_H_
#define SPIKED_TESTS_BENCHMARK_DAEMON_STREAM_BENCHMARK_H_

#include <vector>

#include "absl/status/status.h"
#include "tests/benchmark/core/core_benchmark.h"
#include "tests/benchmark/measurement.h"

namespace spiked::benchmark {

// Spikes per second that C++ clients get from a session at full pace, none of
// them lost (policy BLOCK), in both encodings: one client, and each of ten. The
// bare figure is what a gRPC server with nothing behind it sends of the same
// messages, encoded beforehand, to as many clients in the same run.
absl::Status RunStreamThroughput(const RunOptions& options,
                                 std::vector<Measurement>* results);

// Bytes that a spike takes on the wire: 100,000 neurons at 10 Hz, steps of 1
// ms, deltas, the default window.
absl::Status RunStreamBytes(const RunOptions& options,
                            std::vector<Measurement>* results);

}  // namespace spiked::benchmark

#endif  // SPIKED_TESTS_BENCHMARK_DAEMON_STREAM_BENCHMARK_H_
