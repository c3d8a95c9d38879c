// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_BENCHMARK_DAEMON_CROWD_BENCHMARK_H_
#define SPIKED_TESTS_BENCHMARK_DAEMON_CROWD_BENCHMARK_H_

#include <vector>

#include "absl/status/status.h"
#include "tests/benchmark/core/core_benchmark.h"
#include "tests/benchmark/measurement.h"

namespace spiked::benchmark {

// What a small real-time session, whose load fits, notices of another tenant's
// crowd: of sessions as fast as possible, of real-time sessions whose load
// doesn't fit, of clients that advance sessions step by step in loops, flood a
// session with commands, build, hash and count weights; and of its own
// tenant's readers. The figures are its pace, where 1 is on time, and the
// quantiles of its lateness; the bare ones those of the same session alone, in
// turn.
absl::Status RunCrowd(const RunOptions& options,
                      std::vector<Measurement>* results);

}  // namespace spiked::benchmark

#endif  // SPIKED_TESTS_BENCHMARK_DAEMON_CROWD_BENCHMARK_H_
