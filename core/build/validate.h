// SPDX-License-Identifier: Apache-2.0
//
// Checks specifications before anything is allocated. Reports every mistake
// with its field path, the given value and the allowed values. Paths begin with
// the given prefix, e.g. "network".

#ifndef SPIKED_CORE_BUILD_VALIDATE_H_
#define SPIKED_CORE_BUILD_VALIDATE_H_

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/network/network.h"
#include "core/spec/model_info.h"
#include "core/spec/network_spec.h"
#include "core/spec/value.h"
#include "core/spec/violations.h"

namespace spiked {

// Largest number of entries of each kind in a network.
struct NetworkLimits {
  static constexpr int kMaxPopulations = 10'000;
  static constexpr int kMaxProjections = 100'000;
  static constexpr int kMaxInputs = 10'000;
  static constexpr int kMaxEncoders = 10'000;
  static constexpr int kMaxStimuli = 100'000;
};

// Checks a whole network. If nothing is wrong, stores the expected number of
// synapses of each projection in `synapse_counts`, which may be null.
Violations ValidateNetwork(const NetworkSpec& spec, const std::string& path,
                           std::vector<double>* synapse_counts = nullptr);

// The facts about a population that checks of stimuli need.
struct PopulationShape {
  std::string name;
  int64_t size = 0;                  // 0: invalid, reported with the population
  int64_t column_count = 1;          // 0: likewise
  const ModelInfo* model = nullptr;  // null: unknown
  double largest = std::numeric_limits<double>::max();  // see NumberProblem
};
std::vector<PopulationShape> ShapesOf(const Network& network);

// The kinds of stimuli that a projection can have.
enum class Plasticity {
  kNone,
  kPlastic,       // its plasticity can be switched off and on
  kWithDopamine,  // likewise, and it takes dopamine
};
// The plasticity of each projection, by name.
class PlasticityByName {
 public:
  using Entry = std::pair<const std::string, Plasticity>;
  PlasticityByName() = default;
  PlasticityByName(std::initializer_list<Entry> entries) {
    for (const Entry& entry : entries) Add(entry.first, entry.second);
  }
  bool operator==(const PlasticityByName&) const = default;

  // Does nothing if there is an entry of that name.
  void Add(const std::string& name, Plasticity plasticity) {
    if (by_name_.emplace(name, plasticity).second) {
      most_ = std::max(most_, plasticity);
    }
  }
  // Null if there is no such projection.
  const Plasticity* Find(const std::string& name) const {
    const auto it = by_name_.find(name);
    return it == by_name_.end() ? nullptr : &it->second;
  }
  // The highest plasticity of all projections, without a search.
  Plasticity most() const { return most_; }
  const std::map<std::string, Plasticity>& by_name() const { return by_name_; }

 private:
  std::map<std::string, Plasticity> by_name_;
  Plasticity most_ = Plasticity::kNone;
};
Plasticity PlasticityOf(bool is_plastic, bool takes_dopamine);
PlasticityByName PlasticityOf(const Network& network);

// The facts about an encoder that checks of stimuli need.
struct EncoderShape {
  std::string name;
  int64_t dimension_count = 0;  // 0: invalid, reported with the encoder
  bool is_current = true;       // see EncoderModel
};
std::vector<EncoderShape> EncoderShapesOf(const Network& network);

// Checks a stimulus against the populations, projections and encoders of a
// network.
void ValidateStimulus(const StimulusSpec& spec,
                      const std::vector<PopulationShape>& populations,
                      const PlasticityByName& projections, double dt_ms,
                      const std::string& path, Violations* violations,
                      const std::vector<EncoderShape>& encoders = {});

// Checks that indices are in [0, end), each at most once.
void ValidateIndices(const std::vector<int32_t>& indices, int64_t end,
                     const std::string& path, Violations* violations);

// Checks the values of a model's parameters: names, ranges, lengths of lists.
// `count` is the length that lists must have; 0 allows constants only. `dt_ms`
// is the network's, for times that are counted in steps.
inline constexpr int64_t kUnknownCount = -1;  // any length is allowed
void ValidateParameters(const ModelInfo& model, const std::string& cell_class,
                        const ValueMap& values, int64_t count, double dt_ms,
                        const std::string& path, Violations* violations,
                        double largest = std::numeric_limits<double>::max());

// The ranges of a model's parameters, given or by default, in the order of
// ModelInfo::parameters. Requires: valid values.
std::vector<ValueRange> ParameterRanges(const ModelInfo& model,
                                        const ValueMap& values);

// Checks a value by itself: that it is complete, and that none of its numbers
// is beyond `largest`. Returns false if it has violations or is missing, which
// is no violation here.
bool ValidateValue(const Value& value, const std::string& path,
                   Violations* violations,
                   double largest = std::numeric_limits<double>::max());

// The largest number that a network of a precision can hold.
double LargestNumber(Precision precision);

// The reason why a number is not finite or beyond `largest`; empty if it is
// neither.
std::string NumberProblem(double x, double largest);

}  // namespace spiked

#endif  // SPIKED_CORE_BUILD_VALIDATE_H_
