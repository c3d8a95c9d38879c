// SPDX-License-Identifier: Apache-2.0

#include "absl/strings/str_cat.h"
#include "core/spec/names.h"
#include "server/rpc/convert/convert.h"
#include "server/rpc/convert/enums.h"

namespace spiked {
namespace {

// UNSPECIFIED gives the default, and so do values that CheckEnum refuses.
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

WeightPrecision ToWeightPrecision(v1::WeightPrecision precision) {
  switch (precision) {
    case v1::BITS_16:
      return WeightPrecision::kBits16;
    case v1::FULL:
      return WeightPrecision::kFull;
    default:
      return WeightPrecision::kAuto;
  }
}

PositionsSpec ToPositions(const v1::Positions& proto) {
  PositionsSpec positions;
  positions.periodic = proto.periodic();
  switch (proto.layout_case()) {
    case v1::Positions::kGrid:
      positions.layout = GridPositions{
          {proto.grid().shape().begin(), proto.grid().shape().end()},
          ToVector(proto.grid().spacing_mm()),
          ToVector(proto.grid().center_mm())};
      break;
    case v1::Positions::kList:
      positions.layout = ListedPositions{
          ToVector(proto.list().x_mm()), ToVector(proto.list().y_mm()),
          ToVector(proto.list().z_mm()), ToVector(proto.list().extent_mm()),
          ToVector(proto.list().center_mm())};
      break;
    case v1::Positions::kUniform:
      positions.layout =
          UniformPositions{ToVector(proto.uniform().extent_mm()),
                           ToVector(proto.uniform().center_mm())};
      break;
    case v1::Positions::LAYOUT_NOT_SET:
      break;
  }
  return positions;
}

PopulationSpec ToPopulation(const v1::Population& proto,
                            const std::string& path, Violations* violations) {
  PopulationSpec population;
  population.name = proto.name();
  population.size = proto.size();
  population.model = proto.model();
  population.cell_class = proto.cell_class();
  population.scheme = proto.scheme();
  population.parameters =
      ToValues(proto.parameters(), path + ".parameters", violations);
  population.initial_values =
      ToValues(proto.initial_values(), path + ".initial_values", violations);
  population.column_count =
      proto.column_count() == 0 ? 1 : proto.column_count();
  population.layer = proto.layer();
  if (proto.has_positions()) {
    population.positions = ToPositions(proto.positions());
  }
  return population;
}

DistanceMask ToMask(const v1::DistanceMask& proto) {
  DistanceMask mask;
  if (proto.has_radius_mm()) mask.radius_mm = proto.radius_mm();
  mask.inner_radius_mm = proto.inner_radius_mm();
  mask.lower_mm = ToVector(proto.lower_mm());
  mask.upper_mm = ToVector(proto.upper_mm());
  return mask;
}

DistanceDependent ToDistanceDependent(const v1::DistanceDependent& proto) {
  DistanceDependent rule;
  rule.probability = proto.probability();
  rule.mask = ToMask(proto.mask());
  switch (proto.kernel_case()) {
    case v1::DistanceDependent::kBox: {
      BoxKernel box;
      if (proto.box().has_radius_mm()) box.radius_mm = proto.box().radius_mm();
      rule.kernel = box;
      break;
    }
    case v1::DistanceDependent::kGaussian:
      rule.kernel = GaussianKernel{proto.gaussian().std_mm()};
      break;
    case v1::DistanceDependent::kExponential:
      rule.kernel = ExponentialKernel{proto.exponential().decay_mm()};
      break;
    case v1::DistanceDependent::KERNEL_NOT_SET:
      break;
  }
  return rule;
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
    case v1::Projection::kFixedIndegree:
      return FixedIndegree{proto.fixed_indegree().degree()};
    case v1::Projection::kFixedOutdegree:
      return FixedOutdegree{proto.fixed_outdegree().degree()};
    case v1::Projection::kFixedTotalNumber:
      return FixedTotalNumber{proto.fixed_total_number().count()};
    case v1::Projection::kDistanceDependent:
      return ToDistanceDependent(proto.distance_dependent());
    case v1::Projection::RULE_NOT_SET:
      break;
  }
  return std::monostate();
}

SynapseSpec ToSynapse(const v1::Synapse& proto, const std::string& path,
                      Violations* violations) {
  SynapseSpec synapse;
  if (!proto.model().empty()) synapse.model = proto.model();
  synapse.parameters =
      ToValues(proto.parameters(), path + ".parameters", violations);
  synapse.parameter_set = proto.parameter_set();
  return synapse;
}

ProjectionSpec ToProjection(const v1::Projection& proto,
                            const std::string& path, Violations* violations) {
  ProjectionSpec projection;
  projection.name = proto.name();
  projection.source = proto.source();
  projection.target = proto.target();
  projection.receptor = proto.receptor();
  projection.rule = ToRule(proto);
  CheckEnum(proto.columns(), path + ".columns", violations);
  projection.columns = ToColumnRestriction(proto.columns());
  projection.allow_autapses = proto.allow_autapses();
  projection.allow_multapses = proto.allow_multapses();
  projection.weight = ToValue(proto.weight(), path + ".weight", violations);
  projection.delay_ms =
      ToValue(proto.delay_ms(), path + ".delay_ms", violations);
  projection.dendritic_delay_fraction = proto.dendritic_delay_fraction();
  projection.synapse =
      ToSynapse(proto.synapse(), path + ".synapse", violations);
  CheckEnum(proto.weight_precision(), path + ".weight_precision", violations);
  projection.weight_precision = ToWeightPrecision(proto.weight_precision());
  return projection;
}

InputSpec ToInput(const v1::Input& proto, const std::string& path,
                  Violations* violations) {
  return {proto.name(), proto.population(), proto.model(), proto.receptor(),
          ToValues(proto.parameters(), path + ".parameters", violations)};
}

EncoderSpec ToEncoder(const v1::Encoder& proto, const std::string& path,
                      Violations* violations) {
  EncoderSpec encoder;
  encoder.name = proto.name();
  encoder.population = proto.population();
  encoder.tuning = proto.tuning();
  encoder.receptor = proto.receptor();
  if (proto.dimension_count() != 0) {
    encoder.dimension_count = proto.dimension_count();
  }
  encoder.parameters =
      ToValues(proto.parameters(), path + ".parameters", violations);
  return encoder;
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

RateStimulusSpec ToRates(const v1::RateStimulus& proto) {
  RateStimulusSpec rates;
  rates.rates_hz = ToVector(proto.rates_hz());
  rates.duration_ms = proto.duration_ms();
  if (proto.has_weight()) rates.weight = proto.weight();
  rates.receptor = proto.receptor();
  return rates;
}

}  // namespace

ValueMap ToValues(const google::protobuf::Map<std::string, v1::Value>& values,
                  const std::string& path, Violations* violations) {
  ValueMap result;
  for (const auto& [name, value] : values) {
    const std::string at = absl::StrCat(path, "[", Quoted(name), "]");
    result[name] = ToValue(value, at, violations);
  }
  return result;
}

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
  } else if (proto.has_rates()) {
    stimulus.kind = ToRates(proto.rates());
  } else if (proto.has_plasticity()) {
    const auto& names = proto.plasticity().projections();
    stimulus.kind = PlasticitySwitchSpec{proto.plasticity().enabled(),
                                         {names.begin(), names.end()}};
  } else if (proto.has_encoder_values()) {
    const v1::EncoderValues& values = proto.encoder_values();
    stimulus.kind = EncoderValuesSpec{
        values.encoder(), ToVector(values.values()), values.duration_ms()};
  } else if (proto.has_dopamine()) {
    const auto& names = proto.dopamine().projections();
    stimulus.kind = DopaminePulseSpec{{names.begin(), names.end()},
                                      proto.dopamine().amount()};
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

bool CheckCounts(const v1::Network& network, const std::string& path,
                 Violations* violations) {
  const size_t before = violations->size();
  const auto check = [&](const char* field, int count, int max) {
    if (count <= max) return;
    violations->Add(
        absl::StrCat(path, ".", field),
        absl::StrCat(count, " ", field, "; at most ", max, " are allowed"));
  };
  check("populations", network.populations_size(),
        NetworkLimits::kMaxPopulations);
  check("projections", network.projections_size(),
        NetworkLimits::kMaxProjections);
  check("inputs", network.inputs_size(), NetworkLimits::kMaxInputs);
  check("encoders", network.encoders_size(), NetworkLimits::kMaxEncoders);
  check("stimuli", network.stimuli_size(), NetworkLimits::kMaxStimuli);
  return violations->size() == before;
}

NetworkSpec ToSpec(const v1::Network& proto, const std::string& path,
                   Violations* violations) {
  NetworkSpec network;
  network.description = proto.description();
  network.dt_ms = proto.dt_ms();
  CheckEnum(proto.precision(), path + ".precision", violations);
  network.precision = ToPrecision(proto.precision());
  network.seed = proto.seed();
  for (int i = 0; i < proto.populations_size(); ++i) {
    network.populations.push_back(
        ToPopulation(proto.populations(i),
                     absl::StrCat(path, ".populations[", i, "]"), violations));
  }
  for (int i = 0; i < proto.projections_size(); ++i) {
    network.projections.push_back(
        ToProjection(proto.projections(i),
                     absl::StrCat(path, ".projections[", i, "]"), violations));
  }
  for (int i = 0; i < proto.inputs_size(); ++i) {
    network.inputs.push_back(ToInput(
        proto.inputs(i), absl::StrCat(path, ".inputs[", i, "]"), violations));
  }
  for (int i = 0; i < proto.encoders_size(); ++i) {
    network.encoders.push_back(
        ToEncoder(proto.encoders(i), absl::StrCat(path, ".encoders[", i, "]"),
                  violations));
  }
  network.stimuli = ToSpecs(proto.stimuli());
  return network;
}

}  // namespace spiked
