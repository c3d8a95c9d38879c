// SPDX-License-Identifier: Apache-2.0
//
// Neurons without dynamics that spike when they are told to: a spike stimulus
// (or a synapse) of weight 1 on the receptor `spikes` makes the neuron spike in
// the step in which it arrives.
//
// Variables  none
// Receptors  [1 x n]: spikes; the neuron spikes if the sum is at least 1

#ifndef SPIKED_CORE_NEURONS_SPIKE_SOURCE_H_
#define SPIKED_CORE_NEURONS_SPIKE_SOURCE_H_

#include "core/model/neuron_model.h"

namespace spiked::spike_source {

const NeuronModel* NewModel();

}  // namespace spiked::spike_source

#endif  // SPIKED_CORE_NEURONS_SPIKE_SOURCE_H_
