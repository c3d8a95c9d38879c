// SPDX-License-Identifier: Apache-2.0

#include "core/network/model_parameters.h"

#include "core/numbers/random.h"

namespace spiked {

Parameters ParametersOf(const Network& network, const Population& population) {
  return Parameters::Resolve(population.model->info(), population.cell_class,
                             population.parameters, population.count,
                             network.seed, population.name);
}

Parameters ParametersOf(const Network& network, const Input& input) {
  return Parameters::Resolve(input.model->info(), "", input.parameters,
                             network.populations[input.population].count,
                             network.seed, input.name);
}

std::unique_ptr<NeuronKernel> MakeKernel(const Network& network,
                                         const Population& population,
                                         const Parameters& parameters) {
  return population.model->Compile(
      parameters, {.scheme = population.scheme,
                   .dt_ms = network.dt_ms,
                   .precision = network.precision,
                   .stream = MakeRandomStream(
                       network.seed, RandomPurpose::kNeuron, population.name)});
}

std::unique_ptr<InputKernel> MakeKernel(const Network& network,
                                        const Input& input,
                                        const Parameters& parameters) {
  return input.model->Compile(
      parameters, {.dt_ms = network.dt_ms,
                   .precision = network.precision,
                   .stream = MakeRandomStream(
                       network.seed, RandomPurpose::kInput, input.name),
                   .count = network.populations[input.population].count});
}

}  // namespace spiked
