// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_BENCHMARK_DAEMON_HEALTH_BENCHMARK_H_
#define SPIKED_TESTS_BENCHMARK_DAEMON_HEALTH_BENCHMARK_H_

#include <vector>

#include "absl/status/status.h"
#include "tests/benchmark/core/core_benchmark.h"
#include "tests/benchmark/measurement.h"

namespace spiked::benchmark {

// How soon the daemon answers a health check, and a stranger's GetSession,
// while a tenant makes costly calls: many unknown names among the most names
// that are allowed, long answers, requests that never end, and floods. The bare
// figures are those without such calls, in turn.
absl::Status RunHealth(const RunOptions& options,
                       std::vector<Measurement>* results);

}  // namespace spiked::benchmark

#endif  // SPIKED_TESTS_BENCHMARK_DAEMON_HEALTH_BENCHMARK_H_
