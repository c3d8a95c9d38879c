// SPDX-License-Identifier: Apache-2.0
//
// Hindmarsh & Rose 1984, doi:10.1098/rspb.1984.0024: states and behaviour under
// constant currents.
//
// Numbers: computed for this project by an independent program: RK4 with steps
// of 0.01 time units in double precision, start at (-1.6, 0, 0),
// a 1, b 3, c 1, d 5, s 4, x1 -1.6; a spike is an upward crossing of x = 0.
// Tolerances: states 1e-6 at t <= 10 and 1e-4 at t = 50;
// intervals to half a unit of the last printed digit plus one step of 0.01,
// rest to half a unit of the last digit.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "tests/support/network_builder.h"
#include "tests/support/simulation.h"

namespace spiked::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr double kStep = 0.01;  // time units

// One neuron per current; a unit of the model's time lasts 1 ms.
NetworkSpec Neurons(const std::vector<double>& currents, double r,
                    Precision precision, double dt_ms = kStep) {
  NetworkSpec network = MakeNetwork(dt_ms, precision);
  network.populations = {MakePopulation("neurons", "hindmarsh_rose",
                                        static_cast<int64_t>(currents.size()),
                                        {{"r", r}})};
  StimulusSpec stimulus =
      MakeCurrent(network, "neurons", currents, 0, 10000000);
  network.stimuli.push_back(stimulus);
  return network;
}

struct Checkpoint {
  double current;
  double time;
  double x, y, z;
  double tolerance;
};

TEST(PublishedHindmarshRose, StatesAgreeAtTheCheckpoints) {
  const Checkpoint checkpoints[] = {
      {2, 1, 1.322421688, -0.807606315, 0.038716691, 1e-6},
      {2, 10, 0.219674968, -0.384227217, 0.354180553, 1e-6},
      {2, 50, -0.929249427, -3.838613970, 1.492727568, 1e-4},
      {4, 1, 2.410923515, -9.824204635, 0.062321720, 1e-6},
      {4, 10, 1.493327888, -2.092530164, 0.438903122, 1e-6},
      {4, 50, 0.993569153, -0.793110564, 1.830140524, 1e-4},
  };
  for (const Checkpoint& c : checkpoints) {
    Simulation simulation(Neurons({c.current}, 0.006, Precision::kFloat64));
    simulation.Run(std::llround(c.time / kStep));
    SCOPED_TRACE(::testing::Message() << "I " << c.current << ", t " << c.time);
    EXPECT_NEAR(simulation.Variable("neurons", "x"), c.x, c.tolerance);
    EXPECT_NEAR(simulation.Variable("neurons", "y"), c.y, c.tolerance);
    EXPECT_NEAR(simulation.Variable("neurons", "z"), c.z, c.tolerance);
  }
}

// Behaviour after the transient: intervals between spikes, in time units.
struct Behaviour {
  std::vector<double> intervals;
  double x;  // at the end

  // The numbers of spikes in the whole bursts, which are separated by more
  // than `gap`.
  std::set<int> BurstSizes(double gap) const {
    std::set<int> sizes;
    int size = -1;  // the first burst may be cut
    for (double interval : intervals) {
      if (interval < gap) {
        if (size > 0) ++size;
        continue;
      }
      if (size > 0) sizes.insert(size);
      size = 1;
    }
    return sizes;
  }
};

std::vector<Behaviour> Observe(const std::vector<double>& currents, double r,
                               double transient, double duration,
                               Precision precision = Precision::kFloat64,
                               double dt = kStep) {
  Simulation simulation(Neurons(currents, r, precision, dt));
  simulation.Run(static_cast<int64_t>((transient + duration) / dt));
  std::vector<Behaviour> behaviours(currents.size());
  for (size_t i = 0; i < currents.size(); ++i) {
    const std::vector<int64_t> steps = simulation.SpikeSteps("neurons", i);
    for (size_t k = 1; k < steps.size(); ++k) {
      if (static_cast<double>(steps[k - 1]) * dt < transient) continue;
      behaviours[i].intervals.push_back(
          static_cast<double>(steps[k] - steps[k - 1]) * dt);
    }
    behaviours[i].x = simulation.Variable("neurons", "x", i);
  }
  return behaviours;
}

void ExpectTonic(const Behaviour& behaviour, double interval,
                 double tolerance) {
  ASSERT_GE(behaviour.intervals.size(), 5u);
  const auto [min, max] = std::minmax_element(behaviour.intervals.begin(),
                                              behaviour.intervals.end());
  EXPECT_NEAR(*min, interval, tolerance);
  EXPECT_NEAR(*max, interval, tolerance);
}

constexpr double kIntervalTolerance = 0.05 + kStep;

// For r = 0.006. The approach to the tonic cycle at I = 3.5 is slow: intervals
// alternate by 0.2 at t = 2400 and by less than 0.01 at t = 5600.
constexpr double kTransient = 6000;

TEST(PublishedHindmarshRose, RestsUnderWeakCurrents) {
  const auto rest = Observe({1, 1.25, 1.3}, 0.006, 3000, 1000);
  for (const Behaviour& b : rest) EXPECT_THAT(b.intervals, IsEmpty());
  EXPECT_NEAR(rest[0].x, -1.394, 0.5e-3);
  EXPECT_NEAR(rest[1].x, -1.334, 0.5e-3);
  EXPECT_NEAR(rest[2].x, -1.321, 0.5e-3);
}

TEST(PublishedHindmarshRose, TransientFromZeroHasFourToSixSpikes) {
  Simulation simulation(Neurons({1, 1.25}, 0.006, Precision::kFloat64));
  simulation.Run(200000);
  for (int64_t i : {0, 1}) {
    const size_t spikes = simulation.SpikeSteps("neurons", i).size();
    EXPECT_GE(spikes, 4u);
    EXPECT_LE(spikes, 6u);
  }
}

TEST(PublishedHindmarshRose, BehavesAsPublishedWithFastAdaptation) {
  const auto b =
      Observe({1.4, 1.5, 2, 3, 3.1, 3.3, 3.4, 3.5, 4}, 0.006, kTransient, 3000);
  ExpectTonic(b[0], 156.4, kIntervalTolerance);
  ExpectTonic(b[1], 149.5, kIntervalTolerance);
  EXPECT_THAT(b[2].BurstSizes(60), ElementsAre(2));
  EXPECT_GT(b[3].BurstSizes(60).size(), 1u);  // irregular
  EXPECT_GE(*b[3].BurstSizes(60).begin(), 2);
  EXPECT_LE(*b[3].BurstSizes(60).rbegin(), 8);
  EXPECT_GT(b[4].BurstSizes(60).size(), 1u);
  EXPECT_THAT(b[5].BurstSizes(60), ElementsAre(4));
  ExpectTonic(b[7], 31.7, kIntervalTolerance);
  ExpectTonic(b[8], 20.1, kIntervalTolerance);
  const auto [min, max] =  // irregular spiking
      std::minmax_element(b[6].intervals.begin(), b[6].intervals.end());
  EXPECT_NEAR(*min, 22, 1);
  EXPECT_NEAR(*max, 46, 1);
}

TEST(PublishedHindmarshRose, BehavesAsPublishedWithSlowAdaptation) {
  const auto b =
      Observe({1.25, 1.3, 1.4, 2, 3, 3.1, 3.3, 3.5, 4}, 0.001, 6000, 6000);
  EXPECT_THAT(b[0].intervals, IsEmpty());
  EXPECT_THAT(b[1].BurstSizes(150), ElementsAre(5));
  EXPECT_THAT(b[2].BurstSizes(150), ElementsAre(6));
  EXPECT_THAT(b[3].BurstSizes(150), ElementsAre(9));
  EXPECT_THAT(b[4].BurstSizes(150), ElementsAre(18));
  EXPECT_THAT(b[5].BurstSizes(150), ElementsAre(20));
  ExpectTonic(b[6], 44.5, kIntervalTolerance);
  ExpectTonic(b[7], 34.2, kIntervalTolerance);
  ExpectTonic(b[8], 20.7, kIntervalTolerance);
}

// Where the dynamics are periodic, single precision gives the same behaviour.
TEST(PublishedHindmarshRose, Float32BehavesAlikeWhereItIsPeriodic) {
  const auto b = Observe({1, 1.4, 2, 3.5, 4}, 0.006, kTransient, 2000,
                         Precision::kFloat32);
  EXPECT_THAT(b[0].intervals, IsEmpty());
  EXPECT_NEAR(b[0].x, -1.394, 0.5e-3);
  ExpectTonic(b[1], 156.4, 0.2);
  EXPECT_THAT(b[2].BurstSizes(60), ElementsAre(2));
  ExpectTonic(b[3], 31.7, kIntervalTolerance);
  ExpectTonic(b[4], 20.1, kIntervalTolerance);
}

// The step that the model's header calls accurate enough.
TEST(PublishedHindmarshRose, StepsOfATenthOfAUnitBehaveAlike) {
  const auto b = Observe({1.4, 2, 3.5, 4}, 0.006, kTransient, 2000,
                         Precision::kFloat64, 0.1);
  ExpectTonic(b[0], 156.4, 0.2);
  EXPECT_THAT(b[1].BurstSizes(60), ElementsAre(2));
  ExpectTonic(b[2], 31.7, 0.2);
  ExpectTonic(b[3], 20.1, 0.2);
}

}  // namespace
}  // namespace spiked::testing
