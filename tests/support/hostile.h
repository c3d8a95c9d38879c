// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_SUPPORT_HOSTILE_H_
#define SPIKED_TESTS_SUPPORT_HOSTILE_H_

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "core/spec/network_spec.h"

namespace spiked::testing {

// Networks that no reasonable person would ask for: valid ones with some fields
// replaced by extreme, nonsensical or wrongly typed values. The same seed gives
// the same networks.
class HostileNetworks {
 public:
  explicit HostileNetworks(uint64_t seed) : random_(seed) {}

  NetworkSpec Next();

 private:
  bool Chance(double p);
  template <typename T>
  T OneOf(const std::vector<T>& choices);
  double Number();
  int64_t Integer();
  int32_t Index();
  std::string Name(const std::vector<std::string>& known);
  OutOfBounds Bounds();
  SimpleValue Simple();
  Value AnyValue();
  ValueMap Values(const std::vector<std::string>& known);
  std::vector<double> Numbers();
  std::vector<int32_t> Indices();
  ConnectionRule Rule();
  DistanceDependent RuleByDistance();
  PositionsSpec Positions(int64_t size);
  std::vector<double> Lengths();
  Value AnyByDistance();
  PopulationSpec Population();
  ProjectionSpec Projection(int i);
  InputSpec Input(int i);
  EncoderSpec Encoder(int i);
  StimulusSpec Stimulus(const std::vector<std::string>& plastic,
                        const std::vector<std::string>& with_dopamine);

  std::mt19937_64 random_;
  double hostility_ = 0;                  // of the network being made
  std::vector<std::string> populations_;  // population names of this network
  std::vector<std::string> encoders_;     // encoder names of this network
};

}  // namespace spiked::testing

#endif  // SPIKED_TESTS_SUPPORT_HOSTILE_H_
