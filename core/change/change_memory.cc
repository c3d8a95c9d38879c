// SPDX-License-Identifier: Apache-2.0
//
// Memory that changes allocate, computed before they are applied.

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/change/change.h"
#include "core/spec/value.h"

namespace spiked {
namespace {

// Bytes that the state of a group allocates when one of its weights is first
// changed.
int64_t CopyBytes(const SynapseGroup& group) {
  const SynapseLayout& layout = group.kernel->layout();
  if (group.is_plastic || layout.format == WeightFormat::kConstant) return 0;
  const bool with_targets =
      layout.format == WeightFormat::kBits16 && !layout.dense;
  size_t bytes = 0;
  for (const SynapseTable& table : layout.blocks) {
    bytes += with_targets ? table.targets.bytes() : table.weights.bytes();
  }
  return static_cast<int64_t>(bytes);
}

class MemoryFinder {
 public:
  explicit MemoryFinder(const Network& network) : network_(network) {}

  void operator()(std::monostate) {}
  void operator()(const SetStateSpec&) {}
  void operator()(const PlasticitySwitchSpec&) {}

  void operator()(const SetParametersSpec& set) {
    const Population& p =
        network_.populations[network_.FindPopulation(set.population)];
    AddColumns(absl::StrCat("population ", p.name), p.parameters, p.count);
    AddColumns(absl::StrCat("population ", p.name), set.parameters, p.count,
               !set.neuron_indices.empty());
  }

  void operator()(const SetInputSpec& set) {
    const Input& input = network_.inputs[network_.FindInput(set.input)];
    const int64_t count = network_.populations[input.population].count;
    AddColumns(absl::StrCat("input ", input.name), input.parameters, count);
    AddColumns(absl::StrCat("input ", input.name), set.parameters, count);
  }

  void operator()(const SetWeightsSpec& set) {
    const int group =
        network_.projections[network_.FindProjection(set.projection)].group;
    const int64_t bytes = CopyBytes(network_.groups[group]);
    if (bytes > 0) Add(absl::StrCat("group ", group), bytes);
  }

  void operator()(const SilenceSpec& silence) {
    const Population& p =
        network_.populations[network_.FindPopulation(silence.population)];
    Add(absl::StrCat("silence ", p.name), (p.count + 7) / 8);
  }

  std::vector<ChangeMemory> Take() { return std::move(found_); }

 private:
  void Add(std::string thing, int64_t bytes) {
    if (seen_.insert(thing).second) {
      found_.push_back({std::move(thing), bytes});
    }
  }

  // Counts parameters that differ by neuron: 16 bytes per neuron for the number
  // and what kernels derive from it.
  void AddColumns(const std::string& owner, const ValueMap& values,
                  int64_t count, bool of_some = false) {
    for (const auto& [name, value] : values) {
      if (IsConstant(value) && !of_some) continue;
      Add(absl::StrCat(owner, " ", name), 16 * count);
    }
  }

  const Network& network_;
  std::set<std::string> seen_;
  std::vector<ChangeMemory> found_;
};

}  // namespace

std::vector<ChangeMemory> MemoryOf(const Network& network,
                                   const ChangeSpecs& changes) {
  MemoryFinder finder(network);
  for (const ChangeSpec& change : changes) std::visit(finder, change);
  return finder.Take();
}

}  // namespace spiked
