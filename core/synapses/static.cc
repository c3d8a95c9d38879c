// SPDX-License-Identifier: Apache-2.0

#include "core/synapses/static.h"

#include <algorithm>
#include <utility>

namespace spiked {
namespace {

template <typename T>
class Kernel : public SynapseKernel {
 public:
  Kernel(SynapseTable table, const std::vector<double>& weights)
      : table_(std::move(table)), weights_(weights.begin(), weights.end()) {}

  SynapseState MakeState() const override { return {}; }

  void Propagate(const Propagation& p) const override {
    T* input = static_cast<T*>(p.input);
    const size_t delay_count = table_.delays.size();
    for (size_t i = 0; i < delay_count; ++i) {
      for (uint32_t source : p.spikes.At(p.step + 1 - table_.delays[i])) {
        const size_t at = source * delay_count + i;
        const uint32_t end = table_.begin[at + 1];
        for (uint32_t s = table_.begin[at]; s < end; ++s) {
          input[table_.target[s]] += weights_[s];
        }
      }
    }
  }

  const SynapseTable& table() const override { return table_; }
  double Weight(const SynapseState&, uint32_t synapse) const override {
    return weights_[synapse];
  }

 private:
  SynapseTable table_;
  std::vector<T> weights_;  // [S]
};

ModelInfo MakeInfo() {
  ModelInfo info;
  info.name = "static";
  info.summary = "Synapses whose weight doesn't change.";
  info.equations = "A spike adds the weight to the receptor of its target.";
  return info;
}

}  // namespace

const ModelInfo& StaticSynapse::info() const {
  static const auto* const info = new ModelInfo(MakeInfo());
  return *info;
}

std::unique_ptr<SynapseKernel> StaticSynapse::Compile(
    const Parameters&, SynapseTable table, std::vector<double> weights,
    double /*dt_ms*/, Precision precision) const {
  if (precision == Precision::kFloat64) {
    return std::make_unique<Kernel<double>>(std::move(table), weights);
  }
  return std::make_unique<Kernel<float>>(std::move(table), weights);
}

double StaticSynapse::BytesPerSynapse(Precision precision) const {
  return precision == Precision::kFloat64 ? 12 : 8;
}

double StaticSynapse::BytesPerSlot(int64_t max_delay_steps, Precision) const {
  return 4.0 * static_cast<double>(max_delay_steps);
}

}  // namespace spiked
