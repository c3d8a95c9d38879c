// SPDX-License-Identifier: Apache-2.0
//
// Changes to a compiled network. They are kept in the state, beside the
// network, which stays as it was compiled: so a copy of a state has its own
// changes, and a new state has none.

#ifndef SPIKED_CORE_NETWORK_NETWORK_CHANGES_H_
#define SPIKED_CORE_NETWORK_NETWORK_CHANGES_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/model/input_buffer.h"
#include "core/model/input_model.h"
#include "core/model/neuron_model.h"
#include "core/spec/parameters.h"

namespace spiked {

// Neurons of a population whose spikes are left out. Immutable once made.
class SilencedNeurons {
 public:
  explicit SilencedNeurons(int64_t neuron_count)
      : words_((neuron_count + 63) / 64) {}

  void Set(int64_t neuron, bool silenced) {
    if (Has(neuron) == silenced) return;
    words_[neuron / 64] ^= uint64_t{1} << neuron % 64;
    count_ += silenced ? 1 : -1;
  }
  bool Has(int64_t neuron) const {
    return (words_[neuron / 64] >> neuron % 64 & 1) != 0;
  }
  int64_t count() const { return count_; }

 private:
  std::vector<uint64_t> words_;
  int64_t count_ = 0;
};

// The changes of a network. Parts are shared by all copies of a state, and
// replaced as a whole. A part that is null or empty is as compiled.
struct NetworkChanges {
  struct OfPopulation {
    std::shared_ptr<const Parameters> parameters;
    std::shared_ptr<const NeuronKernel> kernel;
    std::vector<ReceptorInput> receptors;
    std::shared_ptr<const SilencedNeurons> silenced;  // null: none
  };
  struct OfInput {
    std::shared_ptr<const Parameters> parameters;
    std::shared_ptr<const InputKernel> kernel;
  };
  struct OfProjection {
    bool has_weights = false;        // own weights, in the state of the group
    std::optional<double> constant;  // new weight, where none is stored
  };

  std::vector<OfPopulation> populations;
  std::vector<OfInput> inputs;
  std::vector<OfProjection> projections;
};

}  // namespace spiked

#endif  // SPIKED_CORE_NETWORK_NETWORK_CHANGES_H_
