// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_BENCHMARK_MEASUREMENT_H_
#define SPIKED_TESTS_BENCHMARK_MEASUREMENT_H_

#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace spiked::benchmark {

// Wall seconds of several runs.
struct Walls {
  std::vector<double> runs;

  double Median() const;
  double Min() const;
  double Max() const;
};

// What one benchmark found: one row of a table of results.
struct Measurement {
  std::string benchmark;
  int threads = 1;
  std::string precision;
  int64_t neurons = 0;
  int64_t synapses = 0;
  double model_s = 0;
  Walls walls;  // of the simulation loop only
  Walls bare;   // of the bare loop, if there is one
  int64_t spikes = 0;
  double synaptic_events = 0;
  double build_s = 0;
  double bytes_per_synapse = 0;      // as the core estimates it
  double rss_bytes_per_synapse = 0;  // what the process grew by
  double peak_rss_mb = 0;            // while building and running
  std::string hash;                  // of the state at the end
  // The figure that the bar is about.
  double figure = 0;
  std::string unit;
  std::optional<double> bar;
  std::string note;

  double RealTimeFactor() const { return walls.Median() / model_s; }
  // How much longer than the bare loop; 0 without one.
  double BareRatio() const;
  // "pass", "miss", or nothing without a bar.
  std::string Verdict() const;
};

// Memory of this process in bytes: now, and its peak since the last reset.
double ResidentBytes();
double PeakResidentBytes();
// Gives freed memory back and forgets the peak.
void ResetPeakResident();

// A line for people.
void Print(const Measurement& measurement, std::ostream& out);

// Tables of results. Each row names the machine, build and day, so rows from
// several of them can stand together.
void WriteCsv(const std::vector<Measurement>& measurements, std::ostream& out);

// Puts rows into the file of this machine in `folder`, in place of those of
// the same benchmarks and threads. Returns the path in `path`.
absl::Status Record(const std::vector<Measurement>& measurements,
                    const std::string& folder, std::string* path);

}  // namespace spiked::benchmark

#endif  // SPIKED_TESTS_BENCHMARK_MEASUREMENT_H_
