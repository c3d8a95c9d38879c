// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_BENCHMARK_MACHINE_H_
#define SPIKED_TESTS_BENCHMARK_MACHINE_H_

#include <string>

namespace spiked::benchmark {

// Where and with what a figure was measured.
struct Machine {
  std::string cpu;   // model, family and number of processors
  std::string slug;  // the same as the name of a file
  std::string compiler;
  std::string flags;
  std::string vector_target;
  std::string date;    // UTC
  std::string commit;  // empty if it can't be told
};
const Machine& ThisMachine();

}  // namespace spiked::benchmark

#endif  // SPIKED_TESTS_BENCHMARK_MACHINE_H_
