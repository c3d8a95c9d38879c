// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/call/session_lookup.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/build/validate.h"
#include "server/rpc/convert/convert.h"

namespace spiked {
namespace {

// The number of bytes that can be read in the time of one comparison of names.
constexpr size_t kBytesPerName = 16;

}  // namespace

absl::StatusOr<std::shared_ptr<Session>> FindBuilt(
    const SessionRegistry& registry, const std::string& key,
    const std::string& incarnation_id) {
  auto session = registry.Find(key, incarnation_id);
  if (session.ok() && (*session)->built() == nullptr) {
    return (*session)->NotBuilt();
  }
  return session;
}

size_t SizeOfReading(const Session& session, const Reading& reading) {
  const Session::Built built = session.built();
  size_t size = reading.bytes;
  const size_t known = built->shapes.size() + built->encoder_shapes.size();
  size = std::max(size,
                  static_cast<size_t>(reading.names) * kBytesPerName * known);
  if (reading.all_projections) {
    size = std::max(size, kBytesPerName * built->network->projections.size());
  }
  if (!reading.all_neurons) return size;
  return std::max(size, static_cast<size_t>(built->network->neuron_count));
}

size_t SizeOfReading(const RpcEnvironment& environment,
                     const SessionTarget& target, const Reading& reading) {
  if (reading.names == 0 && !reading.all_neurons && !reading.all_projections) {
    return reading.bytes;
  }
  Violations violations;
  const std::string key = ParseTarget(environment.caller, target, &violations);
  if (key.empty()) return reading.bytes;
  const auto session =
      FindBuilt(*environment.registry, key, target.incarnation_id);
  return session.ok() ? SizeOfReading(**session, reading) : reading.bytes;
}

void CheckStimulusCount(int count, int min, Violations* violations) {
  if (count >= min && count <= kMaxStimuli) return;
  violations->Add("stimuli", absl::StrCat(count, " stimuli; ", min, " to ",
                                          kMaxStimuli, " are allowed"));
}

std::vector<StimulusSpec> ReadStimuli(
    const google::protobuf::RepeatedPtrField<v1::Stimulus>& stimuli,
    const SessionNetwork& network, Violations* violations) {
  std::vector<StimulusSpec> specs = ToSpecs(stimuli);
  for (size_t i = 0; i < specs.size() && !violations->full(); ++i) {
    ValidateStimulus(specs[i], network.shapes, network.plasticity,
                     network.network->dt_ms, absl::StrCat("stimuli[", i, "]"),
                     violations, network.encoder_shapes);
  }
  return specs;
}

}  // namespace spiked
