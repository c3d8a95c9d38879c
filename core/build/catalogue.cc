// SPDX-License-Identifier: Apache-2.0

#include "core/build/catalogue.h"

#include "core/encoders/gaussian.h"
#include "core/encoders/latency.h"
#include "core/encoders/linear.h"
#include "core/encoders/on_off.h"
#include "core/inputs/dc_current.h"
#include "core/inputs/normal_noise_current.h"
#include "core/inputs/ornstein_uhlenbeck_current.h"
#include "core/inputs/poisson_background.h"
#include "core/inputs/random_neuron_current.h"
#include "core/inputs/sine_current.h"
#include "core/inputs/uniform_noise_current.h"
#include "core/neurons/adex.h"
#include "core/neurons/hh_cond_exp.h"
#include "core/neurons/hh_psc_alpha.h"
#include "core/neurons/hindmarsh_rose.h"
#include "core/neurons/izhikevich.h"
#include "core/neurons/lif_alpha.h"
#include "core/neurons/lif_cond_alpha.h"
#include "core/neurons/lif_cond_exp.h"
#include "core/neurons/lif_delta.h"
#include "core/neurons/lif_exp.h"
#include "core/neurons/lif_exp_adaptive.h"
#include "core/neurons/lif_exp_ei.h"
#include "core/neurons/poisson_source.h"
#include "core/neurons/qif.h"
#include "core/neurons/spike_source.h"
#include "core/synapses/static.h"
#include "core/synapses/stdp_accumulated.h"
#include "core/synapses/stdp_dopamine.h"
#include "core/synapses/stdp_dopamine_interval.h"
#include "core/synapses/stdp_pair.h"
#include "core/synapses/stdp_reciprocal.h"
#include "core/synapses/stdp_triplet.h"
#include "core/synapses/stdp_weight_dependent.h"
#include "core/synapses/stp_markram.h"
#include "core/synapses/stp_tsodyks.h"
#include "core/synapses/synaptic_scaling.h"
#include "core/synapses/vogels_sprekeler.h"

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
      adex::NewModel(),
      hh_cond_exp::NewModel(),
      hh_psc_alpha::NewModel(),
      hindmarsh_rose::NewModel(),
      izhikevich::NewModel(),
      lif_alpha::NewModel(),
      lif_cond_alpha::NewModel(),
      lif_cond_exp::NewModel(),
      lif_delta::NewModel(),
      lif_exp::NewModel(),
      lif_exp_adaptive::NewModel(),
      lif_exp_ei::NewModel(),
      poisson_source::NewModel(),
      qif::NewModel(),
      spike_source::NewModel(),
  };
  return *models;
}

absl::Span<const SynapseModel* const> SynapseModels() {
  static const auto* const models = new std::vector<const SynapseModel*>{
      new StaticSynapse,
      NewStdpAccumulated(),
      NewStdpAllToAll(),
      NewStdpDopamine(),
      NewStdpDopamineInterval(),
      NewStdpNearestPreCentred(),
      NewStdpNearestRestricted(),
      NewStdpNearestSymmetric(),
      new StdpPair,
      NewStdpReciprocal(),
      NewStdpTriplet(),
      NewStdpTripletNearest(),
      NewStdpTripletScaling(),
      new StpMarkram,
      new StpTsodyks,
      NewSynapticScaling(),
      NewVogelsSprekeler(),
  };
  return *models;
}

absl::Span<const InputModel* const> InputModels() {
  static const auto* const models = new std::vector<const InputModel*>{
      new DcCurrent,
      new NormalNoiseCurrent,
      new OrnsteinUhlenbeckCurrent,
      new PoissonBackground,
      new RandomNeuronCurrent,
      new SineCurrent,
      new UniformNoiseCurrent,
  };
  return *models;
}

absl::Span<const EncoderModel* const> EncoderModels() {
  static const auto* const models = new std::vector<const EncoderModel*>{
      new GaussianEncoder,
      new LatencyEncoder,
      new LinearEncoder,
      new OnOffEncoder,
  };
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

const EncoderModel* FindEncoderModel(const std::string& name) {
  return Find(EncoderModels(), name);
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

int EncoderReceptorIndex(const NeuronModel& model, const EncoderModel& encoder,
                         const std::string& receptor) {
  if (receptor.empty() && encoder.is_current()) {
    return CurrentReceptor(model.info());
  }
  return ReceptorIndex(model, receptor);
}

}  // namespace spiked
