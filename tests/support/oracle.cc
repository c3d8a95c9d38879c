// SPDX-License-Identifier: Apache-2.0

#include "tests/support/oracle.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace spiked::testing {
namespace {

// Results of this simulator in one precision.
struct Ours {
  double low, high;
  int digits;  // after the point
  std::string tolerance;
};

struct Record {
  OracleRow row;
  std::string oracle;
  bool is_difference;
  std::map<Precision, Ours> ours;
  std::vector<std::string> tests;
};

// All records, in the order in which they were made.
std::vector<Record>& Records() {
  static auto* const records = new std::vector<Record>;
  return *records;
}

// "Suite.Name" without the names of parameters.
std::string TestName() {
  const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
  if (info == nullptr) return "";
  const std::string suite = info->test_suite_name();
  const std::string name = info->name();
  return absl::StrCat(suite.substr(suite.find('/') + 1), ".",
                      name.substr(0, name.find('/')));
}

void Add(const OracleRow& row, const std::string& oracle, bool is_difference,
         Precision precision, const Ours& ours) {
  std::vector<Record>& records = Records();
  auto it = std::find_if(records.begin(), records.end(), [&](const Record& r) {
    return r.row.model == row.model && r.row.what == row.what &&
           r.row.source == row.source && r.oracle == oracle;
  });
  if (it == records.end()) {
    it = records.insert(it, {row, oracle, is_difference, {}, {}});
  }
  const std::string test = TestName();
  if (std::find(it->tests.begin(), it->tests.end(), test) == it->tests.end()) {
    it->tests.push_back(test);
  }
  const auto [entry, is_new] = it->ours.insert({precision, ours});
  if (is_new) return;
  Ours& all = entry->second;
  all.low = std::min(all.low, ours.low);
  all.high = std::max(all.high, ours.high);
  all.digits = std::max(all.digits, ours.digits);
}

// Digits after the point that show two digits of the tolerance.
int Digits(double tolerance) {
  if (!(tolerance > 0)) return 0;
  return std::clamp(static_cast<int>(std::ceil(1 - std::log10(tolerance))), 0,
                    12);
}

std::string OursText(const Record& record, Precision precision) {
  const auto it = record.ours.find(precision);
  if (it == record.ours.end()) return "";
  const Ours& ours = it->second;
  if (record.is_difference) return absl::StrFormat("off by %.2g", ours.high);
  const std::string low = absl::StrFormat("%.*f", ours.digits, ours.low);
  const std::string high = absl::StrFormat("%.*f", ours.digits, ours.high);
  return low == high ? low : absl::StrCat(low, " to ", high);
}

std::string ToleranceText(const Record& record) {
  const std::string& first = record.ours.begin()->second.tolerance;
  const std::string& last = record.ours.rbegin()->second.tolerance;
  if (first == last) return first;
  return absl::StrCat(
      record.ours.at(Precision::kFloat64).tolerance, " (FLOAT64), ",
      record.ours.at(Precision::kFloat32).tolerance, " (FLOAT32)");
}

void WriteReport(std::ostream& out) {
  std::vector<std::string> models;
  for (const Record& record : Records()) {
    if (std::find(models.begin(), models.end(), record.row.model) ==
        models.end()) {
      models.push_back(record.row.model);
    }
  }
  for (const std::string& model : models) {
    out << "\n### " << model << "\n\n"
        << "| | oracle | from | tolerance | FLOAT64 | FLOAT32 | test |\n"
        << "|---|---|---|---|---|---|---|\n";
    for (const Record& record : Records()) {
      if (record.row.model != model) continue;
      out << "| " << record.row.what << " | " << record.oracle << " | "
          << record.row.source << " | " << ToleranceText(record) << " | "
          << OursText(record, Precision::kFloat64) << " | "
          << OursText(record, Precision::kFloat32) << " | `"
          << absl::StrJoin(record.tests, "`, `") << "` |\n";
    }
  }
}

class Reporter : public ::testing::Environment {
 public:
  void TearDown() override {
    const char* path = std::getenv("SPIKED_CONFORMANCE_REPORT");
    if (path == nullptr) return;
    std::ofstream out(path);
    WriteReport(out);
  }
};

[[maybe_unused]] const ::testing::Environment* const kReporter =
    ::testing::AddGlobalTestEnvironment(new Reporter);

void Fail(const OracleRow& row, const std::string& text, CodeLine line) {
  ADD_FAILURE_AT(line.file, line.line)
      << row.model << ", " << row.what << ": " << text;
}

}  // namespace

void ExpectOracle(const OracleRow& row, Precision precision, double ours,
                  double oracle, double tolerance, CodeLine line) {
  if (!(std::abs(ours - oracle) <= tolerance)) {
    Fail(row,
         absl::StrFormat("%.12g, expected %.12g within %g", ours, oracle,
                         tolerance),
         line);
  }
  Add(row, absl::StrFormat("%.12g", oracle), false, precision,
      {ours, ours, Digits(tolerance), absl::StrFormat("%.2g", tolerance)});
}

void ExpectOracleRange(const OracleRow& row, Precision precision, double ours,
                       double low, double high, const std::string& oracle,
                       CodeLine line) {
  if (!(ours >= low && ours <= high)) {
    Fail(row, absl::StrFormat("%.12g, expected %g to %g", ours, low, high),
         line);
  }
  std::string range = absl::StrFormat("%.4g to %.4g", low, high);
  double width = (high - low) / 2;
  if (std::isinf(high)) {
    range = absl::StrFormat("at least %.4g", low);
    width = std::abs(low) / 10;
  } else if (std::isinf(low)) {
    range = absl::StrFormat("at most %.4g", high);
    width = std::abs(high) / 10;
  }
  Add(row, oracle.empty() ? range : oracle, false, precision,
      {ours, ours, Digits(width), range});
}

void ExpectOracles(const OracleRow& row, Precision precision,
                   const std::vector<double>& ours,
                   const std::vector<double>& oracle, double tolerance,
                   CodeLine line) {
  if (ours.size() != oracle.size()) {
    Fail(row,
         absl::StrFormat("%d numbers, expected %d", ours.size(), oracle.size()),
         line);
    return;
  }
  double largest = 0;
  for (size_t i = 0; i < ours.size(); ++i) {
    const double difference = std::abs(ours[i] - oracle[i]);
    if (!(difference <= tolerance)) {
      Fail(row,
           absl::StrFormat("number %d is %.12g, expected %.12g within %g",
                           i + 1, ours[i], oracle[i], tolerance),
           line);
    }
    largest = std::max(largest, difference);
  }
  std::string text;
  for (size_t i = 0; i < oracle.size(); ++i) {
    // Long lists are shortened to their first three numbers and their last one.
    if (oracle.size() > 6 && i == 3) text += "... ";
    if (oracle.size() > 6 && i >= 3 && i + 1 < oracle.size()) continue;
    absl::StrAppend(&text, absl::StrFormat("%.9g", oracle[i]), " ");
  }
  absl::StrAppend(&text, "(", oracle.size(), ")");
  Add(row, text, true, precision,
      {largest, largest, 0, absl::StrFormat("%.2g", tolerance)});
}

}  // namespace spiked::testing
