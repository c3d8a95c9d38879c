// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/convert/convert_change.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "server/rpc/convert/convert.h"

namespace spiked {
namespace {

SetWeightsSpec ToSetWeights(const v1::SetWeights& proto,
                            const std::string& path, Violations* violations) {
  SetWeightsSpec set;
  set.projection = proto.projection();
  switch (proto.weights_case()) {
    case v1::SetWeights::kValue:
      set.weights = ToValue(proto.value(), path + ".value", violations);
      break;
    case v1::SetWeights::kFactor:
      set.weights = WeightFactor{proto.factor()};
      break;
    case v1::SetWeights::kPairs:
      set.weights = PairWeights{ToVector(proto.pairs().source_indices()),
                                ToVector(proto.pairs().target_indices()),
                                ToVector(proto.pairs().weights())};
      break;
    case v1::SetWeights::WEIGHTS_NOT_SET:
      break;
  }
  return set;
}

ChangeSpec ToSpec(const v1::Change& change, const std::string& path,
                  Violations* violations) {
  switch (change.kind_case()) {
    case v1::Change::kSetParameters: {
      const v1::SetParameters& set = change.set_parameters();
      return SetParametersSpec{
          set.population(), ToVector(set.neuron_indices()),
          ToValues(set.parameters(), path + ".set_parameters.parameters",
                   violations)};
    }
    case v1::Change::kSetState: {
      const v1::SetState& set = change.set_state();
      return SetStateSpec{
          set.population(), ToVector(set.neuron_indices()),
          ToValues(set.values(), path + ".set_state.values", violations)};
    }
    case v1::Change::kSetInput: {
      const v1::SetInput& set = change.set_input();
      return SetInputSpec{set.input(),
                          ToValues(set.parameters(),
                                   path + ".set_input.parameters", violations)};
    }
    case v1::Change::kSetWeights:
      return ToSetWeights(change.set_weights(), path + ".set_weights",
                          violations);
    case v1::Change::kSilence:
      return SilenceSpec{change.silence().population(),
                         ToVector(change.silence().neuron_indices()),
                         change.silence().silenced()};
    case v1::Change::kPlasticity: {
      const auto& names = change.plasticity().projections();
      return PlasticitySwitchSpec{change.plasticity().enabled(),
                                  {names.begin(), names.end()}};
    }
    case v1::Change::KIND_NOT_SET:
      break;
  }
  return std::monostate();
}

}  // namespace

ChangeSpecs ToSpecs(
    const google::protobuf::RepeatedPtrField<v1::Change>& changes,
    const std::string& path, Violations* violations) {
  ChangeSpecs specs;
  for (const v1::Change& change : changes) {
    specs.push_back(
        ToSpec(change, absl::StrCat(path, "[", specs.size(), "]"), violations));
  }
  return specs;
}

}  // namespace spiked
