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

// A bound that the figure should keep.
struct Bar {
  double value;
  bool at_least = false;  // else at most
};

// The result of one benchmark: one row of the table.
struct Measurement {
  std::string benchmark;
  int threads = 1;
  std::string precision;
  Samples figure;
  std::string unit;
  Samples bare;  // figure of the bare loop, if there is one
  std::optional<Bar> bar;
  int64_t neurons = 0;
  int64_t synapses = 0;
  double model_s = 0;
  int64_t spikes = 0;
  double synaptic_events_per_s = 0;
  double build_s = 0;
  double peak_rss_mb = 0;            // peak while building
  double bytes_per_synapse = 0;      // as the core estimates it
  double rss_bytes_per_synapse = 0;  // growth of the process
  std::string hash;                  // of the state at the end
  std::string note;

  // The figure divided by the bare figure; 0 if there is none.
  double BareRatio() const;
  double MeanRateHz() const;
  // "met", "missed", or empty if there is no bar.
  std::string Verdict() const;
};

// Seconds of a monotonic clock.
double Now();

// Memory of this process in bytes: now, and its peak since the last reset.
double ResidentBytes();
double PeakResidentBytes();
// Returns freed memory to the system and resets the peak.
void ResetPeakResident();

// Prints a table for people, line by line.
void PrintHeader(std::ostream& out);
void Print(const Measurement& measurement, std::ostream& out);

// Writes the table of results. Each row names machine, build and date, so rows
// from several can be put together.
void WriteCsv(const std::vector<Measurement>& measurements, std::ostream& out);

// Puts rows into the file of this machine in `folder`, replacing rows with the
// same benchmark and threads. Stores the path of the file in `path`.
absl::Status Record(const std::vector<Measurement>& measurements,
                    const std::string& folder, std::string* path);

}  // namespace spiked::benchmark

#endif  // SPIKED_TESTS_BENCHMARK_MEASUREMENT_H_
