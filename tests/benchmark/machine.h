// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_BENCHMARK_MACHINE_H_
#define SPIKED_TESTS_BENCHMARK_MACHINE_H_

#include <string>

namespace spiked::benchmark {

// The machine and the build that measured a figure.
struct Machine {
  std::string cpu;   // model, family and number of processors
  std::string slug;  // the same, as a file name
  std::string compiler;
  std::string flags;
  std::string vector_target;
  std::string date;    // UTC
  std::string commit;  // empty if unknown
};
const Machine& ThisMachine();

}  // namespace spiked::benchmark

#endif  // SPIKED_TESTS_BENCHMARK_MACHINE_H_
