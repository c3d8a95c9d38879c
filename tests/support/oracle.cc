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

namespace spiked::testing {
namespace {

// Smallest and largest of the numbers so far.
struct Interval {
  double low, high;
};

struct Record {
  OracleRow row;
  std::string oracle, tolerance, test;
  int digits;  // of ours, after the point
  bool is_difference;
  std::map<Precision, Interval> ours;
};

// In the order in which they came.
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

void Add(Record record, Precision precision, double ours) {
  record.test = TestName();
  std::vector<Record>& records = Records();
  auto it = std::find_if(records.begin(), records.end(), [&](const Record& r) {
    return r.row.model == record.row.model && r.row.what == record.row.what &&
           r.row.source == record.row.source && r.oracle == record.oracle &&
           r.test == record.test;
  });
  if (it == records.end()) {
    it = records.insert(records.end(), std::move(record));
  } else if (it->tolerance != record.tolerance) {
    // Precisions may be held to different tolerances.
    if (it->tolerance.find(record.tolerance) == std::string::npos) {
      absl::StrAppend(&it->tolerance, ", ", record.tolerance);
    }
    it->digits = std::max(it->digits, record.digits);
  }
  const auto [entry, is_new] = it->ours.insert({precision, {ours, ours}});
  if (is_new) return;
  entry->second.low = std::min(entry->second.low, ours);
  entry->second.high = std::max(entry->second.high, ours);
}

// Two digits of the tolerance.
int Digits(double tolerance) {
  if (!(tolerance > 0)) return 0;
  return std::clamp(static_cast<int>(std::ceil(1 - std::log10(tolerance))), 0,
                    12);
}

std::string Ours(const Record& record, Precision precision) {
  const auto it = record.ours.find(precision);
  if (it == record.ours.end()) return "";
  const auto text = [&](double x) {
    return record.is_difference ? absl::StrFormat("%.2g", x)
                                : absl::StrFormat("%.*f", record.digits, x);
  };
  const std::string low = text(it->second.low), high = text(it->second.high);
  if (record.is_difference) return absl::StrCat("off by ", high);
  return low == high ? low : absl::StrCat(low, " to ", high);
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
          << record.row.source << " | " << record.tolerance << " | "
          << Ours(record, Precision::kFloat64) << " | "
          << Ours(record, Precision::kFloat32) << " | `" << record.test
          << "` |\n";
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
  Add({row,
       absl::StrFormat("%.12g", oracle),
       absl::StrFormat("%.2g", tolerance),
       "",
       Digits(tolerance),
       false,
       {}},
      precision, ours);
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
  Add({row,
       oracle.empty() ? range : oracle,
       range,
       "",
       Digits(width),
       false,
       {}},
      precision, ours);
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
    // Long lists are known by their ends.
    if (oracle.size() > 6 && i == 3) text += "... ";
    if (oracle.size() > 6 && i >= 3 && i + 1 < oracle.size()) continue;
    absl::StrAppend(&text, absl::StrFormat("%.9g", oracle[i]), " ");
  }
  absl::StrAppend(&text, "(", oracle.size(), ")");
  Add({row, text, absl::StrFormat("%.2g", tolerance), "", 0, true, {}},
      precision, largest);
}

}  // namespace spiked::testing
