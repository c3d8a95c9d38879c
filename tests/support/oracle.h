// SPDX-License-Identifier: Apache-2.0
//
// Expectations of published and computed numbers that are put on record. If
// SPIKED_CONFORMANCE_REPORT=FILE is in its environment, a test program writes
// its comparisons to the file at its end, as tables in Markdown:
// tests/conformance/README.md is made from them.

#ifndef SPIKED_TESTS_SUPPORT_ORACLE_H_
#define SPIKED_TESTS_SUPPORT_ORACLE_H_

#include <string>
#include <vector>

#include "core/spec/network_spec.h"

namespace spiked::testing {

// The subject of a comparison. Records of the same row are combined: for each
// precision the table shows the smallest and largest result.
struct OracleRow {
  std::string model;   // the table's title, e.g. "Brunel 2000"
  std::string what;    // with its unit, e.g. "state A, rate (Hz)"
  std::string source;  // e.g. "figure 8", "computed"
};

// The line at which a failure is reported.
struct CodeLine {
  const char* file;
  int line;

  static CodeLine Here(const char* file = __builtin_FILE(),
                       int line = __builtin_LINE()) {
    return {file, line};
  }
};

// Expects |ours - oracle| <= tolerance.
void ExpectOracle(const OracleRow& row, Precision precision, double ours,
                  double oracle, double tolerance,
                  CodeLine line = CodeLine::Here());

// Expects low <= ours <= high, where the oracle is a range or a single bound
// (the other one is infinite). `oracle` is its text in the table; by default
// the range itself.
void ExpectOracleRange(const OracleRow& row, Precision precision, double ours,
                       double low, double high, const std::string& oracle = "",
                       CodeLine line = CodeLine::Here());

// Expects two lists of the same length, each number within the tolerance; the
// table shows the largest difference.
void ExpectOracles(const OracleRow& row, Precision precision,
                   const std::vector<double>& ours,
                   const std::vector<double>& oracle, double tolerance,
                   CodeLine line = CodeLine::Here());

}  // namespace spiked::testing

#endif  // SPIKED_TESTS_SUPPORT_ORACLE_H_
