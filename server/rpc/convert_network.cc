// SPDX-License-Identifier: Apache-2.0

#include "absl/strings/str_cat.h"
#include "server/rpc/convert.h"
#include "server/rpc/enums.h"

namespace spiked {
namespace {

template <typename T>
std::vector<T> ToVector(const google::protobuf::RepeatedField<T>& field) {
  return {field.begin(), field.end()};
}

ValueMap ToValues(const google::protobuf::Map<std::string, v1::Value>& values) {
  ValueMap result;
  for (const auto& [name, value] : values) result[name] = ToValue(value);
  return result;
}

// UNSPECIFIED, and what CheckEnum has refused, is the default.
Precision ToPrecision(v1::Precision precision) {
  return precision == v1::FLOAT64 ? Precision::kFloat64 : Precision::kFloat32;
}

ColumnRestriction ToColumnRestriction(v1::ColumnRestriction columns) {
  switch (columns) {
    case v1::SAME_COLUMN:
      return ColumnRestriction::kSame;
    case v1::OTHER_COLUMNS:
      return ColumnRestriction::kOther;
    default:
      return ColumnRestriction::kAny;
  }
}

PopulationSpec ToPopulation(const v1::Population& proto) {
  PopulationSpec population;
  population.name = proto.name();
  population.size = proto.size();
  population.model = proto.model();
  population.cell_class = proto.cell_class();
  population.scheme = proto.scheme();
  population.parameters = ToValues(proto.parameters());
  population.initial_values = ToValues(proto.initial_values());
  population.column_count =
      proto.column_count() == 0 ? 1 : proto.column_count();
  population.layer = proto.layer();
  return population;
}

ConnectionRule ToRule(const v1::Projection& proto) {
  switch (proto.rule_case()) {
    case v1::Projection::kAllToAll:
      return AllToAll();
    case v1::Projection::kOneToOne:
      return OneToOne();
    case v1::Projection::kPairwiseBernoulli:
      return PairwiseBernoulli{proto.pairwise_bernoulli().probability()};
    case v1::Projection::kExplicitPairs:
      return ExplicitPairs{ToVector(proto.explicit_pairs().source_indices()),
                           ToVector(proto.explicit_pairs().target_indices())};
    case v1::Projection::RULE_NOT_SET:
      break;
  }
  return std::monostate();
}

SynapseSpec ToSynapse(const v1::Synapse& proto) {
  SynapseSpec synapse;
  if (!proto.model().empty()) synapse.model = proto.model();
  synapse.parameters = ToValues(proto.parameters());
  return synapse;
}

ProjectionSpec ToProjection(const v1::Projection& proto) {
  ProjectionSpec projection;
  projection.name = proto.name();
  projection.source = proto.source();
  projection.target = proto.target();
  projection.receptor = proto.receptor();
  projection.rule = ToRule(proto);
  projection.columns = ToColumnRestriction(proto.columns());
  projection.allow_autapses = proto.allow_autapses();
  projection.weight = ToValue(proto.weight());
  projection.delay_ms = ToValue(proto.delay_ms());
  projection.synapse = ToSynapse(proto.synapse());
  return projection;
}

InputSpec ToInput(const v1::Input& proto) {
  return {proto.name(), proto.population(), proto.model(), "",
          ToValues(proto.parameters())};
}

StimulusStart ToStart(const v1::Stimulus& proto) {
  switch (proto.start_case()) {
    case v1::Stimulus::kStartStep:
      return proto.start_step();
    case v1::Stimulus::kStartMs:
      return StartMs{proto.start_ms()};
    case v1::Stimulus::START_NOT_SET:
      break;
  }
  return AsSoonAsPossible();
}

SpikeStimulusSpec ToSpikes(const v1::SpikeStimulus& proto) {
  SpikeStimulusSpec spikes;
  spikes.offsets_ms = ToVector(proto.offsets_ms());
  if (proto.has_weight()) spikes.weight = proto.weight();
  spikes.receptor = proto.receptor();
  return spikes;
}

}  // namespace

StimulusSpec ToSpec(const v1::Stimulus& proto) {
  StimulusSpec stimulus;
  stimulus.population = proto.population();
  stimulus.neuron_indices = ToVector(proto.neuron_indices());
  stimulus.columns = ToVector(proto.columns());
  stimulus.start = ToStart(proto);
  if (proto.has_current()) {
    stimulus.kind = CurrentStimulusSpec{ToVector(proto.current().amplitudes()),
                                        proto.current().duration_ms()};
  } else if (proto.has_spikes()) {
    stimulus.kind = ToSpikes(proto.spikes());
  }
  return stimulus;
}

std::vector<StimulusSpec> ToSpecs(
    const google::protobuf::RepeatedPtrField<v1::Stimulus>& stimuli) {
  std::vector<StimulusSpec> specs;
  specs.reserve(stimuli.size());
  for (const v1::Stimulus& stimulus : stimuli) {
    specs.push_back(ToSpec(stimulus));
  }
  return specs;
}

NetworkSpec ToSpec(const v1::Network& proto, const std::string& path,
                   Violations* violations) {
  NetworkSpec network;
  network.description = proto.description();
  network.dt_ms = proto.dt_ms();
  CheckEnum(proto.precision(), path + ".precision", violations);
  network.precision = ToPrecision(proto.precision());
  network.seed = proto.seed();
  for (const v1::Population& population : proto.populations()) {
    network.populations.push_back(ToPopulation(population));
  }
  for (const v1::Projection& projection : proto.projections()) {
    CheckEnum(projection.columns(),
              absl::StrCat(path, ".projections[", network.projections.size(),
                           "].columns"),
              violations);
    network.projections.push_back(ToProjection(projection));
  }
  for (const v1::Input& input : proto.inputs()) {
    network.inputs.push_back(ToInput(input));
  }
  network.stimuli = ToSpecs(proto.stimuli());
  return network;
}

}  // namespace spiked
