// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_BENCHMARK_DAEMON_STREAM_BENCHMARK_H_
#define SPIKED_TESTS_BENCHMARK_DAEMON_STREAM_BENCHMARK_H_

#include <vector>

#include "absl/status/status.h"
#include "tests/benchmark/core/core_benchmark.h"
#include "tests/benchmark/measurement.h"

namespace spiked::benchmark {

// Spikes per second that C++ clients receive from a session at full pace
// without loss (policy BLOCK), in both encodings: one client, and each of ten.
// The bare figure is the same for a gRPC server that does nothing but send one
// such message, encoded beforehand, to as many clients in the same run.
absl::Status RunStreamThroughput(const RunOptions& options,
                                 std::vector<Measurement>* results);

// Bytes of a spike on the wire: 100,000 neurons at 10 Hz, steps of 1 ms,
// encoding DELTA_VARINT, the default window.
absl::Status RunStreamBytes(const RunOptions& options,
                            std::vector<Measurement>* results);

}  // namespace spiked::benchmark

#endif  // SPIKED_TESTS_BENCHMARK_DAEMON_STREAM_BENCHMARK_H_
