// SPDX-License-Identifier: Apache-2.0

#include "tests/benchmark/measurement.h"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "tests/benchmark/machine.h"

namespace spiked::benchmark {
namespace {

// A row of a table of results, as column and value.
using Row = std::vector<std::pair<std::string, std::string>>;

std::string Number(double x) { return absl::StrFormat("%.6g", x); }

std::string OrEmpty(double x) { return x == 0 ? "" : Number(x); }

// No value may hold the separator.
std::string Text(std::string text) {
  std::replace(text.begin(), text.end(), ',', ';');
  return text;
}

Row ToRow(const Measurement& m) {
  const bool has_loop = !m.walls.runs.empty() && m.model_s > 0;
  const bool has_bare = !m.bare.runs.empty();
  const double rate_hz = m.neurons == 0 || m.model_s == 0
                             ? 0
                             : static_cast<double>(m.spikes) /
                                   static_cast<double>(m.neurons) / m.model_s;
  const double wall_s = has_loop ? m.walls.Median() : 0;
  const Machine& machine = ThisMachine();
  return {
      {"benchmark", m.benchmark},
      {"threads", absl::StrCat(m.threads)},
      {"figure", Number(m.figure)},
      {"unit", m.unit},
      {"bar", m.bar.has_value() ? Number(*m.bar) : ""},
      {"verdict", m.Verdict()},
      {"bare_real_time_factor",
       has_bare ? Number(m.bare.Median() / m.model_s) : ""},
      {"ratio_to_bare", OrEmpty(m.BareRatio())},
      {"precision", m.precision},
      {"neurons", absl::StrCat(m.neurons)},
      {"synapses", absl::StrCat(m.synapses)},
      {"model_s", OrEmpty(m.model_s)},
      {"runs", absl::StrCat(m.walls.runs.size())},
      {"wall_s", OrEmpty(wall_s)},
      {"wall_min_s", has_loop ? Number(m.walls.Min()) : ""},
      {"wall_max_s", has_loop ? Number(m.walls.Max()) : ""},
      {"bare_wall_min_s", has_bare ? Number(m.bare.Min()) : ""},
      {"bare_wall_max_s", has_bare ? Number(m.bare.Max()) : ""},
      {"spikes", absl::StrCat(m.spikes)},
      {"mean_rate_hz", OrEmpty(rate_hz)},
      {"synaptic_events_per_s",
       wall_s == 0 ? "" : OrEmpty(m.synaptic_events / wall_s)},
      {"build_s", OrEmpty(m.build_s)},
      {"bytes_per_synapse", OrEmpty(m.bytes_per_synapse)},
      {"rss_bytes_per_synapse", OrEmpty(m.rss_bytes_per_synapse)},
      {"peak_rss_mb", OrEmpty(m.peak_rss_mb)},
      {"state_hash", m.hash},
      {"cpu", Text(machine.cpu)},
      {"compiler", Text(machine.compiler)},
      {"flags", Text(machine.flags)},
      {"vector_target", Text(machine.vector_target)},
      {"date", machine.date},
      {"commit", machine.commit},
      {"note", Text(m.note)},
  };
}

std::string Header() {
  return absl::StrJoin(ToRow({}), ",", [](std::string* out, const auto& entry) {
    out->append(entry.first);
  });
}

std::string Line(const Measurement& measurement) {
  return absl::StrJoin(
      ToRow(measurement), ",",
      [](std::string* out, const auto& entry) { out->append(entry.second); });
}

// A line of /proc/self/status in bytes.
double StatusBytes(absl::string_view field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (!absl::StartsWith(line, field)) continue;
    const std::vector<std::string> words =
        absl::StrSplit(line, absl::ByAnyChar(": \t"), absl::SkipEmpty());
    double kilobytes = 0;
    if (words.size() > 1 && absl::SimpleAtod(words[1], &kilobytes)) {
      return kilobytes * 1024;
    }
  }
  return 0;
}

}  // namespace

double Walls::Median() const {
  std::vector<double> sorted = runs;
  std::sort(sorted.begin(), sorted.end());
  return sorted.empty() ? 0 : sorted[sorted.size() / 2];
}

double Walls::Min() const {
  return *std::min_element(runs.begin(), runs.end());
}

double Walls::Max() const {
  return *std::max_element(runs.begin(), runs.end());
}

double Measurement::BareRatio() const {
  return bare.runs.empty() ? 0 : walls.Median() / bare.Median();
}

std::string Measurement::Verdict() const {
  if (!bar.has_value()) return "";
  return figure <= *bar ? "pass" : "miss";
}

double ResidentBytes() { return StatusBytes("VmRSS"); }

double PeakResidentBytes() { return StatusBytes("VmHWM"); }

void ResetPeakResident() {
  malloc_trim(0);
  std::ofstream("/proc/self/clear_refs") << "5";  // see proc(5)
}

void Print(const Measurement& m, std::ostream& out) {
  out << absl::StrFormat("%-12s", m.benchmark);
  if (m.threads > 0) {
    out << absl::StrFormat(" %d thread%s", m.threads,
                           m.threads > 1 ? "s" : " ");
  }
  out << absl::StrFormat("  %.5g %s", m.figure, m.unit);
  if (m.walls.runs.size() > 1 && m.model_s > 0) {
    out << absl::StrFormat(" (%.4g to %.4g s for %g s)", m.walls.Min(),
                           m.walls.Max(), m.model_s);
  }
  if (!m.bare.runs.empty()) {
    out << absl::StrFormat(", bare %.5g, ratio %.2f",
                           m.bare.Median() / m.model_s, m.BareRatio());
  }
  if (m.bar.has_value()) {
    out << absl::StrFormat(", bar %g: %s", *m.bar, m.Verdict());
  }
  if (m.neurons > 0 && m.spikes > 0 && m.model_s > 0) {
    out << absl::StrFormat("; %.2f Hz", static_cast<double>(m.spikes) /
                                            static_cast<double>(m.neurons) /
                                            m.model_s);
  }
  if (m.synaptic_events > 0 && m.walls.Median() > 0) {
    out << absl::StrFormat(", %.0f M events/s",
                           m.synaptic_events / m.walls.Median() / 1e6);
  }
  if (!m.note.empty()) out << "; " << m.note;
  out << std::endl;
}

void WriteCsv(const std::vector<Measurement>& measurements, std::ostream& out) {
  out << Header() << "\n";
  for (const Measurement& m : measurements) out << Line(m) << "\n";
}

absl::Status Record(const std::vector<Measurement>& measurements,
                    const std::string& folder, std::string* path) {
  *path = absl::StrCat(folder, "/", ThisMachine().slug, ".csv");
  std::vector<std::string> lines;
  std::ifstream old(*path);
  std::string line;
  std::getline(old, line);  // the header
  // A file with other columns begins anew.
  while (line == Header() && std::getline(old, line)) {
    lines.push_back(line);
    line = Header();
  }
  old.close();
  for (const Measurement& m : measurements) {
    const std::string key = absl::StrCat(m.benchmark, ",", m.threads, ",");
    const auto same = std::find_if(
        lines.begin(), lines.end(),
        [&key](const std::string& l) { return absl::StartsWith(l, key); });
    if (same == lines.end()) {
      lines.push_back(Line(m));
    } else {
      *same = Line(m);
    }
  }
  std::ofstream out(*path);
  out << Header() << "\n" << absl::StrJoin(lines, "\n") << "\n";
  if (!out) return absl::UnavailableError(absl::StrCat("cannot write ", *path));
  return absl::OkStatus();
}

}  // namespace spiked::benchmark
