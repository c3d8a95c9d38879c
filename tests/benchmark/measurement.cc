// SPDX-License-Identifier: Apache-2.0

#include "tests/benchmark/measurement.h"

#include <sys/resource.h>

#include <algorithm>

#include "absl/strings/str_format.h"

namespace spiked::benchmark {

void SetWallSeconds(std::vector<double> runs, Measurement* measurement) {
  std::sort(runs.begin(), runs.end());
  measurement->wall_s = runs[runs.size() / 2];
  measurement->wall_min_s = runs.front();
  measurement->wall_max_s = runs.back();
}

double PeakRssMb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

void WriteCsvHeader(std::ostream& out) {
  out << "benchmark,threads,precision,neurons,synapses,model_s,wall_s,"
         "real_time_factor,spikes,mean_rate_hz,synaptic_events_per_s,"
         "bytes_per_synapse,peak_rss_mb,wall_min_s,wall_max_s,note\n";
}

void WriteCsvRow(const Measurement& m, std::ostream& out) {
  const double rate_hz = static_cast<double>(m.spikes) /
                         static_cast<double>(m.neurons) / m.model_s;
  out << absl::StrFormat(
      "%s,%d,%s,%d,%d,%g,%.6f,%.6f,%d,%.4f,%.4g,%.2f,%.1f,%.6f,%.6f,%s\n",
      m.benchmark, m.threads, m.precision, m.neurons, m.synapses, m.model_s,
      m.wall_s, m.RealTimeFactor(), m.spikes, rate_hz,
      m.synaptic_events / m.wall_s, m.bytes_per_synapse, PeakRssMb(),
      m.wall_min_s, m.wall_max_s, m.note);
}

void Print(const Measurement& m, std::ostream& out) {
  out << absl::StrFormat(
      "%-8s %d thread, %s: %.4f s for %g s of model time, real-time factor "
      "%.5f (%.5f to %.5f), %.2f Hz, %.0f M events/s; %s\n",
      m.benchmark, m.threads, m.precision, m.wall_s, m.model_s,
      m.RealTimeFactor(), m.wall_min_s / m.model_s, m.wall_max_s / m.model_s,
      static_cast<double>(m.spikes) / static_cast<double>(m.neurons) /
          m.model_s,
      m.synaptic_events / m.wall_s / 1e6, m.note);
}

}  // namespace spiked::benchmark
