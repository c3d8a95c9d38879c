// SPDX-License-Identifier: Apache-2.0

#include "core/build/build_progress.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "core/build/compile.h"
#include "core/network/state.h"
#include "core/network/state_hash.h"
#include "tests/support/network_builder.h"

namespace spiked {
namespace {

using Phase = BuildProgress::Phase;

// Cancels the build after `cancel_after` questions, and remembers the progress
// at each question.
class Watching : public BuildProgress {
 public:
  explicit Watching(int64_t cancel_after = INT64_MAX)
      : cancel_after_(cancel_after) {}
  bool cancelled() const override {
    phases.insert(phase());
    if (phase() == Phase::kSynapses) fractions.push_back(fraction());
    return ++asked > cancel_after_;
  }

  mutable int64_t asked = 0;
  mutable std::set<Phase> phases;
  mutable std::vector<double> fractions;

 private:
  const int64_t cancel_after_;
};

NetworkSpec Make(ConnectionRule rule, Value weight) {
  NetworkSpec spec = testing::MakeNetwork(1);
  spec.populations = {testing::MakePopulation("a", "izhikevich", 1500)};
  spec.projections = {
      testing::MakeProjection("a", "a", std::move(rule), weight, 1.0)};
  return spec;
}

std::vector<NetworkSpec> Networks() {
  const Value drawn = Uniform{0, 1};
  NetworkSpec multapses = Make(FixedTotalNumber{1'000'000}, drawn);
  multapses.projections[0].allow_multapses = true;
  return {Make(AllToAll(), drawn), Make(PairwiseBernoulli{0.3}, drawn),
          Make(FixedIndegree{700}, drawn), Make(FixedOutdegree{700}, 1.0),
          multapses};
}

TEST(BuildProgress, GoesFromZeroToOne) {
  for (const NetworkSpec& spec : Networks()) {
    Watching progress;
    ASSERT_TRUE(Compile(spec, 1, &progress).ok());
    EXPECT_EQ(progress.phase(), Phase::kFinishing);
    EXPECT_EQ(progress.fraction(), 1);
    ASSERT_GE(progress.fractions.size(), 5u);
    EXPECT_EQ(progress.fractions.front(), 0);
    // The expected number of synapses differs a little from the actual one.
    EXPECT_NEAR(progress.fractions.back(), 1, 0.02);
    EXPECT_TRUE(
        std::is_sorted(progress.fractions.begin(), progress.fractions.end()));
  }
}

TEST(BuildProgress, ACancelledBuildStopsWhereverItIs) {
  for (const NetworkSpec& spec : Networks()) {
    Watching all;
    ASSERT_TRUE(Compile(spec, 1, &all).ok());
    for (int64_t after = 0; after < all.asked; after += 1 + all.asked / 13) {
      Watching progress(after);
      const auto network = Compile(spec, 1, &progress);
      EXPECT_EQ(network.status().code(), absl::StatusCode::kCancelled);
      // Each run of 256 owners that is left asks once more, and so does each
      // caller.
      EXPECT_LE(progress.asked, after + 1500 / 256 + 3);
    }
  }
}

TEST(BuildProgress, CancelIsSeenByAllThreads) {
  for (const NetworkSpec& spec : Networks()) {
    BuildProgress progress;
    progress.Cancel();
    EXPECT_EQ(Compile(spec, 3, &progress).status().code(),
              absl::StatusCode::kCancelled);
  }
}

TEST(BuildProgress, ChangesNothingOfTheNetwork) {
  const NetworkSpec spec = Make(FixedIndegree{100}, Uniform{0, 1});
  BuildProgress progress;
  const auto watched = Compile(spec, 2, &progress);
  const auto alone = Compile(spec);
  ASSERT_TRUE(watched.ok() && alone.ok());
  EXPECT_EQ((*watched)->synapse_count, (*alone)->synapse_count);
  EXPECT_EQ(HashState(**watched, MakeState(**watched)),
            HashState(**alone, MakeState(**alone)));
}

}  // namespace
}  // namespace spiked
