// SPDX-License-Identifier: Apache-2.0
//
// What receptors take: a conductance is never below 0, and a receptor whose
// name says which sign its currents have takes no others. Everything that acts
// on a receptor is checked with these functions.

#ifndef SPIKED_CORE_SPEC_RECEPTOR_WEIGHTS_H_
#define SPIKED_CORE_SPEC_RECEPTOR_WEIGHTS_H_

#include <string>

#include "core/spec/model_info.h"
#include "core/spec/value.h"

namespace spiked {

// True if a receptor takes every number of a range.
bool Takes(const ReceptorInfo& receptor, const ValueRange& range);

// "receptor excitatory of lif_cond_exp takes 0 and more only".
std::string AllowedWeights(const ModelInfo& model,
                           const ReceptorInfo& receptor);

// Why a receptor of the model doesn't take a number, and what to write instead;
// empty if it does.
std::string WeightProblem(const ModelInfo& model, const ReceptorInfo& receptor,
                          double weight);

// Likewise for all numbers of a value, which reach over `range`. Appends the
// place in a list to *at, the path of the value.
std::string WeightProblem(const ModelInfo& model, const ReceptorInfo& receptor,
                          const Value& value, const ValueRange& range,
                          std::string* at);

// Why a receptor doesn't take the numbers that an input or encoder adds, which
// lie in `range`; empty if it does.
std::string AmountsProblem(const ModelInfo& model, const ReceptorInfo& receptor,
                           const ValueRange& range);

}  // namespace spiked

#endif  // SPIKED_CORE_SPEC_RECEPTOR_WEIGHTS_H_
