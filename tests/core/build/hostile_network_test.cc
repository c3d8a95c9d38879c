// SPDX-License-Identifier: Apache-2.0
//
// For any request of a client, the result is a network or a list of violations.

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <variant>

#include "core/build/compile.h"
#include "core/build/estimate.h"
#include "core/build/validate.h"
#include "core/network/state.h"
#include "core/network/state_hash.h"
#include "core/step.h"
#include "tests/support/hostile.h"
#include "tests/support/sanitized.h"

namespace spiked {
namespace {

bool IsPrintable(const std::string& text) {
  for (char c : text) {
    if (c < ' ' || c > '~') return false;
  }
  return true;
}

TEST(HostileNetwork, IsRefusedWithPrintableViolationsOrRuns) {
  constexpr int kNetworks = testing::kSanitized ? 5000 : 20000;
  testing::HostileNetworks networks(1);
  int valid = 0, run = 0;
  std::set<size_t> rules;  // in networks that ran
  for (int i = 0; i < kNetworks; ++i) {
    const NetworkSpec network = networks.Next();
    SCOPED_TRACE(i);
    const Violations violations = ValidateNetwork(network, "network");
    for (const Violation& v : violations.list()) {
      ASSERT_TRUE(v.field.starts_with("network"));
      ASSERT_FALSE(v.description.empty());
      ASSERT_TRUE(IsPrintable(v.field)) << v.field;
      ASSERT_TRUE(IsPrintable(v.description)) << v.description;
      ASSERT_LT(v.field.size() + v.description.size(), 2000u);
    }
    if (!violations.empty()) {
      ASSERT_FALSE(Compile(network).ok());
      continue;
    }
    ++valid;
    const Estimate estimate = EstimateNetwork(network);
    ASSERT_GE(estimate.synapse_count, 0);
    ASSERT_GE(estimate.bytes, 0);
    // A session would refuse networks that are too large for the machine.
    if (estimate.build_bytes > 2e7) continue;
    ++run;
    const auto compiled = Compile(network);
    ASSERT_TRUE(compiled.ok()) << compiled.status();
    State state = MakeState(**compiled);
    for (int step = 0; step < 20; ++step) Step(**compiled, state);
    FindNonFinite(**compiled, state);
    HashState(**compiled, state);
    for (const ProjectionSpec& projection : network.projections) {
      rules.insert(projection.rule.index());
    }
  }
  EXPECT_EQ(rules.size(), std::variant_size_v<ConnectionRule> - 1);
  // The test is only useful if both results occur.
  EXPECT_GT(valid, kNetworks / 40);
  EXPECT_GT(run, kNetworks / 50);
  EXPECT_LT(valid, kNetworks / 4 * 3);
}

}  // namespace
}  // namespace spiked
