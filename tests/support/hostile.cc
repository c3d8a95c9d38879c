// SPDX-License-Identifier: Apache-2.0

#include "tests/support/hostile.h"

#include <limits>
#include <utility>

namespace spiked::testing {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kMax = std::numeric_limits<double>::max();
constexpr double kTiny = std::numeric_limits<double>::denorm_min();

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

ConnectionRule HostileNetworks::Rule() {
  // Nearly all populations have one or more neurons.
  const auto degree = [&] {
    return Chance(hostility_) ? Integer() : OneOf<int64_t>({1, 1, 2, 3});
  };
  switch (random_() % 9) {
    case 0:
      return AllToAll{};
    case 1:
      if (Chance(hostility_)) return OneToOne{};
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
  p.model = OneOf<std::string>({"izhikevich", "hindmarsh_rose", "spike_source",
                                "lif_exp_ei", "lif_cond_exp"});
  if (p.model == "izhikevich") {
    p.cell_class = Name({"", "regular_spiking"});
    p.scheme = Name({"", "euler"});
    p.parameters = Values({"a", "b", "v_peak_mv"});
    p.initial_values = Values({"v_mv", "u"});
  } else if (p.model == "hindmarsh_rose") {
    p.parameters = Values({"a", "r", "ms_per_time_unit"});
    p.initial_values = Values({"x", "z"});
  } else if (p.model != "spike_source") {
    p.parameters = Values({"c_m_pf", "t_ref_ms", "tau_syn_in_ms"});
    p.initial_values = Values({"v_mv", "refractory_steps"});
  }
  p.model = Name({p.model});
  p.column_count = Chance(hostility_) ? Integer() : Chance(0.3) ? p.size : 1;
  p.layer = Name({"", "L4"});
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
  p.weight = AnyValue();
  p.delay_ms = Chance(0.5) ? Value(OneOf<double>({1, 2, 5})) : AnyValue();
  if (Chance(0.2)) {
    p.synapse.model = Name({"stp_markram", "stp_tsodyks"});
    for (const char* name : {"u", "tau_rec_ms"}) {
      if (Chance(0.5)) p.synapse.parameters[Name({name})] = Number();
    }
  } else if (Chance(0.5)) {
    p.synapse.model = Name({"stdp_pair"});
    p.synapse.parameters = {{"weight_min", -100.0}, {"weight_max", 100.0}};
    for (const char* name : {"tau_plus_ms", "a_plus"}) {
      p.synapse.parameters[Name({name})] = Number();
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
  } else if (Chance(0.4)) {
    input.model = Name({"poisson_background"});
    input.parameters = Values({"rate_hz", "weight"});
  } else {
    input.model = Name({"normal_noise_current"});
    input.parameters = Values({"mean", "std"});
  }
  input.receptor = Name({""});
  return input;
}

StimulusSpec HostileNetworks::Stimulus(
    const std::vector<std::string>& plastic) {
  StimulusSpec s;
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
  } else if (!Chance(hostility_)) {
    s.kind = SpikeStimulusSpec{Numbers(), Number(), Name({""})};
  }
  return s;
}

NetworkSpec HostileNetworks::Next() {
  // From almost reasonable to hardly a sensible field.
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
  std::vector<std::string> plastic;
  for (const ProjectionSpec& p : network.projections) {
    if (p.synapse.model == "stdp_pair") plastic.push_back(NameOf(p));
  }
  for (size_t n = random_() % 3; n > 0; --n) {
    network.stimuli.push_back(Stimulus(plastic));
  }
  return network;
}

}  // namespace spiked::testing
