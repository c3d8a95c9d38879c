// SPDX-License-Identifier: Apache-2.0

#include "core/spec/mix_changes.h"

#include <cstddef>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

namespace spiked {
namespace {

class Mixer {
 public:
  explicit Mixer(const std::function<void(double)>& mix) : mix_(mix) {}

  void operator()(std::monostate) {}
  void operator()(double x) { mix_(x); }
  void operator()(bool x) { mix_(x ? 1 : 0); }
  void operator()(const std::string& text) {
    mix_(static_cast<double>(text.size()));
    for (char c : text) mix_(c);
  }
  template <typename T>
  void operator()(const std::vector<T>& list) {
    mix_(static_cast<double>(list.size()));
    for (const T& entry : list) (*this)(entry);
  }
  void operator()(int32_t x) { mix_(x); }
  template <typename... Kinds>
  void operator()(const std::variant<Kinds...>& choice) {
    mix_(static_cast<double>(choice.index()));
    std::visit(*this, choice);
  }
  void operator()(const ValueMap& values) {
    mix_(static_cast<double>(values.size()));
    for (const auto& [name, value] : values) {
      (*this)(name);
      (*this)(value);
    }
  }

  void operator()(const Uniform& u) { Mix(u.low, u.high); }
  void operator()(const DiscreteUniform& u) { Mix(u.low, u.high, u.spacing); }
  void operator()(const Normal& n) {
    Mix(n.mean, n.std, n.min, n.max, static_cast<int32_t>(n.out_of_bounds));
  }
  void operator()(const Lognormal& n) {
    Mix(n.log_mean, n.log_std, n.min, n.max,
        static_cast<int32_t>(n.out_of_bounds));
  }
  void operator()(const Mixture::Component& c) { Mix(c.probability, c.value); }
  void operator()(const Mixture& mixture) { (*this)(mixture.components); }
  void operator()(const LinearOfDistance& f) { mix_(f.slope_per_mm); }
  void operator()(const GaussianOfDistance& f) { Mix(f.amplitude, f.std_mm); }
  void operator()(const ExponentialOfDistance& f) {
    Mix(f.amplitude, f.decay_mm);
  }
  void operator()(const ByDistance& d) { Mix(d.offset, d.shape, d.min, d.max); }

  void operator()(const SetParametersSpec& s) {
    Mix(s.population, s.neuron_indices, s.parameters);
  }
  void operator()(const SetStateSpec& s) {
    Mix(s.population, s.neuron_indices, s.values);
  }
  void operator()(const SetInputSpec& s) { Mix(s.input, s.parameters); }
  void operator()(const WeightFactor& f) { mix_(f.factor); }
  void operator()(const PairWeights& p) {
    Mix(p.source_indices, p.target_indices, p.weights);
  }
  void operator()(const SetWeightsSpec& s) { Mix(s.projection, s.weights); }
  void operator()(const SilenceSpec& s) {
    Mix(s.population, s.neuron_indices, s.silenced);
  }
  void operator()(const PlasticitySwitchSpec& s) {
    Mix(s.enabled, s.projections);
  }

 private:
  template <typename... Parts>
  void Mix(const Parts&... parts) {
    ((*this)(parts), ...);
  }

  const std::function<void(double)>& mix_;
};

}  // namespace

void MixChanges(const ChangeSpecs& changes,
                const std::function<void(double)>& mix) {
  Mixer mixer(mix);
  mixer(changes);
}

int64_t CountElements(const ChangeSpecs& changes) {
  int64_t count = 0;
  MixChanges(changes, [&](double) { ++count; });
  return count;
}

}  // namespace spiked
