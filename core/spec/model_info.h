// SPDX-License-Identifier: Apache-2.0
//
// Description of a model. ListModels of the API, validation and the error texts
// read these tables, so that a new model needs no other code for them.

#ifndef SPIKED_CORE_SPEC_MODEL_INFO_H_
#define SPIKED_CORE_SPEC_MODEL_INFO_H_

#include <limits>
#include <map>
#include <string>
#include <vector>

namespace spiked {

struct ParameterInfo {
  std::string name;
  std::string unit;  // empty: a pure number
  std::string description;
  double default_value = 0;
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
  bool min_exclusive = false;
  bool is_shared = false;  // one number for all elements: a constant
  // A time whose steps are counted down: at most kMaxCountedSteps (delays.h).
  bool is_counted = false;
};

struct VariableInfo {
  std::string name;
  std::string unit;
  std::string description;
  std::string initial_value;  // text for users
};

struct ReceptorInfo {
  std::string name;
  std::string unit;  // unit of weights
  std::string description;
  // What may act on it: weights, and the numbers of stimuli and inputs.
  double weight_min = -std::numeric_limits<double>::infinity();
  double weight_max = std::numeric_limits<double>::infinity();
};

struct SchemeInfo {
  std::string name;
  std::string description;
};

// A published parameter set. Parameters it doesn't name keep their defaults.
struct CellClassInfo {
  std::string name;
  std::string description;
  std::map<std::string, double> parameters;
};

// A rule between two parameters: `smaller` is at most `larger`.
struct OrderInfo {
  std::string smaller;
  std::string larger;
  bool has_width = false;  // larger - smaller, too, must be a finite number
};

struct ModelInfo {
  std::string name;
  std::string summary;    // one sentence
  std::string equations;  // with their sources
  std::vector<ParameterInfo> parameters;
  std::vector<OrderInfo> order;             // rules between parameters
  std::vector<VariableInfo> variables;      // neuron models
  std::vector<ReceptorInfo> receptors;      // neuron models; first = default
  std::vector<SchemeInfo> schemes;          // neuron models; first = default
  std::vector<CellClassInfo> cell_classes;  // neuron and synapse models
};

// The entry of a table (parameters, variables, ...) with this name, or null.
template <typename Info>
const Info* FindByName(const std::vector<Info>& table,
                       const std::string& name) {
  for (const Info& info : table) {
    if (info.name == name) return &info;
  }
  return nullptr;
}

// The index of the entry with this name, or -1.
template <typename Info>
int IndexByName(const std::vector<Info>& table, const std::string& name) {
  const Info* info = FindByName(table, name);
  return info == nullptr ? -1 : static_cast<int>(info - table.data());
}

// Index of the receptor on which currents act in a neuron model: the one named
// `current`, or the only one; -1 if there is neither. In models whose synapses
// aren't currents (lif_exp.h and others), it is not the first.
inline int CurrentReceptor(const ModelInfo& model) {
  const int named = IndexByName(model.receptors, "current");
  return named < 0 && model.receptors.size() == 1 ? 0 : named;
}

}  // namespace spiked

#endif  // SPIKED_CORE_SPEC_MODEL_INFO_H_
