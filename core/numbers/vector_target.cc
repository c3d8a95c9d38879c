// SPDX-License-Identifier: Apache-2.0

#include "core/numbers/vector_target.h"

#include "hwy/targets.h"

namespace spiked {

std::string VectorTarget() {
  // The list begins with the best target. The processor may support better ones
  // that this binary doesn't have.
  return VectorTargets().front();
}

std::vector<std::string> VectorTargets() {
  std::vector<std::string> names;
  for (int64_t target : hwy::SupportedAndGeneratedTargets()) {
    names.emplace_back(hwy::TargetName(target));
  }
  return names;
}

bool ForceVectorTarget(const std::string& name) {
  hwy::SetSupportedTargetsForTest(0);
  if (name.empty()) return true;
  for (int64_t target : hwy::SupportedAndGeneratedTargets()) {
    if (name != hwy::TargetName(target)) continue;
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    return true;
  }
  return false;
}

}  // namespace spiked
