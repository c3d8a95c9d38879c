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

// A figure from several runs.
struct Samples {
  std::vector<double> runs;

  double Median() const;
  double Min() const;
  double Max() const;
};

// What the figure should be.
struct Bar {
  double value;
  bool at_least = false;  // else at most
};

// What one benchmark found: one row of a table of results.
struct Measurement {
  std::string benchmark;
  int threads = 1;
  std::string precision;
  Samples figure;
  std::string unit;
  Samples bare;  // the same of the bare loop, if there is one
  std::optional<Bar> bar;
  int64_t neurons = 0;
  int64_t synapses = 0;
  double model_s = 0;
  int64_t spikes = 0;
  double synaptic_events_per_s = 0;
  double build_s = 0;
  double peak_rss_mb = 0;            // what building took in between
  double bytes_per_synapse = 0;      // as the core estimates it
  double rss_bytes_per_synapse = 0;  // what the process grew by
  std::string hash;                  // of the state at the end
  std::string note;

  // The figure by that of the bare loop; 0 without one.
  double BareRatio() const;
  double MeanRateHz() const;
  // "met", "missed", or nothing without a bar.
  std::string Verdict() const;
};

// Seconds of a clock that never goes back.
double Now();

// Memory of this process in bytes: now, and its peak since the last reset.
double ResidentBytes();
double PeakResidentBytes();
// Gives freed memory back and forgets the peak.
void ResetPeakResident();

// A table for people, line by line.
void PrintHeader(std::ostream& out);
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
