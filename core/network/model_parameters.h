// SPDX-License-Identifier: Apache-2.0
//
// Parameters and kernels of the populations and inputs of a network: as
// compiled, or with other parameters.

#ifndef SPIKED_CORE_NETWORK_MODEL_PARAMETERS_H_
#define SPIKED_CORE_NETWORK_MODEL_PARAMETERS_H_

#include <memory>

#include "core/network/network.h"
#include "core/spec/parameters.h"

namespace spiked {

// As specified; random values are drawn again, with the same result.
Parameters ParametersOf(const Network& network, const Population& population);
Parameters ParametersOf(const Network& network, const Input& input);

// The kernel of a population or input with these parameters. The random numbers
// of its steps don't depend on them.
std::unique_ptr<NeuronKernel> MakeKernel(const Network& network,
                                         const Population& population,
                                         const Parameters& parameters);
std::unique_ptr<InputKernel> MakeKernel(const Network& network,
                                        const Input& input,
                                        const Parameters& parameters);

}  // namespace spiked

#endif  // SPIKED_CORE_NETWORK_MODEL_PARAMETERS_H_
