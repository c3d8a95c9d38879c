// SPDX-License-Identifier: Apache-2.0
//
// Additions to and removals from a network between two steps, as plain values.
// Each field is described at the field of the same name in
// proto/spiked/v1/change.proto.

#ifndef SPIKED_CORE_CHANGE_EDIT_SPEC_H_
#define SPIKED_CORE_CHANGE_EDIT_SPEC_H_

#include <string>
#include <vector>

#include "core/build/plan.h"
#include "core/network/network.h"
#include "core/spec/network_spec.h"
#include "core/spec/violations.h"

namespace spiked {

struct EditSpec {
  // Names to remove.
  std::vector<std::string> removed_populations;
  std::vector<std::string> removed_projections;
  std::vector<std::string> removed_inputs;
  std::vector<std::string> removed_encoders;

  // Additions.
  std::vector<PopulationSpec> populations;
  std::vector<ProjectionSpec> projections;
  std::vector<InputSpec> inputs;
  std::vector<EncoderSpec> encoders;
};

// Origin of each item of an edited network: its index in the network before,
// ascending; then -1 for every addition.
struct Lineage {
  std::vector<int> populations;
  std::vector<int> projections;
  std::vector<int> inputs;
  std::vector<int> encoders;

  // The lineage of a network that is not edited.
  static Lineage Identity(const NetworkSpec& spec);
};

struct EditedSpec {
  NetworkSpec spec;
  Lineage lineage;
};

// The edited network. Removing a population also removes its projections,
// inputs, encoders and stimuli. Adds names that are unknown or occur twice to
// `violations`, with paths under `path`.
EditedSpec EditNetwork(const NetworkSpec& spec, const EditSpec& edit,
                       const std::string& path, Violations* violations);

// Checks and plans the edited network, whose specification the plan refers to.
// Weights that stay are stored as `before` stores them. Paths of violations in
// what was added begin with `path`, others with "network".
NetworkPlan PlanEdited(const EditedSpec& edited, const Network& before,
                       const std::string& path);

}  // namespace spiked

#endif  // SPIKED_CORE_CHANGE_EDIT_SPEC_H_
