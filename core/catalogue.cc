// SPDX-License-Identifier: Apache-2.0

#include "core/catalogue.h"

#include "core/inputs/normal_noise_current.h"
#include "core/inputs/poisson_background.h"
#include "core/inputs/uniform_noise_current.h"
#include "core/models/hindmarsh_rose.h"
#include "core/models/izhikevich.h"
#include "core/models/lif_cond_exp.h"
#include "core/models/lif_delta.h"
#include "core/models/lif_exp.h"
#include "core/models/lif_exp_ei.h"
#include "core/models/spike_source.h"
#include "core/synapses/static.h"
#include "core/synapses/stdp_pair.h"
#include "core/synapses/stp_markram.h"
#include "core/synapses/stp_tsodyks.h"

namespace spiked {
namespace {

template <typename Model>
const Model* Find(absl::Span<const Model* const> models,
                  const std::string& name) {
  for (const Model* model : models) {
    if (model->info().name == name) return model;
  }
  return nullptr;
}

}  // namespace

absl::Span<const NeuronModel* const> NeuronModels() {
  static const auto* const models = new std::vector<const NeuronModel*>{
      new HindmarshRose, new Izhikevich, new LifCondExp, new LifDelta,
      new LifExp,        new LifExpEi,   new SpikeSource};
  return *models;
}

absl::Span<const SynapseModel* const> SynapseModels() {
  static const auto* const models = new std::vector<const SynapseModel*>{
      new StaticSynapse, new StdpPair, new StpMarkram, new StpTsodyks};
  return *models;
}

absl::Span<const InputModel* const> InputModels() {
  static const auto* const models = new std::vector<const InputModel*>{
      new NormalNoiseCurrent, new PoissonBackground, new UniformNoiseCurrent};
  return *models;
}

const NeuronModel* FindNeuronModel(const std::string& name) {
  return Find(NeuronModels(), name);
}
const SynapseModel* FindSynapseModel(const std::string& name) {
  return Find(SynapseModels(), name);
}
const InputModel* FindInputModel(const std::string& name) {
  return Find(InputModels(), name);
}

int ReceptorIndex(const NeuronModel& model, const std::string& receptor) {
  if (receptor.empty()) return 0;
  return IndexByName(model.info().receptors, receptor);
}

int InputReceptorIndex(const NeuronModel& model, const InputModel& input,
                       const std::string& receptor) {
  if (receptor.empty() && input.is_current()) {
    return CurrentReceptor(model.info());
  }
  return ReceptorIndex(model, receptor);
}

}  // namespace spiked
