// SPDX-License-Identifier: Apache-2.0

#include "tests/benchmark/measurement.h"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "tests/benchmark/machine.h"

namespace spiked::benchmark {
namespace {

// A row of the table of results: pairs of column and value.
using Row = std::vector<std::pair<std::string, std::string>>;

// Format of a line of the table for people.
constexpr char kLine[] = "%-22s %7s  %9s  %-20s %9s %6s  %-9s %-6s  %s";

std::string Number(double x) { return absl::StrFormat("%.6g", x); }

std::string OrEmpty(double x) { return x == 0 ? "" : Number(x); }

// Replaces commas, which separate columns.
std::string Text(std::string text) {
  std::replace(text.begin(), text.end(), ',', ';');
  return text;
}

std::string BarText(const Measurement& m) {
  if (!m.bar.has_value()) return "";
  return absl::StrCat(m.bar->at_least ? ">= " : "<= ", m.bar->value);
}

Row ToRow(const Measurement& m) {
  const bool has_bare = !m.bare.runs.empty();
  const Machine& machine = ThisMachine();
  return {
      {"benchmark", m.benchmark},
      {"threads", absl::StrCat(m.threads)},
      {"precision", m.precision},
      {"figure", Number(m.figure.Median())},
      {"unit", Text(m.unit)},
      {"min", Number(m.figure.Min())},
      {"max", Number(m.figure.Max())},
      {"runs", absl::StrCat(m.figure.runs.size())},
      {"bare", has_bare ? Number(m.bare.Median()) : ""},
      {"bare_min", has_bare ? Number(m.bare.Min()) : ""},
      {"bare_max", has_bare ? Number(m.bare.Max()) : ""},
      {"ratio_to_bare", OrEmpty(m.BareRatio())},
      {"bar", BarText(m)},
      {"verdict", m.Verdict()},
      {"neurons", absl::StrCat(m.neurons)},
      {"synapses", absl::StrCat(m.synapses)},
      {"model_s", OrEmpty(m.model_s)},
      {"spikes", absl::StrCat(m.spikes)},
      {"mean_rate_hz", OrEmpty(m.MeanRateHz())},
      {"synaptic_events_per_s", OrEmpty(m.synaptic_events_per_s)},
      {"state_hash", m.hash},
      {"build_s", OrEmpty(m.build_s)},
      {"peak_rss_mb", OrEmpty(m.peak_rss_mb)},
      {"bytes_per_synapse", OrEmpty(m.bytes_per_synapse)},
      {"rss_bytes_per_synapse", OrEmpty(m.rss_bytes_per_synapse)},
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

// A field of /proc/self/status in bytes.
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

double Samples::Median() const {
  if (runs.empty()) return 0;
  std::vector<double> sorted = runs;
  std::sort(sorted.begin(), sorted.end());
  const size_t upper = sorted.size() / 2;
  const size_t lower = (sorted.size() - 1) / 2;
  return (sorted[lower] + sorted[upper]) / 2;
}

double Samples::Min() const {
  return runs.empty() ? 0 : *std::min_element(runs.begin(), runs.end());
}

double Samples::Max() const {
  return runs.empty() ? 0 : *std::max_element(runs.begin(), runs.end());
}

double Measurement::BareRatio() const {
  return bare.runs.empty() ? 0 : figure.Median() / bare.Median();
}

double Measurement::MeanRateHz() const {
  if (neurons == 0 || model_s == 0) return 0;
  return static_cast<double>(spikes) / static_cast<double>(neurons) / model_s;
}

std::string Measurement::Verdict() const {
  if (!bar.has_value()) return "";
  const double x = figure.Median();
  return (bar->at_least ? x >= bar->value : x <= bar->value) ? "met" : "missed";
}

double Now() {
  return std::chrono::duration<double>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

double ResidentBytes() { return StatusBytes("VmRSS"); }

double PeakResidentBytes() { return StatusBytes("VmHWM"); }

void ResetPeakResident() {
  malloc_trim(0);
  std::ofstream("/proc/self/clear_refs") << "5";  // see proc(5)
}

void PrintHeader(std::ostream& out) {
  out << absl::StrFormat(kLine, "benchmark", "threads", "figure", "min to max",
                         "bare", "ratio", "bar", "", "unit")
      << std::endl;
}

void Print(const Measurement& m, std::ostream& out) {
  const bool has_bare = !m.bare.runs.empty();
  const bool has_range = m.figure.runs.size() > 1;
  std::string rest = m.unit;
  if (m.MeanRateHz() > 0) {
    absl::StrAppendFormat(&rest, "; %.2f Hz", m.MeanRateHz());
  }
  if (m.synaptic_events_per_s > 0) {
    absl::StrAppendFormat(&rest, "; %.0f M events/s",
                          m.synaptic_events_per_s / 1e6);
  }
  if (!m.note.empty()) absl::StrAppend(&rest, "; ", m.note);
  const auto number = [](double x) { return absl::StrFormat("%.4g", x); };
  out << absl::StrFormat(kLine, m.benchmark, absl::StrCat(m.threads),
                         number(m.figure.Median()),
                         has_range
                             ? absl::StrCat(number(m.figure.Min()), " to ",
                                            number(m.figure.Max()))
                             : "",
                         has_bare ? number(m.bare.Median()) : "",
                         has_bare ? absl::StrFormat("%.2f", m.BareRatio()) : "",
                         BarText(m), m.Verdict(), rest)
      << std::endl;
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
  // Rows of a file with other columns are dropped.
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
  std::error_code ignored;  // if it fails, so does writing
  std::filesystem::create_directories(folder, ignored);
  std::ofstream out(*path);
  out << Header() << "\n" << absl::StrJoin(lines, "\n") << "\n";
  if (!out) return absl::UnavailableError(absl::StrCat("cannot write ", *path));
  return absl::OkStatus();
}

}  // namespace spiked::benchmark
