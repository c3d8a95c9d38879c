// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/session_lookup.h"

#include "absl/strings/str_cat.h"
#include "core/validate.h"
#include "server/rpc/convert.h"

namespace spiked {

absl::StatusOr<std::shared_ptr<Session>> FindBuilt(
    const SessionRegistry& registry, const std::string& key) {
  auto session = registry.Find(key);
  if (session.ok() && (*session)->built() == nullptr) {
    return (*session)->NotBuilt();
  }
  return session;
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
