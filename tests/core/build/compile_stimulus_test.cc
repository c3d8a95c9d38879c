// SPDX-License-Identifier: Apache-2.0
//
// Stimuli, from the specification to the input of neurons. Spike sources show
// the steps in which something arrives; `amplitude` below 1 makes none.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "core/build/compile.h"
#include "tests/support/network_builder.h"
#include "tests/support/simulation.h"

namespace spiked {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::MakeNetwork;
using testing::MakePopulation;
using testing::Simulation;

// Neurons that spike while a current of at least 1 acts on them.
NetworkSpec Sources(int64_t size, int64_t column_count = 1,
                    double dt_ms = 0.5) {
  NetworkSpec network = MakeNetwork(dt_ms);
  network.populations = {MakePopulation("before", "spike_source", 5),
                         MakePopulation("p", "spike_source", size)};
  network.populations[1].column_count = column_count;
  return network;
}

StimulusSpec Stimulate(StimulusStart start, StimulusKind kind) {
  StimulusSpec stimulus;
  stimulus.population = "p";
  stimulus.start = start;
  stimulus.kind = std::move(kind);
  return stimulus;
}

// The neurons that spike in the first step.
std::vector<int64_t> FirstSpikers(const NetworkSpec& network) {
  Simulation simulation(network);
  simulation.Run(1);
  std::vector<int64_t> neurons;
  for (const auto& spike : simulation.spikes()) {
    neurons.push_back(spike.neuron - 5);  // within population p
  }
  return neurons;
}

std::vector<int64_t> StepsWithSpikes(NetworkSpec network,
                                     const StimulusSpec& stimulus) {
  network.stimuli = {stimulus};
  Simulation simulation(network);
  simulation.Run(40);
  return simulation.SpikeSteps("p");
}

TEST(CurrentStimulus, ActsFromItsStartStepForItsDuration) {
  EXPECT_THAT(
      StepsWithSpikes(Sources(1),
                      Stimulate(int64_t{3}, CurrentStimulusSpec{{1}, 1.5})),
      ElementsAre(3, 4, 5));
}

TEST(CurrentStimulus, TimesAreRoundedToTheNearestStep) {
  EXPECT_THAT(
      StepsWithSpikes(Sources(1),
                      Stimulate(StartMs{1.3}, CurrentStimulusSpec{{1}, 1.2})),
      ElementsAre(3, 4));
}

TEST(CurrentStimulus, LastsAtLeastOneStep) {
  EXPECT_THAT(
      StepsWithSpikes(Sources(1, 1, 1),
                      Stimulate(int64_t{2}, CurrentStimulusSpec{{1}, 0.5})),
      ElementsAre(2));
}

TEST(CurrentStimulus, WithoutStartActsFromStepZero) {
  EXPECT_THAT(
      StepsWithSpikes(Sources(1), Stimulate(AsSoonAsPossible{},
                                            CurrentStimulusSpec{{1}, 1})),
      ElementsAre(0, 1));
}

TEST(CurrentStimulus, SeveralAddUp) {
  NetworkSpec network = Sources(1);
  network.stimuli = {Stimulate(int64_t{0}, CurrentStimulusSpec{{0.5}, 2}),
                     Stimulate(int64_t{2}, CurrentStimulusSpec{{0.5}, 5})};
  Simulation simulation(network);
  simulation.Run(20);
  EXPECT_THAT(simulation.SpikeSteps("p"), ElementsAre(2, 3));
}

TEST(CurrentStimulus, AmplitudesGoToTheListedNeurons) {
  NetworkSpec network = Sources(4);
  StimulusSpec stimulus =
      Stimulate(int64_t{0}, CurrentStimulusSpec{{0.9, 1, 1}, 0.5});
  stimulus.neuron_indices = {0, 3, 1};
  network.stimuli = {stimulus};
  EXPECT_THAT(FirstSpikers(network), ElementsAre(1, 3));
}

TEST(CurrentStimulus, OneAmplitudeIsForAllNeurons) {
  NetworkSpec network = Sources(3);
  network.stimuli = {Stimulate(int64_t{0}, CurrentStimulusSpec{{1}, 0.5})};
  EXPECT_THAT(FirstSpikers(network), ElementsAre(0, 1, 2));
}

// v(t) = e_l + i / g (1 - exp(-t / tau)), whatever the synapses of the model
// are.
TEST(CurrentStimulus, ChargesTheMembraneByTheClosedForm) {
  constexpr double kTau = 10, kCapacitance = 250, kLeak = kCapacitance / kTau;
  for (const char* model :
       {"lif_alpha", "lif_cond_alpha", "lif_cond_exp", "lif_delta", "lif_exp",
        "lif_exp_adaptive", "lif_exp_ei"}) {
    NetworkSpec network = MakeNetwork(0.1);
    network.populations = {MakePopulation(
        "p", model, 2, {{"c_m_pf", kCapacitance}, {"e_l_mv", -65.0}})};
    const std::string of_time =
        std::string(model).starts_with("lif_cond") ? "g_l_ns" : "tau_m_ms";
    network.populations[0].parameters[of_time] =
        of_time == "g_l_ns" ? kLeak : kTau;
    // The second neuron gets the same current as noise without variance.
    network.stimuli = {Stimulate(int64_t{0}, CurrentStimulusSpec{{200}, 1e6})};
    network.stimuli[0].neuron_indices = {0};
    network.inputs = {testing::MakeInput(
        "p", "normal_noise_current", {{"mean", std::vector<double>{0, 200}}})};
    Simulation simulation(network);
    for (int k = 1; k <= 500; ++k) {
      simulation.Run(1);
      const double v = -65 + 200 / kLeak * (1 - std::exp(-0.1 * k / kTau));
      ASSERT_NEAR(simulation.Variable("p", "v_mv", 0), v, 1e-9) << model << k;
      ASSERT_NEAR(simulation.Variable("p", "v_mv", 1), v, 1e-9) << model << k;
    }
  }
}

TEST(CurrentStimulus, ColumnsSelectTheirNeurons) {
  NetworkSpec network = Sources(6, 3);
  StimulusSpec stimulus = Stimulate(int64_t{0}, CurrentStimulusSpec{{1}, 0.5});
  stimulus.columns = {2, 0};
  network.stimuli = {stimulus};
  EXPECT_THAT(FirstSpikers(network), ElementsAre(0, 1, 4, 5));
}

TEST(CurrentStimulus, ManyColumnsAreSelectedFast) {
  NetworkSpec network = Sources(400000, 200000);
  StimulusSpec stimulus = Stimulate(int64_t{0}, CurrentStimulusSpec{{1}, 0.5});
  for (int32_t c = 199999; c > 0; --c) stimulus.columns.push_back(c);
  network.stimuli = {stimulus};
  const std::vector<int64_t> spikers = FirstSpikers(network);
  ASSERT_EQ(spikers.size(), 399998u);
  EXPECT_EQ(spikers.front(), 2);
}

TEST(SpikeStimulus, WithoutOffsetsIsOneSpikeAtTheStart) {
  EXPECT_THAT(
      StepsWithSpikes(Sources(1), Stimulate(int64_t{7}, SpikeStimulusSpec{})),
      ElementsAre(7));
}

TEST(SpikeStimulus, OffsetsAreRelativeToTheStartInAnyOrder) {
  EXPECT_THAT(
      StepsWithSpikes(Sources(1),
                      Stimulate(StartMs{2}, SpikeStimulusSpec{{5, 0, 1.3, 5}})),
      ElementsAre(4, 7, 14));
}

TEST(SpikeStimulus, WeightAndReceptorAreThoseGiven) {
  SpikeStimulusSpec weak{{0}, 0.99, "spikes"};
  EXPECT_THAT(StepsWithSpikes(Sources(1), Stimulate(int64_t{0}, weak)),
              IsEmpty());
  SpikeStimulusSpec strong{{0}, 1, "spikes"};
  EXPECT_THAT(StepsWithSpikes(Sources(1), Stimulate(int64_t{0}, strong)),
              ElementsAre(0));
}

TEST(SpikeStimulus, ArrivesAsTheCurrentOfOneStep) {
  NetworkSpec network = MakeNetwork(1);
  network.populations = {MakePopulation("p", "izhikevich", 2)};
  network.stimuli = {Stimulate(int64_t{4}, SpikeStimulusSpec{{0}, 12.5, ""}),
                     Stimulate(int64_t{4}, CurrentStimulusSpec{{12.5}, 1})};
  network.stimuli[0].neuron_indices = {0};
  network.stimuli[1].neuron_indices = {1};
  Simulation simulation(network);
  for (int k = 0; k < 10; ++k) {
    simulation.Run(1);
    EXPECT_EQ(simulation.Variable("p", "v_mv", 0),
              simulation.Variable("p", "v_mv", 1));
  }
}

TEST(RateStimulus, ActsFromItsStartForItsDuration) {
  EXPECT_THAT(
      StepsWithSpikes(Sources(1),
                      Stimulate(StartMs{1.3}, RateStimulusSpec{{1e6}, 1.2})),
      ElementsAre(3, 4));
  EXPECT_THAT(
      StepsWithSpikes(Sources(1),
                      Stimulate(int64_t{2}, RateStimulusSpec{{1e6}, 0.3})),
      ElementsAre(2));
}

TEST(RateStimulus, WithoutDurationActsUntilTheNext) {
  NetworkSpec network = Sources(1);
  network.stimuli = {Stimulate(int64_t{2}, RateStimulusSpec{{1e6}}),
                     Stimulate(int64_t{4}, RateStimulusSpec{{0}}),
                     Stimulate(int64_t{7}, RateStimulusSpec{{1e6}})};
  Simulation simulation(network);
  simulation.Run(10);
  EXPECT_THAT(simulation.SpikeSteps("p"), ElementsAre(2, 3, 7, 8, 9));
  EXPECT_EQ(simulation.state().stimuli.size(), 1u);
}

TEST(RateStimulus, RatesGoToTheListedNeurons) {
  NetworkSpec network = Sources(4);
  network.stimuli = {
      Stimulate(int64_t{0}, RateStimulusSpec{{1e6, 0, 1e6}, 0.5})};
  network.stimuli[0].neuron_indices = {3, 2, 1};
  EXPECT_THAT(FirstSpikers(network), ElementsAre(1, 3));
}

TEST(RateStimulus, ColumnsSelectTheirNeurons) {
  NetworkSpec network = Sources(6, 3);
  network.stimuli = {Stimulate(int64_t{0}, RateStimulusSpec{{1e6}, 0.5})};
  network.stimuli[0].columns = {2, 0};
  EXPECT_THAT(FirstSpikers(network), ElementsAre(0, 1, 4, 5));
}

TEST(RateStimulus, WeightAndReceptorAreThoseGiven) {
  NetworkSpec network = MakeNetwork(0.5);
  network.populations = {MakePopulation("p", "lif_exp_ei", 1)};
  network.stimuli = {
      Stimulate(int64_t{0}, RateStimulusSpec{{1e6}, 0.5, -2.5, "inhibitory"})};
  Simulation simulation(network);
  simulation.Run(1);
  const double spikes = simulation.Variable("p", "i_syn_in_pa") / -2.5;
  EXPECT_NEAR(spikes, 500, 5 * std::sqrt(500.0));
  EXPECT_EQ(spikes, std::round(spikes));
  EXPECT_EQ(simulation.Variable("p", "i_syn_ex_pa"), 0);
}

TEST(RateStimulus, CountsItsNeurons) {
  const Simulation simulation(Sources(6, 3));
  StimulusSpec spec = Stimulate(int64_t{0}, RateStimulusSpec{{5}, 10});
  EXPECT_EQ(CountStimulated(simulation.network(), spec), 6);
  EXPECT_EQ(CountCompiled(simulation.network(), spec), 1);
  spec.neuron_indices = {4, 1};
  EXPECT_EQ(CountStimulated(simulation.network(), spec), 2);
}

// A session compiles a stimulus while the network runs.
class LateStimulus : public ::testing::Test {
 protected:
  LateStimulus() : simulation_(Sources(1)) { simulation_.Run(10); }

  void Add(const StimulusSpec& spec) {
    for (Stimulus& s :
         CompileStimulus(simulation_.network(), spec, 10, &late_)) {
      simulation_.state().stimuli.Add(std::move(s));
    }
    simulation_.Run(20);
  }

  Simulation simulation_;
  int64_t late_ = 0;
};

TEST_F(LateStimulus, BeginsInTheComingStepWithItsWholeDuration) {
  Add(Stimulate(int64_t{4}, CurrentStimulusSpec{{1}, 1}));
  EXPECT_THAT(simulation_.SpikeSteps("p"), ElementsAre(10, 11));
  EXPECT_EQ(late_, 1);
}

TEST_F(LateStimulus, EveryLateSpikeCounts) {
  Add(Stimulate(int64_t{8}, SpikeStimulusSpec{{0, 0.5, 1, 1.5}}));
  EXPECT_THAT(simulation_.SpikeSteps("p"), ElementsAre(10, 11));
  EXPECT_EQ(late_, 2);
}

// At a million spikes per second there is a spike in each step.
TEST_F(LateStimulus, RatesBeginInTheComingStepWithTheirWholeDuration) {
  Add(Stimulate(int64_t{4}, RateStimulusSpec{{1e6}, 1.5}));
  EXPECT_THAT(simulation_.SpikeSteps("p"), ElementsAre(10, 11, 12));
  EXPECT_EQ(late_, 1);
}

TEST_F(LateStimulus, AsSoonAsPossibleIsNotLate) {
  Add(Stimulate(AsSoonAsPossible{}, SpikeStimulusSpec{{0, 1}}));
  EXPECT_THAT(simulation_.SpikeSteps("p"), ElementsAre(10, 12));
  EXPECT_EQ(late_, 0);
}

TEST_F(LateStimulus, InTheComingStepIsInTime) {
  Add(Stimulate(int64_t{10}, SpikeStimulusSpec{}));
  EXPECT_THAT(simulation_.SpikeSteps("p"), ElementsAre(10));
  EXPECT_EQ(late_, 0);
}

TEST_F(LateStimulus, CountMayBeUnwanted) {
  EXPECT_EQ(
      CompileStimulus(simulation_.network(),
                      Stimulate(int64_t{0}, SpikeStimulusSpec{}), 10, nullptr)
          .size(),
      1u);
}

// Two projections, the second plastic.
NetworkSpec Learning() {
  NetworkSpec network = Sources(2);
  network.projections = {
      testing::MakeProjection("p", "before", AllToAll{}, 0.1, 1.0),
      testing::MakeProjection("p", "p", AllToAll{}, 0.1, 1.0,
                              {"stdp_pair", {}})};
  return network;
}

TEST(PlasticitySwitch, ActsInOneStepOnTheProjectionsThatItNames) {
  const Simulation simulation(Learning());
  const auto stimuli = CompileStimulus(
      simulation.network(), testing::MakeSwitch(true, 7, {"p->p"}), 0, nullptr);
  ASSERT_EQ(stimuli.size(), 1u);
  EXPECT_EQ(stimuli[0].begin_step, 7);
  EXPECT_EQ(stimuli[0].end_step, 8);
  EXPECT_THAT(stimuli[0].targets->neurons, IsEmpty());
  const auto& plasticity = stimuli[0].targets->plasticity;
  ASSERT_TRUE(plasticity.has_value());
  EXPECT_TRUE(plasticity->enabled);
  EXPECT_THAT(plasticity->projections, ElementsAre(1));
}

TEST(PlasticitySwitch, MayBeLate) {
  const Simulation simulation(Learning());
  int64_t late = 0;
  const auto stimuli = CompileStimulus(simulation.network(),
                                       testing::MakeSwitch(false, 7), 9, &late);
  EXPECT_EQ(stimuli[0].begin_step, 9);
  EXPECT_EQ(late, 1);
}

TEST(PlasticitySwitch, CountsTheProjectionsThatItNames) {
  const Simulation simulation(Learning());
  EXPECT_EQ(CountStimulated(simulation.network(),
                            testing::MakeSwitch(true, 7, {"p->p"})),
            1);
  EXPECT_EQ(CountStimulated(simulation.network(), testing::MakeSwitch(true, 7)),
            0);
  StimulusQueue queue;
  for (Stimulus& s :
       CompileStimulus(simulation.network(),
                       testing::MakeSwitch(true, 7, {"p->p"}), 0, nullptr)) {
    queue.Add(std::move(s));
  }
  EXPECT_EQ(queue.neuron_count(), 1);
}

TEST(DopaminePulse, ActsInOneStepOnTheProjectionsThatItNames) {
  NetworkSpec network = Learning();
  network.projections[1].synapse.model = "stdp_dopamine";
  const Simulation simulation(network);
  int64_t late = 0;
  const StimulusSpec pulse = testing::MakePulse(-0.5, 7, {"p->p"});
  for (int64_t next_step : {7, 9}) {
    const auto stimuli =
        CompileStimulus(simulation.network(), pulse, next_step, &late);
    ASSERT_EQ(stimuli.size(), 1u);
    EXPECT_EQ(stimuli[0].begin_step, next_step);
    EXPECT_EQ(stimuli[0].end_step, next_step + 1);
    EXPECT_THAT(stimuli[0].targets->neurons, IsEmpty());
    const auto& dopamine = stimuli[0].targets->dopamine;
    ASSERT_TRUE(dopamine.has_value());
    EXPECT_EQ(dopamine->amount, -0.5);
    EXPECT_THAT(dopamine->projections, ElementsAre(1));
  }
  EXPECT_EQ(late, 1);
  EXPECT_EQ(CountStimulated(simulation.network(), pulse), 1);
  EXPECT_EQ(CountStimulated(simulation.network(), testing::MakePulse(-0.5, 7)),
            0);
  StimulusQueue queue;
  for (Stimulus& s : CompileStimulus(simulation.network(), pulse, 0, nullptr)) {
    queue.Add(std::move(s));
  }
  EXPECT_EQ(queue.neuron_count(), 1);
}

TEST(SpecifiedStimuli, ApplyAgainAfterEveryReset) {
  NetworkSpec network = Sources(1);
  network.stimuli = {Stimulate(int64_t{3}, SpikeStimulusSpec{})};
  Simulation simulation(network);
  simulation.Run(10);
  simulation.state() = MakeState(simulation.network());
  simulation.Run(10);
  EXPECT_THAT(simulation.SpikeSteps("p"), ElementsAre(3, 3));
}

}  // namespace
}  // namespace spiked
