// SPDX-License-Identifier: Apache-2.0
//
// clients/networks/izhikevich_2007.yaml learns what is rewarded: Izhikevich
// 2007, doi:10.1093/cercor/bhl152. The article says that the tagged synapse
// gets to the maximum within an hour while the others stay weak; the bounds
// below are ours.

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "core/build/compile.h"
#include "core/network/state.h"
#include "core/network/synapse_readings.h"
#include "core/step.h"
#include "tests/support/network_builder.h"
#include "tests/support/network_file.h"

namespace spiked::testing {
namespace {

constexpr int32_t kPre = 0, kPost = 1;
constexpr int64_t kHour = 3'600'000;  // steps

// daspnet.m's loop around the network.
class Experiment {
 public:
  Experiment(const Network& network, uint64_t seed)
      : network_(network), state_(MakeState(network)), random_(seed) {}

  // One step, with a reward to come if it deserves one. Such of the future are
  // stimuli, as a client would send them.
  void Advance() {
    const int64_t step = state_.step;
    Step(network_, state_);
    neurons_.clear();
    AppendLastSpikes(network_, state_, &neurons_);
    bool pre = false, post = false;
    for (int32_t neuron : neurons_) {
      pre = pre || neuron == kPre;
      post = post || neuron == kPost;
    }
    if (pre) last_pre_ = step;
    if (!post || step == last_pre_ || step - last_pre_ >= 20) return;
    const int64_t start =
        step + 1001 + static_cast<int64_t>(random_() % 2000) + 1;
    ++rewards_;
    for (Stimulus& s : CompileStimulus(network_, MakePulse(0.5, start),
                                       state_.step, nullptr)) {
      state_.stimuli.Add(std::move(s));
    }
  }

  std::vector<double> Weights(const std::string& projection) const {
    std::vector<double> weights;
    for (const SynapseReading& s :
         ReadSynapses(network_, state_, network_.FindProjection(projection))) {
      weights.push_back(s.weight);
    }
    return weights;
  }
  double Tagged() const { return Weights("tagged")[0]; }
  int rewards() const { return rewards_; }
  const State& state() const { return state_; }

 private:
  const Network& network_;
  State state_;
  std::mt19937_64 random_;
  std::vector<int32_t> neurons_;
  int64_t last_pre_ = -1000;
  int rewards_ = 0;
};

TEST(Izhikevich2007, RewardedSynapseGetsToTheBoundAndOthersStayWeak) {
  for (int64_t seed : {1, 2, 4}) {
    SCOPED_TRACE(seed);
    auto spec = ReadNetworkSpec("clients/networks/izhikevich_2007.yaml");
    ASSERT_TRUE(spec.ok()) << spec.status();
    spec->seed = seed;
    auto network = Compile(*spec, 1);
    ASSERT_TRUE(network.ok()) << network.status();
    Experiment experiment(**network, seed);
    EXPECT_EQ(experiment.Tagged(), 0);
    // Nothing else joins the two.
    for (const SynapseReading& s :
         ReadSynapses(**network, experiment.state(),
                      (*network)->FindProjection("exc->exc"))) {
      ASSERT_FALSE(s.source == kPre && s.target == kPost);
    }
    int64_t reached_s = 0;
    while (experiment.state().step < kHour) {
      experiment.Advance();
      if (experiment.state().step % 1000 != 0 || reached_s > 0) continue;
      if (experiment.Tagged() >= 3.9) {
        reached_s = experiment.state().step / 1000;
      }
    }
    EXPECT_GT(reached_s, 0) << "the tagged synapse did not get to 3.9";
    // Rewards go on, so it stays strong; chance takes a little from it.
    EXPECT_GT(experiment.Tagged(), 2.5);
    EXPECT_GT(experiment.rewards(), 50);
    double sum = 0, strong = 0, count = 0;
    for (const char* name : {"exc->exc", "exc->inh"}) {
      for (double weight : experiment.Weights(name)) {
        sum += weight;
        strong += weight > 2.5 ? 1 : 0;
        count += 1;
      }
    }
    EXPECT_EQ(count, 80'000);
    EXPECT_LT(sum / count, 1.5);
    EXPECT_LT(strong / count, 0.15);
    const std::string of_seed = "_" + std::to_string(seed);
    RecordProperty("reached_s" + of_seed, std::to_string(reached_s));
    RecordProperty("rewards" + of_seed, std::to_string(experiment.rewards()));
    RecordProperty("tagged" + of_seed, std::to_string(experiment.Tagged()));
    RecordProperty("mean" + of_seed, std::to_string(sum / count));
    RecordProperty("strong" + of_seed, std::to_string(strong / count));
  }
}

}  // namespace
}  // namespace spiked::testing
