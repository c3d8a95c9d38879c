// SPDX-License-Identifier: Apache-2.0

#include "tests/support/hostile.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "core/build/catalogue.h"
#include "core/spec/names.h"

namespace spiked::testing {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kMax = std::numeric_limits<double>::max();
constexpr double kTiny = std::numeric_limits<double>::denorm_min();

// All plastic models. Half of the entries are stdp_pair, which has a kernel of
// its own.
std::vector<const SynapseModel*> PlasticModels() {
  std::vector<const SynapseModel*> models;
  for (const SynapseModel* model : SynapseModels()) {
    if (model->is_plastic()) models.push_back(model);
  }
  models.resize(2 * models.size(), FindSynapseModel("stdp_pair"));
  return models;
}

// At most `most` of the names, evenly spread.
std::vector<std::string> Some(const std::vector<std::string>& names,
                              size_t most) {
  std::vector<std::string> some;
  const size_t count = std::min(most, names.size());
  for (size_t i = 0; i < count; ++i) {
    some.push_back(names[i * names.size() / count]);
  }
  return some;
}

}  // namespace

bool HostileNetworks::Chance(double p) {
  return std::uniform_real_distribution<double>(0, 1)(random_) < p;
}

template <typename T>
T HostileNetworks::OneOf(const std::vector<T>& choices) {
  return choices[random_() % choices.size()];
}

double HostileNetworks::Number() {
  if (!Chance(hostility_)) {
    return OneOf<double>({0.1, 0.5, 1, 2, 3, 5, 10});
  }
  return OneOf<double>({kNaN, kInfinity, -kInfinity, kMax, -kMax, kTiny, -kTiny,
                        1e300, -1e300, 1e19, -1e19, 1e10, 1e-10, -0.0,
                        9007199254740993.0});
}

int64_t HostileNetworks::Integer() {
  if (!Chance(hostility_)) return OneOf<int64_t>({1, 2, 3, 4, 17, 30});
  return OneOf<int64_t>({0, -1, std::numeric_limits<int64_t>::max(),
                         std::numeric_limits<int64_t>::min(),
                         std::numeric_limits<int32_t>::max(), int64_t{1} << 30,
                         int64_t{1} << 62, 100000});
}

int32_t HostileNetworks::Index() {
  if (!Chance(hostility_)) return 0;
  return OneOf<int32_t>({-1, 3, 1000000000, std::numeric_limits<int32_t>::max(),
                         std::numeric_limits<int32_t>::min()});
}

std::string HostileNetworks::Name(const std::vector<std::string>& known) {
  if (!Chance(hostility_)) return OneOf(known);
  return OneOf<std::string>({"", " ", "p", "P0", std::string(1, '\0'),
                             "\xff\xfe", "a->b", std::string(10000, 'x'), "..",
                             "p0\n", "%s%n", "izhikevitch"});
}

OutOfBounds HostileNetworks::Bounds() {
  return Chance(0.5) ? OutOfBounds::kClip : OutOfBounds::kRedraw;
}

SimpleValue HostileNetworks::Simple() {
  const double low = Number();
  switch (random_() % 5) {
    case 0:
      return low;
    case 1:
      return Uniform{low, Chance(hostility_) ? Number() : low + 1};
    case 2:
      return Chance(hostility_) ? DiscreteUniform{low, Number(), Number()}
                                : DiscreteUniform{low, low + 3, 0.5};
    case 3:
      if (!Chance(hostility_)) return Lognormal{0, 0.5, 0, low + 1, Bounds()};
      return Lognormal{Number(), Number(), Number(), Number(), Bounds()};
    default:
      if (Chance(hostility_)) return std::monostate();
      return Chance(hostility_)
                 ? Normal{low, Number(), Number(), Number(), Bounds()}
                 : Normal{low, 1, low - 0.05, low + 2, Bounds()};
  }
}

Value HostileNetworks::AnyValue() {
  if (Chance(hostility_)) return Numbers();
  if (Chance(hostility_)) return AnyByDistance();
  if (Chance(0.2)) {
    Mixture mixture;
    const size_t size = 1 + random_() % 3;
    for (size_t i = 0; i < size; ++i) {
      mixture.components.push_back(
          {Chance(hostility_) ? Number() : 1.0 / static_cast<double>(size),
           Simple()});
    }
    return mixture;
  }
  return std::visit([](const auto& v) { return Value(v); }, Simple());
}

ValueMap HostileNetworks::Values(const std::vector<std::string>& known) {
  ValueMap values;
  if (known.empty()) return values;
  const size_t size = random_() % 3;
  for (size_t i = 0; i < size; ++i) values[Name(known)] = AnyValue();
  return values;
}

std::vector<double> HostileNetworks::Numbers() {
  std::vector<double> numbers(
      Chance(hostility_) ? OneOf<size_t>({0, 2, 3, 4, 17, 30}) : 1);
  for (double& x : numbers) x = Number();
  return numbers;
}

std::vector<int32_t> HostileNetworks::Indices() {
  std::vector<int32_t> indices(Chance(hostility_) ? random_() % 4 : 1);
  for (int32_t& i : indices) i = Index();
  return indices;
}

// Lengths for two dimensions, one each.
std::vector<double> HostileNetworks::Lengths() {
  std::vector<double> lengths(Chance(hostility_) ? random_() % 5 : 2);
  for (double& x : lengths) x = Chance(hostility_) ? Number() : 2;
  return lengths;
}

// Positions; most have the same extent, 2 x 2.
PositionsSpec HostileNetworks::Positions(int64_t size) {
  PositionsSpec positions;
  positions.periodic = Chance(hostility_);
  const std::vector<double> center =
      Chance(hostility_) ? Lengths() : std::vector<double>();
  switch (random_() % 3) {
    case 0:
      positions.layout = GridPositions{
          {Chance(hostility_) ? Integer() : size, 1}, Lengths(), center};
      break;
    case 1: {
      ListedPositions list;
      list.extent_mm = Lengths();
      list.center_mm = center;
      if (size > 0 && size < 100000) {
        for (auto* coordinates : {&list.x_mm, &list.y_mm}) {
          coordinates->resize(Chance(hostility_) ? random_() % 4 : size);
          for (double& x : *coordinates) {
            x = Chance(hostility_) ? Number() : OneOf<double>({-1, 0, 0.5});
          }
        }
      }
      if (Chance(hostility_)) list.z_mm = Numbers();
      positions.layout = list;
      break;
    }
    default:
      if (Chance(hostility_)) break;
      positions.layout = UniformPositions{Lengths(), center};
  }
  return positions;
}

DistanceDependent HostileNetworks::RuleByDistance() {
  DistanceDependent rule;
  rule.probability = Chance(hostility_) ? Number() : OneOf<double>({0, 0.5, 1});
  switch (random_() % 4) {
    case 0:
      rule.kernel = BoxKernel{Number()};
      break;
    case 1:
      rule.kernel = GaussianKernel{Number()};
      break;
    case 2:
      rule.kernel = ExponentialKernel{Number()};
      break;
    default:
      if (!Chance(hostility_)) rule.kernel = BoxKernel{};
  }
  if (Chance(0.2)) rule.mask.radius_mm = Number();
  if (Chance(0.2)) rule.mask.inner_radius_mm = Chance(0.5) ? 0.1 : Number();
  if (Chance(0.2)) {
    rule.mask.lower_mm = Lengths();
    for (double& x : rule.mask.lower_mm) x = -x;
    rule.mask.upper_mm = Lengths();
  }
  return rule;
}

Value HostileNetworks::AnyByDistance() {
  ByDistance value;
  value.offset = Number();
  switch (random_() % 3) {
    case 0:
      value.shape = LinearOfDistance{Number()};
      break;
    case 1:
      value.shape = GaussianOfDistance{Number(), Number()};
      break;
    default:
      if (!Chance(hostility_)) {
        value.shape = ExponentialOfDistance{Number(), Number()};
      }
  }
  if (Chance(0.2)) value.min = Chance(hostility_) ? Number() : 0.5;
  if (Chance(0.2)) value.max = Chance(hostility_) ? Number() : 10;
  return value;
}

ConnectionRule HostileNetworks::Rule() {
  // Nearly all populations have one or more neurons.
  const auto degree = [&] {
    return Chance(hostility_) ? Integer() : OneOf<int64_t>({1, 1, 2, 3});
  };
  switch (random_() % 10) {
    case 0:
      return AllToAll{};
    case 1:
      // Rare, because few populations have the same size.
      if (Chance(hostility_ + 0.05)) return OneToOne{};
      [[fallthrough]];
    case 2:
      return ExplicitPairs{Indices(), Indices()};
    case 3:
      if (Chance(hostility_)) return std::monostate();
      [[fallthrough]];
    case 4:
      return FixedIndegree{degree()};
    case 5:
      return FixedOutdegree{degree()};
    case 6:
      return FixedTotalNumber{Chance(hostility_) ? Integer()
                                                 : OneOf<int64_t>({1, 3, 8})};
    case 7:
      return RuleByDistance();
    default:
      return PairwiseBernoulli{
          Chance(hostility_) ? Number() : OneOf<double>({0, 0.1, 0.5, 1})};
  }
}

PopulationSpec HostileNetworks::Population() {
  PopulationSpec p;
  p.name = Name(
      {"p" + std::string(1, static_cast<char>('0' + populations_.size()))});
  p.size = Integer();
  const auto all = NeuronModels();
  const ModelInfo& info = all[random_() % all.size()]->info();
  p.model = info.name;
  if (!info.cell_classes.empty()) {
    p.cell_class = Name({"", info.cell_classes.front().name});
  }
  if (!info.schemes.empty()) p.scheme = Name({"", info.schemes.back().name});
  p.parameters = Values(Some(NamesOf(info.parameters), 3));
  p.initial_values = Values(Some(NamesOf(info.variables), 2));
  p.model = Name({p.model});
  p.column_count = Chance(hostility_) ? Integer() : Chance(0.3) ? p.size : 1;
  p.layer = Name({"", "L4"});
  if (Chance(0.5)) p.positions = Positions(p.size);
  populations_.push_back(p.name);
  return p;
}

ProjectionSpec HostileNetworks::Projection(int i) {
  ProjectionSpec p;
  p.name = Name({std::string(1, static_cast<char>('a' + i))});
  p.source = Name(populations_);
  p.target = Name(populations_);
  p.receptor = Name({""});
  p.rule = Rule();
  if (Chance(hostility_)) {
    p.columns = OneOf<ColumnRestriction>(
        {ColumnRestriction::kSame, ColumnRestriction::kOther});
  }
  p.allow_autapses = Chance(0.5);
  const bool is_drawn = std::holds_alternative<FixedIndegree>(p.rule) ||
                        std::holds_alternative<FixedOutdegree>(p.rule) ||
                        std::holds_alternative<FixedTotalNumber>(p.rule);
  p.allow_multapses = Chance(is_drawn ? 0.8 : hostility_);
  p.weight = Chance(0.1) ? AnyByDistance() : AnyValue();
  p.delay_ms = Chance(0.5)   ? Value(OneOf<double>({1, 2, 5}))
               : Chance(0.1) ? AnyByDistance()
                             : AnyValue();
  // Short-term plasticity, another plastic model, or static synapses.
  if (Chance(0.2)) {
    p.synapse.model = Name({"stp_markram", "stp_tsodyks"});
    for (const char* name : {"u", "tau_rec_ms"}) {
      if (Chance(0.5)) p.synapse.parameters[Name({name})] = Number();
    }
  } else if (Chance(0.5)) {
    const SynapseModel* model = OneOf(PlasticModels());
    p.synapse.model = Name({model->info().name});
    p.synapse.parameter_set = Name({""});
    const std::vector<ParameterInfo>& parameters = model->info().parameters;
    for (const ParameterInfo& info : parameters) {
      if (info.name == "weight_min") p.synapse.parameters[info.name] = -100.0;
      if (info.name == "weight_max") p.synapse.parameters[info.name] = 100.0;
    }
    for (int i = 0; i < 2; ++i) {
      const ParameterInfo& info = parameters[random_() % parameters.size()];
      if (info.name.rfind("weight", 0) == 0) continue;
      p.synapse.parameters[Name({info.name})] =
          Chance(hostility_) ? Number() : info.default_value;
    }
  }
  if (Chance(p.synapse.model == "static" ? 0.5 : hostility_)) {
    p.weight_precision = WeightPrecision::kBits16;
  }
  return p;
}

InputSpec HostileNetworks::Input(int i) {
  InputSpec input;
  input.name = Name({std::string(1, static_cast<char>('a' + i))});
  input.population = Name(populations_);
  if (Chance(0.3)) {
    input.model = Name({"uniform_noise_current"});
    input.parameters = {{"low", -1.0}, {Name({"high"}), AnyValue()}};
  } else if (Chance(0.3)) {
    input.model = Name({"poisson_background"});
    input.parameters = Values({"rate_hz", "weight"});
  } else if (Chance(0.3)) {
    input.model = Name({"ornstein_uhlenbeck_current"});
    input.parameters = Values({"mean", "std", "tau_ms"});
  } else if (Chance(0.4)) {
    input.model = Name({"dc_current", "sine_current", "random_neuron_current"});
    input.parameters = Values({"amplitude", "start_ms", "frequency_hz"});
    if (input.model == "random_neuron_current") {
      input.parameters[Name({"interval_ms"})] = Number();
    }
  } else {
    input.model = Name({"normal_noise_current"});
    input.parameters = Values({"mean", "std"});
  }
  input.receptor = Name({""});
  return input;
}

EncoderSpec HostileNetworks::Encoder(int i) {
  EncoderSpec encoder;
  encoder.name = Name({std::string(1, static_cast<char>('a' + i))});
  encoders_.push_back(encoder.name);
  encoder.population = Name(populations_);
  encoder.tuning = Name({"gaussian", "latency", "linear", "on_off"});
  encoder.receptor = Name({""});
  if (Chance(hostility_)) encoder.dimension_count = Integer();
  if (Chance(0.5)) {
    encoder.parameters =
        encoder.tuning == "gaussian"  ? Values({"peak", "width"})
        : encoder.tuning == "latency" ? Values({"weight", "weight"})
                                      : Values({"gain", "gain"});
    encoder.parameters[Name({"high"})] = Number();
  }
  return encoder;
}

StimulusSpec HostileNetworks::Stimulus(
    const std::vector<std::string>& plastic,
    const std::vector<std::string>& with_dopamine) {
  StimulusSpec s;
  // Dopamine pulses, plasticity switches and encoder values.
  if (Chance(with_dopamine.empty() ? hostility_ : 0.5)) {
    if (Chance(hostility_)) s.population = Name(populations_);
    s.start = Chance(0.5) ? Integer() : 2;
    DopaminePulseSpec dopamine = {{}, Number()};
    if (!with_dopamine.empty() && Chance(0.7)) {
      dopamine.projections.push_back(Name(with_dopamine));
    }
    s.kind = dopamine;
    return s;
  }
  if (Chance(plastic.empty() ? hostility_ : 0.3)) {
    if (Chance(hostility_)) s.population = Name(populations_);
    s.start = Chance(0.5) ? Integer() : 2;
    PlasticitySwitchSpec plasticity = {Chance(0.5), {}};
    if (!plastic.empty() && Chance(0.7)) {
      plasticity.projections.push_back(Name(plastic));
    }
    s.kind = plasticity;
    return s;
  }
  if (!encoders_.empty() && Chance(0.5)) {
    s.kind = EncoderValuesSpec{Name(encoders_), Numbers(),
                               Chance(hostility_) ? Number() : 0};
    if (Chance(0.5)) s.start = Integer();
    return s;
  }
  // Currents, rates or spikes for a population.
  s.population = Name(populations_);
  if (Chance(0.3)) s.neuron_indices = Indices();
  if (Chance(hostility_)) s.columns = Indices();
  if (Chance(0.3)) {
    s.start = Integer();
  } else if (Chance(0.5)) {
    s.start = StartMs{Number()};
  }
  if (Chance(0.45)) {
    s.kind = CurrentStimulusSpec{Numbers(), Number()};
  } else if (Chance(0.4)) {
    s.kind = RateStimulusSpec{Numbers(), Number(), Number(), Name({""})};
  } else if (!Chance(hostility_)) {
    s.kind = SpikeStimulusSpec{Numbers(), Number(), Name({""})};
  }
  return s;
}

NetworkSpec HostileNetworks::Next() {
  // From almost valid networks to hardly a sensible field.
  hostility_ = OneOf<double>({0, 0.003, 0.01, 0.03, 0.1, 0.5});
  NetworkSpec network;
  network.dt_ms = Chance(hostility_) ? Number() : OneOf<double>({1, 0.1, 0.5});
  network.precision = Chance(0.5) ? Precision::kFloat32 : Precision::kFloat64;
  network.seed = Integer();
  populations_.clear();
  for (size_t n = 1 + random_() % 3; n > 0; --n) {
    network.populations.push_back(Population());
  }
  for (int i = static_cast<int>(random_() % 4); i > 0; --i) {
    network.projections.push_back(Projection(i));
  }
  for (int i = static_cast<int>(random_() % 3); i > 0; --i) {
    network.inputs.push_back(Input(i));
  }
  encoders_.clear();
  for (int i = static_cast<int>(random_() % 3) - 1; i > 0; --i) {
    network.encoders.push_back(Encoder(i));
  }
  std::vector<std::string> plastic, with_dopamine;
  for (const ProjectionSpec& p : network.projections) {
    const SynapseModel* model = FindSynapseModel(p.synapse.model);
    if (model == nullptr) continue;
    if (model->is_plastic()) plastic.push_back(NameOf(p));
    if (model->takes_dopamine()) with_dopamine.push_back(NameOf(p));
  }
  for (size_t n = random_() % 3; n > 0; --n) {
    network.stimuli.push_back(Stimulus(plastic, with_dopamine));
  }
  return network;
}

}  // namespace spiked::testing
