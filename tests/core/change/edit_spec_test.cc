// SPDX-License-Identifier: Apache-2.0

#include "core/change/edit_spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/build/compile.h"
#include "tests/support/network_builder.h"

namespace spiked {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::MakeCurrent;
using testing::MakeInput;
using testing::MakeNetwork;
using testing::MakePopulation;
using testing::MakeProjection;
using testing::MakeSwitch;

// Three populations that are connected in a ring, each with an input; "a->b" is
// plastic.
NetworkSpec Ring() {
  NetworkSpec spec = MakeNetwork(1);
  for (const char* name : {"a", "b", "c"}) {
    spec.populations.push_back(MakePopulation(name, "lif_delta", 3));
    spec.inputs.push_back(
        MakeInput(name, "dc_current", {{"amplitude", 100.0}}));
  }
  spec.projections = {
      MakeProjection("a", "b", AllToAll{}, 0.5, 1.0, {"stdp_pair", {}}),
      MakeProjection("b", "c", AllToAll{}, 0.5, 1.0),
      MakeProjection("c", "a", AllToAll{}, 0.5, 1.0)};
  spec.stimuli = {MakeCurrent(spec, "a", {1}, 0, 5),
                  MakeCurrent(spec, "b", {1}, 0, 5), MakeSwitch(false, 3),
                  MakeSwitch(true, 4, {"a->b"})};
  EncoderSpec encoder;
  encoder.name = "eyes";
  encoder.population = "c";
  encoder.tuning = "linear";
  spec.encoders = {encoder};
  return spec;
}

EditedSpec Edit(const NetworkSpec& spec, const EditSpec& edit,
                Violations* violations) {
  EditedSpec edited = EditNetwork(spec, edit, "", violations);
  if (!violations->empty()) return edited;
  const auto before = Compile(spec, 1);
  EXPECT_TRUE(before.ok()) << before.status();
  *violations = PlanEdited(edited, **before, "add").violations;
  return edited;
}

std::vector<std::string> NamesOf(const std::vector<ProjectionSpec>& specs) {
  std::vector<std::string> names;
  for (const ProjectionSpec& p : specs) names.push_back(spiked::NameOf(p));
  return names;
}

TEST(EditNetwork, APopulationTakesWhatIsAttachedToItAlong) {
  EditSpec edit;
  edit.removed_populations = {"c"};
  Violations violations;
  const EditedSpec edited = Edit(Ring(), edit, &violations);
  EXPECT_EQ(violations.Text(), "");
  EXPECT_THAT(edited.lineage.populations, ElementsAre(0, 1));
  EXPECT_THAT(NamesOf(edited.spec.projections), ElementsAre("a->b"));
  EXPECT_THAT(edited.lineage.projections, ElementsAre(0));
  EXPECT_THAT(edited.lineage.inputs, ElementsAre(0, 1));
  EXPECT_THAT(edited.lineage.encoders, IsEmpty());
  EXPECT_EQ(edited.spec.stimuli.size(), 4u);
}

TEST(EditNetwork, StimuliThatAreForNothingGo) {
  EditSpec edit;
  edit.removed_populations = {"b"};
  Violations violations;
  const EditedSpec edited = Edit(Ring(), edit, &violations);
  EXPECT_EQ(violations.Text(), "");
  // No plastic projection is left that could be switched.
  ASSERT_EQ(edited.spec.stimuli.size(), 1u);
  EXPECT_EQ(edited.spec.stimuli[0].population, "a");
}

TEST(EditNetwork, WhatIsAddedComesLast) {
  EditSpec edit;
  edit.removed_projections = {"b->c"};
  edit.populations = {MakePopulation("d", "lif_delta", 2)};
  edit.projections = {MakeProjection("c", "d", AllToAll{}, 1.0, 1.0)};
  edit.inputs = {MakeInput("d", "dc_current", {})};
  Violations violations;
  const EditedSpec edited = Edit(Ring(), edit, &violations);
  EXPECT_EQ(violations.Text(), "");
  EXPECT_THAT(edited.lineage.populations, ElementsAre(0, 1, 2, -1));
  EXPECT_THAT(NamesOf(edited.spec.projections),
              ElementsAre("a->b", "c->a", "c->d"));
  EXPECT_THAT(edited.lineage.projections, ElementsAre(0, 2, -1));
  EXPECT_THAT(edited.lineage.inputs, ElementsAre(0, 1, 2, -1));
}

TEST(EditNetwork, ANameCanBeGivenAgainAtOnce) {
  EditSpec edit;
  edit.removed_populations = {"a"};
  edit.populations = {MakePopulation("a", "izhikevich", 7)};
  Violations violations;
  const EditedSpec edited = Edit(Ring(), edit, &violations);
  EXPECT_EQ(violations.Text(), "");
  EXPECT_THAT(edited.lineage.populations, ElementsAre(1, 2, -1));
  // The new population doesn't inherit the stimulus of the old one.
  ASSERT_EQ(edited.spec.stimuli.size(), 1u);
  EXPECT_EQ(edited.spec.stimuli[0].population, "b");
}

TEST(EditNetwork, NamesThatDontExistAreTold) {
  EditSpec edit;
  edit.removed_populations = {"d"};
  edit.removed_projections = {"a->b", "a->b", "b-c"};
  edit.removed_inputs = {"a"};
  edit.removed_encoders = {"eye"};
  Violations violations;
  Edit(Ring(), edit, &violations);
  ASSERT_EQ(violations.size(), 5u);
  EXPECT_EQ(violations.list()[0].field, "remove_populations[0]");
  EXPECT_THAT(violations.list()[0].description, HasSubstr("known: a, b, c"));
  EXPECT_EQ(violations.list()[1].field, "remove_projections[1]");
  EXPECT_THAT(violations.list()[1].description, HasSubstr("occurs twice"));
  EXPECT_EQ(violations.list()[2].field, "remove_projections[2]");
  EXPECT_EQ(violations.list()[3].field, "remove_inputs[0]");
  EXPECT_EQ(violations.list()[4].field, "remove_encoders[0]");
  EXPECT_THAT(violations.list()[4].description, HasSubstr("eyes"));
}

TEST(EditNetwork, MistakesAreFoundWhereTheyWereMade) {
  EditSpec edit;
  edit.removed_projections = {"a->b", "b->c"};
  edit.populations = {MakePopulation("d", "lif_delta", 2),
                      MakePopulation("a", "lif_delta", 2)};
  edit.projections = {MakeProjection("d", "b", AllToAll{}, 1.0, 1.0),
                      MakeProjection("d", "c", AllToAll{}, 1.0, 0.25)};
  Violations violations;
  Edit(Ring(), edit, &violations);
  ASSERT_GE(violations.size(), 2u);
  EXPECT_EQ(violations.list()[0].field, "add.populations[1].name");
  EXPECT_EQ(violations.list()[1].field, "add.projections[1].delay_ms");
}

TEST(EditNetwork, SomethingMustBeLeft) {
  EditSpec edit;
  edit.removed_populations = {"a", "b", "c"};
  Violations violations;
  Edit(Ring(), edit, &violations);
  ASSERT_EQ(violations.size(), 1u);
  EXPECT_EQ(violations.list()[0].field, "network.populations");
}

}  // namespace
}  // namespace spiked
