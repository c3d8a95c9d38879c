// SPDX-License-Identifier: Apache-2.0
//
// All models by name. A new model takes one line in catalogue.cc.

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

// The index of the receptor with a name in a model, or -1. An empty name stands
// for the first receptor.
int ReceptorIndex(const NeuronModel& model, const std::string& receptor);

// The index of the receptor on which an input or an encoder acts, or -1. If it
// gives currents, an empty name stands for the receptor for currents.
int InputReceptorIndex(const NeuronModel& model, const InputModel& input,
                       const std::string& receptor);
int EncoderReceptorIndex(const NeuronModel& model, const EncoderModel& encoder,
                         const std::string& receptor);

}  // namespace spiked

#endif  // SPIKED_CORE_BUILD_CATALOGUE_H_
