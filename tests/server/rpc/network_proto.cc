// SPDX-License-Identifier: Apache-2.0

#include "tests/server/rpc/network_proto.h"

#include <cmath>

namespace spiked::testing {
namespace {

v1::OutOfBounds ToProto(OutOfBounds out_of_bounds) {
  return out_of_bounds == OutOfBounds::kClip ? v1::CLIP : v1::REDRAW;
}

class ValueWriter {
 public:
  explicit ValueWriter(v1::Value* proto) : proto_(proto) {}

  void operator()(std::monostate) {}
  void operator()(double constant) { proto_->set_constant(constant); }
  void operator()(const std::vector<double>& list) {
    proto_->mutable_list()->mutable_values()->Assign(list.begin(), list.end());
  }
  void operator()(const Uniform& u) {
    proto_->mutable_uniform()->set_low(u.low);
    proto_->mutable_uniform()->set_high(u.high);
  }
  void operator()(const DiscreteUniform& u) {
    proto_->mutable_discrete_uniform()->set_low(u.low);
    proto_->mutable_discrete_uniform()->set_high(u.high);
    proto_->mutable_discrete_uniform()->set_spacing(u.spacing);
  }
  void operator()(const Normal& n) {
    proto_->mutable_normal()->set_mean(n.mean);
    proto_->mutable_normal()->set_std(n.std);
    if (std::isfinite(n.min)) proto_->mutable_normal()->set_min(n.min);
    if (std::isfinite(n.max)) proto_->mutable_normal()->set_max(n.max);
    proto_->mutable_normal()->set_out_of_bounds(ToProto(n.out_of_bounds));
  }
  void operator()(const Lognormal& n) {
    proto_->mutable_lognormal()->set_log_mean(n.log_mean);
    proto_->mutable_lognormal()->set_log_std(n.log_std);
    if (n.min > 0) proto_->mutable_lognormal()->set_min(n.min);
    if (std::isfinite(n.max)) proto_->mutable_lognormal()->set_max(n.max);
    proto_->mutable_lognormal()->set_out_of_bounds(ToProto(n.out_of_bounds));
  }
  void operator()(const Mixture& mixture) {
    for (const Mixture::Component& component : mixture.components) {
      auto* added = proto_->mutable_mixture()->add_components();
      added->set_probability(component.probability);
      std::visit(ValueWriter(added->mutable_value()), component.value);
    }
  }
  void operator()(const ByDistance& value) {
    v1::ByDistance* proto = proto_->mutable_by_distance();
    proto->set_offset(value.offset);
    if (const auto* linear = std::get_if<LinearOfDistance>(&value.shape)) {
      proto->mutable_linear()->set_slope_per_mm(linear->slope_per_mm);
    }
    if (const auto* g = std::get_if<GaussianOfDistance>(&value.shape)) {
      proto->mutable_gaussian()->set_amplitude(g->amplitude);
      proto->mutable_gaussian()->set_std_mm(g->std_mm);
    }
    if (const auto* e = std::get_if<ExponentialOfDistance>(&value.shape)) {
      proto->mutable_exponential()->set_amplitude(e->amplitude);
      proto->mutable_exponential()->set_decay_mm(e->decay_mm);
    }
    if (std::isfinite(value.min)) proto->set_min(value.min);
    if (std::isfinite(value.max)) proto->set_max(value.max);
  }

 private:
  v1::Value* proto_;
};

void Write(const ValueMap& values,
           google::protobuf::Map<std::string, v1::Value>* proto) {
  for (const auto& [name, value] : values) {
    (*proto)[name] = ToValueProto(value);
  }
}

template <class T, class Field>
void Assign(const std::vector<T>& list, Field* field) {
  field->Assign(list.begin(), list.end());
}

void Write(const PositionsSpec& spec, v1::Positions* proto) {
  proto->set_periodic(spec.periodic);
  if (const auto* grid = std::get_if<GridPositions>(&spec.layout)) {
    for (int64_t n : grid->shape) {
      proto->mutable_grid()->add_shape(static_cast<int32_t>(n));
    }
    Assign(grid->spacing_mm, proto->mutable_grid()->mutable_spacing_mm());
    Assign(grid->center_mm, proto->mutable_grid()->mutable_center_mm());
  }
  if (const auto* list = std::get_if<ListedPositions>(&spec.layout)) {
    Assign(list->x_mm, proto->mutable_list()->mutable_x_mm());
    Assign(list->y_mm, proto->mutable_list()->mutable_y_mm());
    Assign(list->z_mm, proto->mutable_list()->mutable_z_mm());
    Assign(list->extent_mm, proto->mutable_list()->mutable_extent_mm());
    Assign(list->center_mm, proto->mutable_list()->mutable_center_mm());
  }
  if (const auto* uniform = std::get_if<UniformPositions>(&spec.layout)) {
    Assign(uniform->extent_mm, proto->mutable_uniform()->mutable_extent_mm());
    Assign(uniform->center_mm, proto->mutable_uniform()->mutable_center_mm());
  }
}

void Write(const DistanceDependent& spec, v1::DistanceDependent* proto) {
  proto->set_probability(spec.probability);
  if (const auto* box = std::get_if<BoxKernel>(&spec.kernel)) {
    proto->mutable_box();
    if (std::isfinite(box->radius_mm)) {
      proto->mutable_box()->set_radius_mm(box->radius_mm);
    }
  }
  if (const auto* gaussian = std::get_if<GaussianKernel>(&spec.kernel)) {
    proto->mutable_gaussian()->set_std_mm(gaussian->std_mm);
  }
  if (const auto* e = std::get_if<ExponentialKernel>(&spec.kernel)) {
    proto->mutable_exponential()->set_decay_mm(e->decay_mm);
  }
  v1::DistanceMask* mask = proto->mutable_mask();
  if (std::isfinite(spec.mask.radius_mm)) {
    mask->set_radius_mm(spec.mask.radius_mm);
  }
  mask->set_inner_radius_mm(spec.mask.inner_radius_mm);
  Assign(spec.mask.lower_mm, mask->mutable_lower_mm());
  Assign(spec.mask.upper_mm, mask->mutable_upper_mm());
}

void Write(const PopulationSpec& spec, v1::Population* proto) {
  proto->set_name(spec.name);
  proto->set_size(static_cast<int32_t>(spec.size));
  proto->set_model(spec.model);
  proto->set_cell_class(spec.cell_class);
  proto->set_scheme(spec.scheme);
  Write(spec.parameters, proto->mutable_parameters());
  Write(spec.initial_values, proto->mutable_initial_values());
  proto->set_column_count(static_cast<int32_t>(spec.column_count));
  proto->set_layer(spec.layer);
  if (spec.positions.has_value()) {
    Write(*spec.positions, proto->mutable_positions());
  }
}

void WriteRule(const ConnectionRule& rule, v1::Projection* proto) {
  if (std::holds_alternative<AllToAll>(rule)) proto->mutable_all_to_all();
  if (std::holds_alternative<OneToOne>(rule)) proto->mutable_one_to_one();
  if (const auto* bernoulli = std::get_if<PairwiseBernoulli>(&rule)) {
    proto->mutable_pairwise_bernoulli()->set_probability(
        bernoulli->probability);
  }
  if (const auto* pairs = std::get_if<ExplicitPairs>(&rule)) {
    auto* explicit_pairs = proto->mutable_explicit_pairs();
    explicit_pairs->mutable_source_indices()->Assign(
        pairs->source_indices.begin(), pairs->source_indices.end());
    explicit_pairs->mutable_target_indices()->Assign(
        pairs->target_indices.begin(), pairs->target_indices.end());
  }
  if (const auto* in = std::get_if<FixedIndegree>(&rule)) {
    proto->mutable_fixed_indegree()->set_degree(
        static_cast<int32_t>(in->degree));
  }
  if (const auto* out = std::get_if<FixedOutdegree>(&rule)) {
    proto->mutable_fixed_outdegree()->set_degree(
        static_cast<int32_t>(out->degree));
  }
  if (const auto* total = std::get_if<FixedTotalNumber>(&rule)) {
    proto->mutable_fixed_total_number()->set_count(total->count);
  }
  if (const auto* by_distance = std::get_if<DistanceDependent>(&rule)) {
    Write(*by_distance, proto->mutable_distance_dependent());
  }
}

v1::ColumnRestriction ToProto(ColumnRestriction columns) {
  switch (columns) {
    case ColumnRestriction::kAny:
      return v1::ANY_COLUMN;
    case ColumnRestriction::kSame:
      return v1::SAME_COLUMN;
    case ColumnRestriction::kOther:
      return v1::OTHER_COLUMNS;
  }
  return v1::COLUMN_RESTRICTION_UNSPECIFIED;
}

v1::WeightPrecision ToProto(WeightPrecision precision) {
  switch (precision) {
    case WeightPrecision::kAuto:
      return v1::WEIGHT_PRECISION_UNSPECIFIED;
    case WeightPrecision::kBits16:
      return v1::BITS_16;
    case WeightPrecision::kFull:
      return v1::FULL;
  }
  return v1::WEIGHT_PRECISION_UNSPECIFIED;
}

void Write(const ProjectionSpec& spec, v1::Projection* proto) {
  proto->set_name(spec.name);
  proto->set_source(spec.source);
  proto->set_target(spec.target);
  proto->set_receptor(spec.receptor);
  WriteRule(spec.rule, proto);
  proto->set_columns(ToProto(spec.columns));
  proto->set_allow_autapses(spec.allow_autapses);
  proto->set_allow_multapses(spec.allow_multapses);
  proto->set_weight_precision(ToProto(spec.weight_precision));
  *proto->mutable_weight() = ToValueProto(spec.weight);
  *proto->mutable_delay_ms() = ToValueProto(spec.delay_ms);
  proto->set_dendritic_delay_fraction(spec.dendritic_delay_fraction);
  proto->mutable_synapse()->set_model(spec.synapse.model);
  Write(spec.synapse.parameters,
        proto->mutable_synapse()->mutable_parameters());
  proto->mutable_synapse()->set_parameter_set(spec.synapse.parameter_set);
}

void Write(const InputSpec& spec, v1::Input* proto) {
  proto->set_name(spec.name);
  proto->set_population(spec.population);
  proto->set_model(spec.model);
  proto->set_receptor(spec.receptor);
  Write(spec.parameters, proto->mutable_parameters());
}

void Write(const EncoderSpec& spec, v1::Encoder* proto) {
  proto->set_name(spec.name);
  proto->set_population(spec.population);
  proto->set_tuning(spec.tuning);
  proto->set_receptor(spec.receptor);
  proto->set_dimension_count(static_cast<int32_t>(spec.dimension_count));
  Write(spec.parameters, proto->mutable_parameters());
}

}  // namespace

v1::Value ToValueProto(const Value& value) {
  v1::Value proto;
  std::visit(ValueWriter(&proto), value);
  return proto;
}

v1::Stimulus ToStimulusProto(const StimulusSpec& spec) {
  v1::Stimulus proto;
  proto.set_population(spec.population);
  proto.mutable_neuron_indices()->Assign(spec.neuron_indices.begin(),
                                         spec.neuron_indices.end());
  proto.mutable_columns()->Assign(spec.columns.begin(), spec.columns.end());
  if (const auto* step = std::get_if<int64_t>(&spec.start)) {
    proto.set_start_step(*step);
  }
  if (const auto* start = std::get_if<StartMs>(&spec.start)) {
    proto.set_start_ms(start->ms);
  }
  if (const auto* current = std::get_if<CurrentStimulusSpec>(&spec.kind)) {
    proto.mutable_current()->mutable_amplitudes()->Assign(
        current->amplitudes.begin(), current->amplitudes.end());
    proto.mutable_current()->set_duration_ms(current->duration_ms);
  }
  if (const auto* spikes = std::get_if<SpikeStimulusSpec>(&spec.kind)) {
    proto.mutable_spikes()->mutable_offsets_ms()->Assign(
        spikes->offsets_ms.begin(), spikes->offsets_ms.end());
    proto.mutable_spikes()->set_weight(spikes->weight);
    proto.mutable_spikes()->set_receptor(spikes->receptor);
  }
  if (const auto* rates = std::get_if<RateStimulusSpec>(&spec.kind)) {
    proto.mutable_rates()->mutable_rates_hz()->Assign(rates->rates_hz.begin(),
                                                      rates->rates_hz.end());
    proto.mutable_rates()->set_duration_ms(rates->duration_ms);
    proto.mutable_rates()->set_weight(rates->weight);
    proto.mutable_rates()->set_receptor(rates->receptor);
  }
  if (const auto* plasticity = std::get_if<PlasticitySwitchSpec>(&spec.kind)) {
    proto.mutable_plasticity()->set_enabled(plasticity->enabled);
    proto.mutable_plasticity()->mutable_projections()->Assign(
        plasticity->projections.begin(), plasticity->projections.end());
  }
  if (const auto* dopamine = std::get_if<DopaminePulseSpec>(&spec.kind)) {
    proto.mutable_dopamine()->set_amount(dopamine->amount);
    proto.mutable_dopamine()->mutable_projections()->Assign(
        dopamine->projections.begin(), dopamine->projections.end());
  }
  if (const auto* values = std::get_if<EncoderValuesSpec>(&spec.kind)) {
    proto.mutable_encoder_values()->set_encoder(values->encoder);
    proto.mutable_encoder_values()->mutable_values()->Assign(
        values->values.begin(), values->values.end());
    proto.mutable_encoder_values()->set_duration_ms(values->duration_ms);
  }
  return proto;
}

v1::Network ToNetworkProto(const NetworkSpec& spec) {
  v1::Network proto;
  proto.set_description(spec.description);
  proto.set_dt_ms(spec.dt_ms);
  proto.set_precision(spec.precision == Precision::kFloat64 ? v1::FLOAT64
                                                            : v1::FLOAT32);
  proto.set_seed(spec.seed);
  for (const auto& p : spec.populations) Write(p, proto.add_populations());
  for (const auto& p : spec.projections) Write(p, proto.add_projections());
  for (const auto& input : spec.inputs) Write(input, proto.add_inputs());
  for (const auto& e : spec.encoders) Write(e, proto.add_encoders());
  for (const auto& s : spec.stimuli) *proto.add_stimuli() = ToStimulusProto(s);
  return proto;
}

}  // namespace spiked::testing
