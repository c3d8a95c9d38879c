// SPDX-License-Identifier: Apache-2.0
//
// Hindmarsh & Rose 1984, doi:10.1098/rspb.1984.0024: states and behaviour under
// constant currents.
//
// Numbers: computed for this project by an independent program: RK4 with steps
// of 0.01 time units in double precision, start at (-1.6, 0, 0), a 1, b 3, c 1,
// d 5, s 4, x1 -1.6; a spike is an upward crossing of x = 0. Tolerances: for
// states 1e-6 at t <= 10 and 1e-4 at t = 50, for intervals half a unit of the
// last printed digit plus one step of 0.01, for rest half a unit of the last
// digit.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/support/network_builder.h"
#include "tests/support/oracle.h"
#include "tests/support/simulation.h"

namespace spiked::testing {
namespace {

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

OracleRow Row(const std::string& what) {
  return {"Hindmarsh & Rose 1984", what, "computed"};
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
    ExpectOracles(
        Row(absl::StrCat("I ", c.current, ", x, y, z at t = ", c.time)),
        Precision::kFloat64,
        {simulation.Variable("neurons", "x"),
         simulation.Variable("neurons", "y"),
         simulation.Variable("neurons", "z")},
        {c.x, c.y, c.z}, c.tolerance);
  }
}

// Behaviour after the transient: intervals between spikes, in time units.
struct Behaviour {
  std::vector<double> intervals;
  double x;  // at the end

  // The numbers of spikes in complete bursts. Bursts are separated by more than
  // `gap`.
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

void ExpectTonic(const std::string& what, const Behaviour& behaviour,
                 double interval, double tolerance,
                 Precision precision = Precision::kFloat64) {
  ASSERT_GE(behaviour.intervals.size(), 5u);
  const auto [min, max] = std::minmax_element(behaviour.intervals.begin(),
                                              behaviour.intervals.end());
  for (double extreme : {*min, *max}) {
    ExpectOracle(Row(what + ", intervals"), precision, extreme, interval,
                 tolerance);
  }
}

// Expects bursts of one size.
void ExpectBursts(const std::string& what, const Behaviour& behaviour,
                  double gap, int size,
                  Precision precision = Precision::kFloat64) {
  const std::set<int> sizes = behaviour.BurstSizes(gap);
  ASSERT_FALSE(sizes.empty()) << what;
  for (int extreme : {*sizes.begin(), *sizes.rbegin()}) {
    ExpectOracle(Row(what + ", spikes in a burst"), precision, extreme, size,
                 0);
  }
}

// Expects bursts of several sizes, or spikes at several intervals.
void ExpectIrregular(const std::string& what, const Behaviour& behaviour,
                     double gap, int smallest, int largest) {
  const std::set<int> sizes = behaviour.BurstSizes(gap);
  ASSERT_GT(sizes.size(), 1u) << what;
  for (int extreme : {*sizes.begin(), *sizes.rbegin()}) {
    ExpectOracleRange(Row(what + ", spikes in a burst"), Precision::kFloat64,
                      extreme, smallest, largest);
  }
}

void ExpectRest(const std::string& what, const Behaviour& behaviour, double x,
                Precision precision = Precision::kFloat64) {
  EXPECT_THAT(behaviour.intervals, IsEmpty());
  ExpectOracle(Row(what + ", x at rest"), precision, behaviour.x, x, 0.5e-3);
}

constexpr double kIntervalTolerance = 0.05 + kStep;

// Time before behaviour is observed, for r = 0.006. The approach to the tonic
// cycle at I = 3.5 is slow: intervals alternate by 0.2 at t = 2400 and by less
// than 0.01 at t = 5600.
constexpr double kTransient = 6000;

TEST(PublishedHindmarshRose, RestsUnderWeakCurrents) {
  const auto rest = Observe({1, 1.25, 1.3}, 0.006, 3000, 1000);
  ExpectRest("r 0.006, I 1", rest[0], -1.394);
  ExpectRest("r 0.006, I 1.25", rest[1], -1.334);
  ExpectRest("r 0.006, I 1.3", rest[2], -1.321);
}

TEST(PublishedHindmarshRose, TransientFromZeroHasFourToSixSpikes) {
  Simulation simulation(Neurons({1, 1.25}, 0.006, Precision::kFloat64));
  simulation.Run(200000);
  for (int64_t i : {0, 1}) {
    ExpectOracleRange(
        Row("r 0.006, I 1 and 1.25, spikes before the rest"),
        Precision::kFloat64,
        static_cast<double>(simulation.SpikeSteps("neurons", i).size()), 4, 6);
  }
}

TEST(PublishedHindmarshRose, BehavesAsPublishedWithFastAdaptation) {
  const auto b = Observe({1.4, 1.5, 2, 3, 3.1, 3.3, 3.4, 3.5, 4, 3.2, 3.25},
                         0.006, kTransient, 3000);
  ExpectTonic("r 0.006, I 1.4", b[0], 156.4, kIntervalTolerance);
  ExpectTonic("r 0.006, I 1.5", b[1], 149.5, kIntervalTolerance);
  ExpectBursts("r 0.006, I 2", b[2], 60, 2);
  ExpectIrregular("r 0.006, I 3", b[3], 60, 2, 8);
  for (int i : {4, 9, 10}) EXPECT_GT(b[i].BurstSizes(60).size(), 1u) << i;
  ExpectBursts("r 0.006, I 3.3", b[5], 60, 4);
  ExpectTonic("r 0.006, I 3.5", b[7], 31.7, kIntervalTolerance);
  ExpectTonic("r 0.006, I 4", b[8], 20.1, kIntervalTolerance);
  const auto [min, max] =  // irregular spiking
      std::minmax_element(b[6].intervals.begin(), b[6].intervals.end());
  ExpectOracle(Row("r 0.006, I 3.4, shortest interval"), Precision::kFloat64,
               *min, 22, 1);
  ExpectOracle(Row("r 0.006, I 3.4, longest interval"), Precision::kFloat64,
               *max, 46, 1);
}

TEST(PublishedHindmarshRose, BehavesAsPublishedWithSlowAdaptation) {
  const auto b =
      Observe({1.25, 1.3, 1.4, 2, 3, 3.1, 3.3, 3.5, 4}, 0.001, 6000, 6000);
  EXPECT_THAT(b[0].intervals, IsEmpty());
  ExpectBursts("r 0.001, I 1.3", b[1], 150, 5);
  ExpectBursts("r 0.001, I 1.4", b[2], 150, 6);
  ExpectBursts("r 0.001, I 2", b[3], 150, 9);
  ExpectBursts("r 0.001, I 3", b[4], 150, 18);
  ExpectBursts("r 0.001, I 3.1", b[5], 150, 20);
  ExpectTonic("r 0.001, I 3.3", b[6], 44.5, kIntervalTolerance);
  ExpectTonic("r 0.001, I 3.5", b[7], 34.2, kIntervalTolerance);
  ExpectTonic("r 0.001, I 4", b[8], 20.7, kIntervalTolerance);
}

// Where the dynamics are periodic, single precision gives the same behaviour.
TEST(PublishedHindmarshRose, Float32BehavesAlikeWhereItIsPeriodic) {
  const auto b = Observe({1, 1.4, 2, 3.5, 4}, 0.006, kTransient, 2000,
                         Precision::kFloat32);
  constexpr Precision kSingle = Precision::kFloat32;
  ExpectRest("r 0.006, I 1", b[0], -1.394, kSingle);
  ExpectTonic("r 0.006, I 1.4", b[1], 156.4, 0.2, kSingle);
  ExpectBursts("r 0.006, I 2", b[2], 60, 2, kSingle);
  ExpectTonic("r 0.006, I 3.5", b[3], 31.7, kIntervalTolerance, kSingle);
  ExpectTonic("r 0.006, I 4", b[4], 20.1, kIntervalTolerance, kSingle);
}

// The step that the model's header recommends.
TEST(PublishedHindmarshRose, StepsOfATenthOfAUnitBehaveAlike) {
  const auto b = Observe({1.4, 2, 3.5, 4}, 0.006, kTransient, 2000,
                         Precision::kFloat64, 0.1);
  ExpectTonic("steps of 0.1, r 0.006, I 1.4", b[0], 156.4, 0.2);
  ExpectBursts("steps of 0.1, r 0.006, I 2", b[1], 60, 2);
  ExpectTonic("steps of 0.1, r 0.006, I 3.5", b[2], 31.7, 0.2);
  ExpectTonic("steps of 0.1, r 0.006, I 4", b[3], 20.1, 0.2);
}

}  // namespace
}  // namespace spiked::testing
