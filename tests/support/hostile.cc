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

const std::vector<std::string>& Populations() {
  static const auto* const names =
      new std::vector<std::string>{"p0", "p1", "p2"};
  return *names;
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
    return OneOf<double>({0, 0.1, 0.5, 1, 2, 3, 5, 10, -1, -60});
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
  if (!Chance(hostility_)) return OneOf<int32_t>({0, 1, 2});
  return OneOf<int32_t>({-1, 3, 1000000000,
                         std::numeric_limits<int32_t>::max(),
                         std::numeric_limits<int32_t>::min()});
}

std::string HostileNetworks::Name(const std::vector<std::string>& known) {
  if (!Chance(hostility_)) return OneOf(known);
  return OneOf<std::string>({"", " ", "p", "P0", std::string(1, '\0'),
                             "\xff\xfe", "a->b", std::string(10000, 'x'),
                             "..", "p0\n", "%s%n", "izhikevitch"});
}

SimpleValue HostileNetworks::Simple() {
  switch (random_() % 5) {
    case 0:
      return Number();
    case 1:
      return Uniform{Number(), Number()};
    case 2:
      return DiscreteUniform{Number(), Number(), Number()};
    case 3:
      return Normal{Number(), Number(), Number(), Number()};
    default:
      return Chance(0.5) ? SimpleValue(Normal{Number(), Number()})
                         : SimpleValue(std::monostate());
  }
}

Value HostileNetworks::AnyValue() {
  if (Chance(0.5)) return Number();
  switch (random_() % 6) {
    case 0:
      return Numbers();
    case 1: {
      Mixture mixture;
      const size_t size = random_() % 4;
      for (size_t i = 0; i < size; ++i) {
        mixture.components.push_back(
            {Chance(hostility_) ? Number() : 1.0 / static_cast<double>(size),
             Simple()});
      }
      return mixture;
    }
    default: {
      const SimpleValue simple = Simple();
      return std::visit([](const auto& v) { return Value(v); }, simple);
    }
  }
}

ValueMap HostileNetworks::Values(const std::vector<std::string>& known) {
  ValueMap values;
  const size_t size = random_() % 3;
  for (size_t i = 0; i < size; ++i) values[Name(known)] = AnyValue();
  return values;
}

std::vector<double> HostileNetworks::Numbers() {
  std::vector<double> numbers(OneOf<size_t>({0, 1, 2, 3, 4, 17, 30}));
  for (double& x : numbers) x = Number();
  return numbers;
}

std::vector<int32_t> HostileNetworks::Indices() {
  std::vector<int32_t> indices(random_() % 4);
  for (int32_t& i : indices) i = Index();
  return indices;
}

ConnectionRule HostileNetworks::Rule() {
  switch (random_() % 6) {
    case 0:
      return AllToAll{};
    case 1:
      return OneToOne{};
    case 2:
      return ExplicitPairs{Indices(), Indices()};
    case 3:
      if (Chance(hostility_)) return std::monostate();
      [[fallthrough]];
    default:
      return PairwiseBernoulli{Number()};
  }
}

PopulationSpec HostileNetworks::Population(int i) {
  PopulationSpec p;
  p.name = Chance(hostility_) ? Name(Populations()) : Populations()[i];
  p.size = Integer();
  p.model = Name({"izhikevich", "hindmarsh_rose", "spike_source"});
  p.cell_class = Name({"", "", "regular_spiking"});
  p.scheme = Name({"", "", "euler", "rk4"});
  p.parameters = Values({"a", "b", "r", "ms_per_time_unit", "v_peak_mv"});
  p.initial_values = Values({"v_mv", "u", "x", "z"});
  p.column_count = Chance(0.7) ? 1 : Integer();
  p.layer = Name({"", "L4"});
  return p;
}

ProjectionSpec HostileNetworks::Projection() {
  ProjectionSpec p;
  p.name = Name({"", "a", "b", "c"});
  p.source = Name(Populations());
  p.target = Name(Populations());
  p.receptor = Name({"", "", "current", "spikes"});
  p.rule = Rule();
  p.columns = OneOf<ColumnRestriction>({ColumnRestriction::kAny,
                                        ColumnRestriction::kAny,
                                        ColumnRestriction::kSame,
                                        ColumnRestriction::kOther});
  p.allow_autapses = Chance(0.5);
  p.weight = AnyValue();
  p.delay_ms = Chance(0.5) ? Value(OneOf<double>({1, 2, 5})) : AnyValue();
  p.synapse.model = Name({"static", "stdp_pair"});
  if (p.synapse.model == "stdp_pair") {
    p.synapse.parameters =
        Values({"tau_plus_ms", "a_plus", "weight_min", "weight_max"});
  }
  return p;
}

InputSpec HostileNetworks::Input() {
  InputSpec input;
  input.name = Name({"", "a", "b"});
  input.population = Name(Populations());
  input.model = Name({"uniform_noise_current", "normal_noise_current"});
  input.parameters = Values({"low", "high", "mean", "std"});
  return input;
}

StimulusSpec HostileNetworks::Stimulus() {
  StimulusSpec s;
  s.population = Name(Populations());
  if (Chance(0.3)) s.neuron_indices = Indices();
  if (Chance(0.2)) s.columns = Indices();
  if (Chance(0.3)) {
    s.start = Integer();
  } else if (Chance(0.5)) {
    s.start = StartMs{Number()};
  }
  if (Chance(0.45)) {
    s.kind = CurrentStimulusSpec{Numbers(), Number()};
  } else if (!Chance(hostility_)) {
    s.kind = SpikeStimulusSpec{Numbers(), Number(),
                               Name({"", "", "current", "spikes"})};
  }
  return s;
}

NetworkSpec HostileNetworks::Next() {
  // From almost reasonable to hardly a sensible field.
  hostility_ = OneOf<double>({0, 0, 0.002, 0.01, 0.1, 0.5});
  NetworkSpec network;
  network.dt_ms = Chance(hostility_) ? Number() : OneOf<double>({1, 0.1, 0.5});
  network.precision =
      Chance(0.5) ? Precision::kFloat32 : Precision::kFloat64;
  network.seed = Integer();
  const int populations = 1 + static_cast<int>(random_() % 3);
  for (int i = 0; i < populations; ++i) {
    network.populations.push_back(Population(i));
  }
  for (size_t n = random_() % 4; n > 0; --n) {
    network.projections.push_back(Projection());
  }
  for (size_t n = random_() % 3; n > 0; --n) network.inputs.push_back(Input());
  for (size_t n = random_() % 3; n > 0; --n) {
    network.stimuli.push_back(Stimulus());
  }
  return network;
}

}  // namespace spiked::testing
