// SPDX-License-Identifier: Apache-2.0
//
// Expectations of published and computed numbers that are put on record. With
// SPIKED_CONFORMANCE_REPORT=FILE in its environment, a test program that ends
// writes what it has compared to the file, as tables in Markdown:
// tests/conformance/README.md is made of them.

#ifndef SPIKED_TESTS_SUPPORT_ORACLE_H_
#define SPIKED_TESTS_SUPPORT_ORACLE_H_

#include <string>
#include <vector>

#include "core/spec/network_spec.h"

namespace spiked::testing {

// What is compared. Records of the same row are gathered: of each precision the
// table has the smallest and the largest of ours.
struct OracleRow {
  std::string model;   // the table's title, e.g. "Brunel 2000"
  std::string what;    // with its unit, e.g. "state A, rate (Hz)"
  std::string source;  // e.g. "figure 8", "computed"
};

// Where a failure is shown.
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

// Expects low <= ours <= high, where the oracle is a range or one bound; the
// other one is infinite then. `oracle` is its text in the table, which says
// what is known; by default the range itself.
void ExpectOracleRange(const OracleRow& row, Precision precision, double ours,
                       double low, double high, const std::string& oracle = "",
                       CodeLine line = CodeLine::Here());

// Expects as many numbers, each within the tolerance; the table has the largest
// difference.
void ExpectOracles(const OracleRow& row, Precision precision,
                   const std::vector<double>& ours,
                   const std::vector<double>& oracle, double tolerance,
                   CodeLine line = CodeLine::Here());

}  // namespace spiked::testing

#endif  // SPIKED_TESTS_SUPPORT_ORACLE_H_
