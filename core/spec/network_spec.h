// SPDX-License-Identifier: Apache-2.0
//
// The specification of a network as a plain value, in ms and with names, as a
// client gives it. Every field is described, with unit, range and default, at
// the field of the same name in proto/spiked/v1/network.proto. Nothing here is
// checked; Validate (core/build/validate.h) does that, and Compile
// (core/build/compile.h) makes a network that can be stepped.

#ifndef SPIKED_CORE_SPEC_NETWORK_SPEC_H_
#define SPIKED_CORE_SPEC_NETWORK_SPEC_H_

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace spiked {

struct Uniform {
  double low = 0;
  double high = 0;  // exclusive

  bool operator==(const Uniform&) const = default;
};

struct DiscreteUniform {
  double low = 0;
  double high = 0;  // inclusive
  double spacing = 1;

  bool operator==(const DiscreteUniform&) const = default;
};

// Treatment of draws beyond the bounds of a distribution.
enum class OutOfBounds { kRedraw, kClip };

struct Normal {
  double mean = 0;
  double std = 0;
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
  OutOfBounds out_of_bounds = OutOfBounds::kRedraw;

  bool operator==(const Normal&) const = default;
};

// exp(X), X normally distributed.
struct Lognormal {
  double log_mean = 0;  // mean of X
  double log_std = 0;   // standard deviation of X
  double min = 0;
  double max = std::numeric_limits<double>::infinity();
  OutOfBounds out_of_bounds = OutOfBounds::kRedraw;

  bool operator==(const Lognormal&) const = default;
};

// A value that a mixture can choose.
using SimpleValue = std::variant<std::monostate, double, Uniform,
                                 DiscreteUniform, Normal, Lognormal>;

struct Mixture {
  struct Component {
    double probability = 0;
    SimpleValue value;

    bool operator==(const Component&) const = default;
  };
  std::vector<Component> components;

  bool operator==(const Mixture&) const = default;
};

// Functions of the distance d of two neurons.
struct LinearOfDistance {  // slope_per_mm * d
  double slope_per_mm = 0;

  bool operator==(const LinearOfDistance&) const = default;
};
struct GaussianOfDistance {  // amplitude * exp(-d^2 / (2 std_mm^2))
  double amplitude = 0;
  double std_mm = 0;

  bool operator==(const GaussianOfDistance&) const = default;
};
struct ExponentialOfDistance {  // amplitude * exp(-d / decay_mm)
  double amplitude = 0;
  double decay_mm = 0;

  bool operator==(const ExponentialOfDistance&) const = default;
};

// For weights and delays of projections: offset plus a function of the distance
// between source and target, kept within the bounds.
struct ByDistance {
  double offset = 0;
  std::variant<std::monostate, LinearOfDistance, GaussianOfDistance,
               ExponentialOfDistance>
      shape;
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();

  bool operator==(const ByDistance&) const = default;
};

// A number for each element. std::monostate: no value was given.
using Value =
    std::variant<std::monostate, double, std::vector<double>, Uniform,
                 DiscreteUniform, Normal, Lognormal, Mixture, ByDistance>;

using ValueMap = std::map<std::string, Value>;

enum class Precision { kFloat32, kFloat64 };

// Where neurons are, in mm: vectors have one entry per dimension, two or three.
struct GridPositions {
  std::vector<int64_t> shape;
  std::vector<double> spacing_mm;  // or one entry for all dimensions
  std::vector<double> center_mm;   // or none: 0
};
struct ListedPositions {
  std::vector<double> x_mm;  // [size]
  std::vector<double> y_mm;  // [size]
  std::vector<double> z_mm;  // [size], or empty: two dimensions
  std::vector<double> extent_mm;
  std::vector<double> center_mm;  // or none: 0
};
struct UniformPositions {
  std::vector<double> extent_mm;
  std::vector<double> center_mm;  // or none: 0
};
struct PositionsSpec {
  std::variant<std::monostate, GridPositions, ListedPositions, UniformPositions>
      layout;
  bool periodic = false;
};

struct PopulationSpec {
  std::string name;
  int64_t size = 0;
  std::string model;
  std::string cell_class;
  std::string scheme;
  ValueMap parameters;
  ValueMap initial_values;
  int64_t column_count = 1;
  std::string layer;
  std::optional<PositionsSpec> positions;
};

struct AllToAll {};
struct OneToOne {};
struct PairwiseBernoulli {
  double probability = 0;
};
struct ExplicitPairs {
  std::vector<int32_t> source_indices;
  std::vector<int32_t> target_indices;
};

// Each target receives `degree` synapses from sources drawn at random.
struct FixedIndegree {
  int64_t degree = 0;
};
// Each source sends `degree` synapses to targets drawn at random.
struct FixedOutdegree {
  int64_t degree = 0;
};
// `count` synapses in all between sources and targets drawn at random.
struct FixedTotalNumber {
  int64_t count = 0;
};

// How a probability falls with the distance d.
struct BoxKernel {  // 1 up to the radius
  double radius_mm = std::numeric_limits<double>::infinity();
};
struct GaussianKernel {  // exp(-d^2 / (2 std_mm^2))
  double std_mm = 0;
};
struct ExponentialKernel {  // exp(-d / decay_mm)
  double decay_mm = 0;
};

// Where a target may be, relative to its source. All conditions must hold.
struct DistanceMask {
  double inner_radius_mm = 0;
  double radius_mm = std::numeric_limits<double>::infinity();
  std::vector<double> lower_mm;  // one per dimension, or none
  std::vector<double> upper_mm;
};

// Connects each pair independently, with probability * kernel(distance).
struct DistanceDependent {
  double probability = 0;
  std::variant<std::monostate, BoxKernel, GaussianKernel, ExponentialKernel>
      kernel;
  DistanceMask mask;
};

using ConnectionRule =
    std::variant<std::monostate, AllToAll, OneToOne, PairwiseBernoulli,
                 ExplicitPairs, FixedIndegree, FixedOutdegree, FixedTotalNumber,
                 DistanceDependent>;

// How the weights of a projection are stored.
enum class WeightPrecision {
  kAuto,    // chosen by rule, see ChooseWeightFormat
  kBits16,  // integers, in units of the largest weight / 4095
  kFull,    // in the network's precision
};

enum class ColumnRestriction { kAny, kSame, kOther };

struct SynapseSpec {
  std::string model = "static";
  ValueMap parameters;
  std::string parameter_set;

  bool operator==(const SynapseSpec&) const = default;
};

struct ProjectionSpec {
  std::string name;
  std::string source;
  std::string target;
  std::string receptor;
  ConnectionRule rule;
  ColumnRestriction columns = ColumnRestriction::kAny;
  bool allow_autapses = false;
  bool allow_multapses = false;  // for the fixed-degree and -number rules
  Value weight;
  Value delay_ms;
  double dendritic_delay_fraction = 0;
  SynapseSpec synapse;
  WeightPrecision weight_precision = WeightPrecision::kAuto;
};

struct InputSpec {
  std::string name;
  std::string population;
  std::string model;
  std::string receptor;  // empty: the first, or CurrentReceptor
  ValueMap parameters;
};

struct EncoderSpec {
  std::string name;
  std::string population;
  std::string tuning;    // an encoder model
  std::string receptor;  // empty: the first, or CurrentReceptor
  int64_t dimension_count = 1;
  ValueMap parameters;
};

struct CurrentStimulusSpec {
  std::vector<double> amplitudes;
  double duration_ms = 0;
};

struct SpikeStimulusSpec {
  std::vector<double> offsets_ms;
  double weight = 1;
  std::string receptor;
};

// Random spikes: a Poisson process for each neuron.
struct RateStimulusSpec {
  std::vector<double> rates_hz;
  double duration_ms = 0;
  double weight = 1;
  std::string receptor;
};

// Switches whether the weights of projections change, from the start on.
struct PlasticitySwitchSpec {
  bool enabled = false;
  std::vector<std::string> projections;  // empty: all plastic ones
};

// An amount that is added to the dopamine concentration of projections.
struct DopaminePulseSpec {
  std::vector<std::string> projections;  // empty: all that take it
  double amount = 0;
};

// Values for an encoder. Duration 0: until the next ones.
struct EncoderValuesSpec {
  std::string encoder;
  std::vector<double> values;
  double duration_ms = 0;
};

using StimulusKind =
    std::variant<std::monostate, CurrentStimulusSpec, SpikeStimulusSpec,
                 PlasticitySwitchSpec, EncoderValuesSpec, DopaminePulseSpec,
                 RateStimulusSpec>;

// When a stimulus begins: as soon as possible, at a step, or at a time in ms.
struct AsSoonAsPossible {};
struct StartMs {
  double ms = 0;
};
using StimulusStart = std::variant<AsSoonAsPossible, int64_t, StartMs>;

struct StimulusSpec {
  std::string population;
  std::vector<int32_t> neuron_indices;
  std::vector<int32_t> columns;
  StimulusStart start;
  StimulusKind kind;
};

struct NetworkSpec {
  std::string description;
  double dt_ms = 0;
  Precision precision = Precision::kFloat32;
  int64_t seed = 0;
  std::vector<PopulationSpec> populations;
  std::vector<ProjectionSpec> projections;
  std::vector<InputSpec> inputs;
  std::vector<EncoderSpec> encoders;
  std::vector<StimulusSpec> stimuli;
};

// The name of a projection or input; if it has none, one made from what it
// connects.
inline std::string NameOf(const ProjectionSpec& spec) {
  return spec.name.empty() ? spec.source + "->" + spec.target : spec.name;
}
inline std::string NameOf(const InputSpec& spec) {
  return spec.name.empty() ? spec.model + "->" + spec.population : spec.name;
}

}  // namespace spiked

#endif  // SPIKED_CORE_SPEC_NETWORK_SPEC_H_
