// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_BENCHMARK_MEASUREMENT_H_
#define SPIKED_TESTS_BENCHMARK_MEASUREMENT_H_

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

namespace spiked::benchmark {

// One row of results.csv.
struct Measurement {
  std::string benchmark;
  int threads = 1;
  std::string precision;
  int64_t neurons = 0;
  int64_t synapses = 0;
  double model_s = 0;
  double wall_s = 0;  // of the simulation loop only; the median run
  double wall_min_s = 0;
  double wall_max_s = 0;
  int64_t spikes = 0;
  double synaptic_events = 0;  // spikes times out-degree
  double bytes_per_synapse = 0;
  std::string note;

  double RealTimeFactor() const { return wall_s / model_s; }
};

// Sets wall_s and its spread to those of the runs.
void SetWallSeconds(std::vector<double> runs, Measurement* measurement);

// Peak resident memory of this process so far, in MB.
double PeakRssMb();

void WriteCsvHeader(std::ostream& out);
void WriteCsvRow(const Measurement& measurement, std::ostream& out);

// A line for people.
void Print(const Measurement& measurement, std::ostream& out);

}  // namespace spiked::benchmark

#endif  // SPIKED_TESTS_BENCHMARK_MEASUREMENT_H_
