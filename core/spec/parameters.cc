// SPDX-License-Identifier: Apache-2.0

#include "core/spec/parameters.h"

#include <string>

#include "core/numbers/random.h"
#include "core/spec/value.h"

namespace spiked {

Parameters Parameters::Resolve(const ModelInfo& info,
                               std::string_view cell_class,
                               const ValueMap& values, int64_t count,
                               int64_t seed, std::string_view owner) {
  const CellClassInfo* preset =
      FindByName(info.cell_classes, std::string(cell_class));
  Parameters result;
  for (const ParameterInfo& parameter : info.parameters) {
    Value value = parameter.default_value;
    if (preset != nullptr) {
      const auto it = preset->parameters.find(parameter.name);
      if (it != preset->parameters.end()) value = it->second;
    }
    if (const auto it = values.find(parameter.name); it != values.end()) {
      value = it->second;
    }
    const RandomStream stream = MakeRandomStream(
        seed, RandomPurpose::kParameter, owner, parameter.name);
    result.columns_.push_back(NumbersOf(value, stream, count));
  }
  return result;
}

}  // namespace spiked
