// SPDX-License-Identifier: Apache-2.0

#include "core/synapses/stdp_pair_arrivals.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "core/numbers/vector_target.h"

namespace spiked::stdp_pair {
namespace {

constexpr uint32_t kSlots = 50;
constexpr uint32_t kNow = 1000;

// A thousand arrivals at neurons with up to 12 waiting spikes.
class DeliverTest : public ::testing::Test {
 protected:
  explicit DeliverTest(double tau_ms = 20)
      : rule_{.pre_decay = {1, tau_ms},
              .post_decay = {1, 30},
              .a_plus = 0.1f,
              .a_minus = 0.07f,
              .min = 0,
              .max = 1},
        post_(kSlots) {
    for (uint32_t slot = 0; slot < kSlots; ++slot) {
      uint32_t time = 0;
      for (uint32_t n = slot % 13; n > 0; --n) {
        time += 1 + Draw(70);
        post_.Add(slot, static_cast<uint16_t>(time), {Uniform(), time - 1});
      }
    }
    for (int i = 0; i < 4001; ++i) {
      targets_.push_back(static_cast<uint16_t>(Draw(kSlots)));
      weights_.push_back(Uniform());
    }
    // The order of arrivals differs from the order in memory.
    for (uint32_t four = 0; four < 1000; ++four) {
      arrivals_.push_back(
          {four * 7 % 1000, {0.1f * Uniform(), 1 + Draw(900), Draw(100)}});
      if (four % 3 == 0) {  // arrived before the epoch
        arrivals_.back().pending.from = 1;
      } else {
        arrivals_.back().pending.offset = -arrivals_.back().pending.from;
      }
    }
  }

  uint32_t Draw(uint32_t n) { return static_cast<uint32_t>(random_() % n); }
  float Uniform() { return static_cast<float>(Draw(10000)) / 10000; }

  // Delivers by the rule of one synapse.
  void DeliverEach(std::vector<float>* weights,
                   std::vector<float>* sums) const {
    for (const auto& arrival : arrivals_) {
      for (size_t s = 4 * arrival.four; s < 4 * arrival.four + 4; ++s) {
        float& w = (*weights)[s];
        const uint16_t slot = targets_[s];
        w = rule_.Potentiate(w, slot, arrival.pending, post_);
        (*sums)[slot] += w;
        w = rule_.Depress(w, post_.traces()[slot], kNow);
      }
    }
  }

  void ExpectTheSameOnEachTarget() const {
    std::vector<float> expected_weights = weights_;
    std::vector<float> expected_sums(kSlots);
    DeliverEach(&expected_weights, &expected_sums);
    EXPECT_NE(expected_weights, weights_);
    for (const std::string& target : VectorTargets()) {
      SCOPED_TRACE(target);
      ASSERT_TRUE(ForceVectorTarget(target));
      std::vector<float> weights = weights_;
      std::vector<float> sums(kSlots);
      Deliver(rule_, post_, arrivals_, kNow, targets_.data(), weights.data(),
              sums.data());
      EXPECT_EQ(weights, expected_weights);
      EXPECT_EQ(sums, expected_sums);
    }
    ForceVectorTarget("");
  }

  std::mt19937 random_{1};
  Rule<float> rule_;
  PostSpikes<float> post_;
  std::vector<uint16_t> targets_;
  std::vector<float> weights_;
  std::vector<ArrivingFour<float>> arrivals_;
};

TEST_F(DeliverTest, GivesTheBitsOfTheRuleOfOneSynapse) {
  ExpectTheSameOnEachTarget();
}

TEST_F(DeliverTest, AnyNumberOfArrivals) {
  const auto all = arrivals_;
  for (size_t count : {1, 2, 3, 4, 5, 63, 64, 65, 127, 129}) {
    SCOPED_TRACE(count);
    arrivals_ = {all.begin(), all.begin() + static_cast<ptrdiff_t>(count)};
    ExpectTheSameOnEachTarget();
  }
}

class SlowDecayTest : public DeliverTest {
 protected:
  // The decay is longer than its table.
  SlowDecayTest() : DeliverTest(1e6) {}
};

TEST_F(SlowDecayTest, GivesTheBitsOfTheRuleOfOneSynapse) {
  EXPECT_FALSE(rule_.pre_decay.ends());
  ExpectTheSameOnEachTarget();
}

}  // namespace
}  // namespace spiked::stdp_pair
