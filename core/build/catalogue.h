// SPDX-License-Identifier: Apache-2.0
//
// All models by name. Adding one is a line in catalogue.cc.

#ifndef SPIKED_CORE_BUILD_CATALOGUE_H_
#define SPIKED_CORE_BUILD_CATALOGUE_H_

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "core/model/encoder_model.h"
#include "core/model/input_model.h"
#include "core/model/neuron_model.h"
#include "core/model/synapse_model.h"

namespace spiked {

// All models of a kind, ordered by name.
absl::Span<const NeuronModel* const> NeuronModels();
absl::Span<const SynapseModel* const> SynapseModels();
absl::Span<const InputModel* const> InputModels();
absl::Span<const EncoderModel* const> EncoderModels();

// The model with a name, or null.
const NeuronModel* FindNeuronModel(const std::string& name);
const SynapseModel* FindSynapseModel(const std::string& name);
const InputModel* FindInputModel(const std::string& name);
const EncoderModel* FindEncoderModel(const std::string& name);

// The index of a model's receptor, or -1; the first has no name too.
int ReceptorIndex(const NeuronModel& model, const std::string& receptor);

// The same for what an input or an encoder acts on: without a name, currents
// have their own receptor.
int InputReceptorIndex(const NeuronModel& model, const InputModel& input,
                       const std::string& receptor);
int EncoderReceptorIndex(const NeuronModel& model, const EncoderModel& encoder,
                         const std::string& receptor);

}  // namespace spiked

#endif  // SPIKED_CORE_BUILD_CATALOGUE_H_
