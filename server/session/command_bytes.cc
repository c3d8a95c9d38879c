// SPDX-License-Identifier: Apache-2.0

#include "server/session/command_bytes.h"

#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "core/spec/change_spec.h"
#include "core/spec/network_spec.h"
#include "server/session/history/state_probe.h"

namespace spiked {
namespace {

// The memory that values have allocated. A type that may have allocated some
// and isn't listed doesn't compile.
struct Allocated {
  // A node of a std::map beside its key and value, about.
  static constexpr int64_t kBytesPerNode = 48;

  template <typename Plain>
  requires std::is_trivially_copyable_v<Plain>
  static int64_t By(const Plain&) { return 0; }
  static int64_t By(const std::string& text) {
    // Short ones are in the object itself.
    const auto bytes = static_cast<int64_t>(text.capacity());
    return bytes < static_cast<int64_t>(sizeof(std::string)) ? 0 : bytes;
  }
  template <typename Item>
  static int64_t By(const std::vector<Item>& list) {
    auto bytes = static_cast<int64_t>(list.capacity() * sizeof(Item));
    if constexpr (!std::is_trivially_copyable_v<Item>) {
      for (const Item& item : list) bytes += By(item);
    }
    return bytes;
  }
  template <typename... Kinds>
  static int64_t By(const std::variant<Kinds...>& value) {
    return std::visit([](const auto& held) { return By(held); }, value);
  }
  static int64_t By(const Mixture& mixture) { return By(mixture.components); }
  static int64_t By(const ValueMap& values) {
    int64_t bytes = 0;
    for (const auto& [name, value] : values) {
      bytes += kBytesPerNode + By(name) + By(value) +
               static_cast<int64_t>(sizeof(ValueMap::value_type));
    }
    return bytes;
  }

  // ---- Stimuli

  static int64_t By(const CurrentStimulusSpec& spec) {
    return By(spec.amplitudes);
  }
  static int64_t By(const SpikeStimulusSpec& spec) {
    return By(spec.offsets_ms) + By(spec.receptor);
  }
  static int64_t By(const RateStimulusSpec& spec) {
    return By(spec.rates_hz) + By(spec.receptor);
  }
  static int64_t By(const PlasticitySwitchSpec& spec) {
    return By(spec.projections);
  }
  static int64_t By(const DopaminePulseSpec& spec) {
    return By(spec.projections);
  }
  static int64_t By(const EncoderValuesSpec& spec) {
    return By(spec.encoder) + By(spec.values);
  }
  static int64_t By(const StimulusSpec& spec) {
    return By(spec.population) + By(spec.neuron_indices) + By(spec.columns) +
           By(spec.kind);
  }

  // ---- Changes

  static int64_t By(const SetParametersSpec& spec) {
    return By(spec.population) + By(spec.neuron_indices) + By(spec.parameters);
  }
  static int64_t By(const SetStateSpec& spec) {
    return By(spec.population) + By(spec.neuron_indices) + By(spec.values);
  }
  static int64_t By(const SetInputSpec& spec) {
    return By(spec.input) + By(spec.parameters);
  }
  static int64_t By(const PairWeights& weights) {
    return By(weights.source_indices) + By(weights.target_indices) +
           By(weights.weights);
  }
  static int64_t By(const SetWeightsSpec& spec) {
    return By(spec.projection) + By(spec.weights);
  }
  static int64_t By(const SilenceSpec& spec) {
    return By(spec.population) + By(spec.neuron_indices);
  }
};

}  // namespace

int64_t BytesHeld(const AdvanceCommand& command) {
  return Allocated::By(command.stimuli) + Allocated::By(command.count_groups);
}

int64_t BytesHeld(const InjectCommand& command) {
  return Allocated::By(command.stimuli);
}

int64_t BytesHeld(const ChangeCommand& command) {
  return command.changes == nullptr ? 0 : Allocated::By(*command.changes);
}

int64_t BytesHeld(const ProbeCommand& command) {
  if (command.probe == nullptr) return 0;
  const StateProbe::Selection& selection = command.probe->selection();
  return Allocated::By(selection.variables) + Allocated::By(selection.neurons);
}

int64_t BytesHeld(const ReadSynapsesCommand& command) {
  return Allocated::By(command.sources);
}

}  // namespace spiked
