// SPDX-License-Identifier: Apache-2.0

#include "core/synapses/stdp_pair.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace spiked {
namespace {

// In the order of ModelInfo::parameters.
enum Parameter { kTauPlus, kTauMinus, kAPlus, kAMinus, kMin, kMax };

// In the order of SynapseState::arrays.
enum Array {
  kWeights,    // [S]
  kPostTrace,  // [slots]
  kPreTrace,   // [trace_steps x slots]: a ring over steps
};

template <typename T>
class Kernel : public SynapseKernel {
 public:
  Kernel(const Parameters& parameters, SynapseTable table,
         const std::vector<double>& weights, double dt_ms)
      : table_(std::move(table)),
        initial_weights_(weights.begin(), weights.end()),
        pre_decay_(static_cast<T>(std::exp(-dt_ms / parameters.Get(kTauPlus)))),
        post_decay_(
            static_cast<T>(std::exp(-dt_ms / parameters.Get(kTauMinus)))),
        a_plus_(static_cast<T>(parameters.Get(kAPlus))),
        a_minus_(static_cast<T>(parameters.Get(kAMinus))),
        min_(static_cast<T>(parameters.Get(kMin))),
        max_(static_cast<T>(parameters.Get(kMax))),
        // Traces of the last max_delay steps, this one included.
        trace_steps_(table_.delays.empty() ? 1 : table_.delays.front()) {
    for (T& w : initial_weights_) w = Clip(w);
    IndexByTarget();
  }

  SynapseState MakeState() const override {
    SynapseState state;
    state.arrays.resize(3);
    state.arrays[kWeights] = AlignedArray::Of<T>(initial_weights_.size());
    std::copy(initial_weights_.begin(), initial_weights_.end(),
              state.arrays[kWeights].template as<T>());
    state.arrays[kPostTrace] = AlignedArray::Of<T>(table_.slot_count);
    state.arrays[kPreTrace] =
        AlignedArray::Of<T>(trace_steps_ * table_.slot_count);
    return state;
  }

  void Propagate(const Propagation& p) const override {
    T* weights = p.state.arrays[kWeights].template as<T>();
    T* post_trace = p.state.arrays[kPostTrace].template as<T>();
    T* pre_traces = p.state.arrays[kPreTrace].template as<T>();
    Decay(post_trace, post_trace, post_decay_);
    AdvancePreTrace(p, pre_traces);
    DeliverAndDepress(p, post_trace, weights);
    Potentiate(p, pre_traces, post_trace, weights);
  }

  const SynapseTable& table() const override { return table_; }
  double Weight(const SynapseState& state, uint32_t synapse) const override {
    return state.arrays[kWeights].template as<T>()[synapse];
  }

 private:
  // A synapse as its target sees it.
  struct Incoming {
    uint32_t synapse;
    uint32_t source;
    int32_t delay;
  };

  void IndexByTarget() {
    const size_t delay_count = table_.delays.size();
    incoming_begin_.assign(table_.slot_count + 1, 0);
    for (uint32_t target : table_.target) ++incoming_begin_[target + 1];
    for (int64_t i = 0; i < table_.slot_count; ++i) {
      incoming_begin_[i + 1] += incoming_begin_[i];
    }
    incoming_.resize(table_.target.size());
    std::vector<uint32_t> next = incoming_begin_;
    for (int64_t source = 0; source < table_.slot_count; ++source) {
      for (size_t i = 0; i < delay_count; ++i) {
        const size_t at = source * delay_count + i;
        for (uint32_t s = table_.begin[at]; s < table_.begin[at + 1]; ++s) {
          incoming_[next[table_.target[s]]++] = {
              s, static_cast<uint32_t>(source), table_.delays[i]};
        }
      }
    }
  }

  T Clip(T w) const { return std::min(std::max(w, min_), max_); }

  // Traces end at 1e-30 instead of lingering as denormal numbers, which are
  // slow.
  void Decay(const T* from, T* to, T decay) const {
    for (int64_t i = 0; i < table_.slot_count; ++i) {
      const T trace = from[i] * decay;
      to[i] = trace > static_cast<T>(1e-30) ? trace : T{0};
    }
  }

  // The row of the presynaptic traces of `step`. Rows before step 0 are zero:
  // they are read before anything is written to them.
  T* PreTrace(T* ring, int64_t step) const {
    return ring + (step + trace_steps_) % trace_steps_ * table_.slot_count;
  }

  void AdvancePreTrace(const Propagation& p, T* ring) const {
    T* now = PreTrace(ring, p.step);
    Decay(PreTrace(ring, p.step - 1), now, pre_decay_);
    for (uint32_t source : p.spikes.At(p.step)) now[source] += 1;
  }

  void DeliverAndDepress(const Propagation& p, const T* post_trace,
                         T* weights) const {
    T* input = static_cast<T*>(p.input);
    const size_t delay_count = table_.delays.size();
    for (size_t i = 0; i < delay_count; ++i) {
      for (uint32_t source : p.spikes.At(p.step + 1 - table_.delays[i])) {
        const size_t at = source * delay_count + i;
        const uint32_t end = table_.begin[at + 1];
        for (uint32_t s = table_.begin[at]; s < end; ++s) {
          const uint32_t target = table_.target[s];
          const T w = weights[s];
          input[target] += w;
          weights[s] = Clip(w - a_minus_ * post_trace[target]);
        }
      }
    }
  }

  void Potentiate(const Propagation& p, T* pre_traces, T* post_trace,
                  T* weights) const {
    for (uint32_t target : p.spikes.At(p.step)) {
      post_trace[target] += 1;
      const uint32_t end = incoming_begin_[target + 1];
      for (uint32_t k = incoming_begin_[target]; k < end; ++k) {
        const Incoming& in = incoming_[k];
        const T arrived =
            PreTrace(pre_traces, p.step + 1 - in.delay)[in.source];
        weights[in.synapse] = Clip(weights[in.synapse] + a_plus_ * arrived);
      }
    }
  }

  SynapseTable table_;
  std::vector<T> initial_weights_;        // [S]
  std::vector<Incoming> incoming_;        // [S] by target
  std::vector<uint32_t> incoming_begin_;  // [slots + 1]
  T pre_decay_;
  T post_decay_;
  T a_plus_;
  T a_minus_;
  T min_;
  T max_;
  int64_t trace_steps_;
};

ModelInfo MakeInfo() {
  ModelInfo info;
  info.name = "stdp_pair";
  info.summary =
      "Pair-based spike-timing dependent plasticity: all pairs, additive, "
      "signed weights.";
  info.equations =
      "Presynaptic arrival: w = clip(w - a_minus K_post); postsynaptic spike: "
      "w = clip(w + a_plus K_pre); K_pre and K_post jump by 1 and decay with "
      "tau_plus_ms and tau_minus_ms. In one step arrivals come before "
      "postsynaptic spikes. Song, Miller & Abbott 2000, doi:10.1038/78829.";
  const auto positive = [](ParameterInfo parameter) {
    parameter.min = 0;
    parameter.min_exclusive = true;
    return parameter;
  };
  const double infinity = std::numeric_limits<double>::infinity();
  info.parameters = {
      positive({"tau_plus_ms", "ms", "Time constant of K_pre.", 20}),
      positive({"tau_minus_ms", "ms", "Time constant of K_post.", 20}),
      {"a_plus", "unit of the weight", "Step of potentiation.", 0.01, 0,
       infinity},
      {"a_minus", "unit of the weight", "Step of depression.", 0.0105, 0,
       infinity},
      {"weight_min", "unit of the weight", "Lower bound of the weight.", 0},
      {"weight_max", "unit of the weight", "Upper bound of the weight.", 1},
  };
  info.order = {{"weight_min", "weight_max"}};
  return info;
}

}  // namespace

const ModelInfo& StdpPair::info() const {
  static const auto* const info = new ModelInfo(MakeInfo());
  return *info;
}

void StdpPair::CheckWeights(const Parameters& parameters, double* min,
                            double* max) const {
  *min = parameters.Get(kMin);
  *max = parameters.Get(kMax);
}

std::unique_ptr<SynapseKernel> StdpPair::Compile(const Parameters& parameters,
                                                 SynapseTable table,
                                                 std::vector<double> weights,
                                                 double dt_ms,
                                                 Precision precision) const {
  if (precision == Precision::kFloat64) {
    return std::make_unique<Kernel<double>>(parameters, std::move(table),
                                            weights, dt_ms);
  }
  return std::make_unique<Kernel<float>>(parameters, std::move(table), weights,
                                         dt_ms);
}

double StdpPair::BytesPerSynapse(Precision precision) const {
  // Target, reverse index, weight now and at step 0.
  return 4 + 12 + (precision == Precision::kFloat64 ? 16 : 8);
}

double StdpPair::BytesPerSlot(int64_t max_delay_steps,
                              Precision precision) const {
  const double scalar = precision == Precision::kFloat64 ? 8 : 4;
  const auto delays = static_cast<double>(max_delay_steps);
  return 4 * delays + 4 + scalar * (delays + 1);
}

}  // namespace spiked
