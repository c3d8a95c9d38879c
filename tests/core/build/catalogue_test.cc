// SPDX-License-Identifier: Apache-2.0
//
// Checks what every model must publish, for all models of the catalogue.

#include "core/build/catalogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "core/spec/names.h"
#include "tests/support/network_builder.h"
#include "tests/support/simulation.h"

namespace spiked {
namespace {

std::vector<const ModelInfo*> AllModels() {
  std::vector<const ModelInfo*> all;
  for (const NeuronModel* m : NeuronModels()) all.push_back(&m->info());
  for (const SynapseModel* m : SynapseModels()) all.push_back(&m->info());
  for (const InputModel* m : InputModels()) all.push_back(&m->info());
  for (const EncoderModel* m : EncoderModels()) all.push_back(&m->info());
  return all;
}

template <typename Models>
std::vector<std::string> Names(const Models& models) {
  std::vector<std::string> names;
  for (const auto* model : models) names.push_back(model->info().name);
  return names;
}

template <typename Table>
void ExpectUniqueDescribedNames(const Table& table) {
  std::set<std::string> names;
  for (const auto& entry : table) {
    EXPECT_TRUE(IsName(entry.name)) << entry.name;
    EXPECT_TRUE(names.insert(entry.name).second) << entry.name;
    EXPECT_FALSE(entry.description.empty()) << entry.name;
  }
}

TEST(Catalogue, ModelsOfAKindAreOrderedByName) {
  for (const auto& names : {Names(NeuronModels()), Names(SynapseModels()),
                            Names(InputModels()), Names(EncoderModels())}) {
    EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
    EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(),
              names.size());
  }
}

TEST(Catalogue, ModelsAreFoundByName) {
  for (const NeuronModel* m : NeuronModels()) {
    EXPECT_EQ(FindNeuronModel(m->info().name), m);
  }
  for (const SynapseModel* m : SynapseModels()) {
    EXPECT_EQ(FindSynapseModel(m->info().name), m);
  }
  for (const InputModel* m : InputModels()) {
    EXPECT_EQ(FindInputModel(m->info().name), m);
  }
  for (const EncoderModel* m : EncoderModels()) {
    EXPECT_EQ(FindEncoderModel(m->info().name), m);
  }
  EXPECT_EQ(FindEncoderModel("dc_current"), nullptr);
  EXPECT_EQ(FindNeuronModel("static"), nullptr);
  EXPECT_EQ(FindSynapseModel(""), nullptr);
  EXPECT_EQ(FindInputModel("izhikevich"), nullptr);
}

TEST(Catalogue, EveryModelDescribesItselfAndItsTables) {
  for (const ModelInfo* info : AllModels()) {
    SCOPED_TRACE(info->name);
    EXPECT_TRUE(IsName(info->name));
    EXPECT_FALSE(info->summary.empty());
    EXPECT_FALSE(info->equations.empty());
    ExpectUniqueDescribedNames(info->parameters);
    ExpectUniqueDescribedNames(info->variables);
    ExpectUniqueDescribedNames(info->receptors);
    ExpectUniqueDescribedNames(info->schemes);
    ExpectUniqueDescribedNames(info->cell_classes);
  }
}

TEST(Catalogue, DefaultsAndCellClassesAreWithinTheBounds) {
  for (const ModelInfo* info : AllModels()) {
    SCOPED_TRACE(info->name);
    const auto expect_allowed = [](const ParameterInfo& p, double value) {
      EXPECT_LE(value, p.max) << p.name;
      if (p.min_exclusive) {
        EXPECT_GT(value, p.min) << p.name;
      } else {
        EXPECT_GE(value, p.min) << p.name;
      }
    };
    for (const ParameterInfo& p : info->parameters) {
      expect_allowed(p, p.default_value);
    }
    for (const CellClassInfo& c : info->cell_classes) {
      for (const auto& [name, value] : c.parameters) {
        const ParameterInfo* p = FindByName(info->parameters, name);
        ASSERT_NE(p, nullptr) << c.name << ": " << name;
        expect_allowed(*p, value);
      }
    }
    for (const OrderInfo& order : info->order) {
      const ParameterInfo* smaller =
          FindByName(info->parameters, order.smaller);
      const ParameterInfo* larger = FindByName(info->parameters, order.larger);
      ASSERT_TRUE(smaller != nullptr && larger != nullptr);
      EXPECT_LE(smaller->default_value, larger->default_value);
    }
  }
}

TEST(Catalogue, EveryNeuronModelRunsWithItsDefaultsInEveryScheme) {
  for (const NeuronModel* model : NeuronModels()) {
    EXPECT_FALSE(model->info().receptors.empty()) << model->info().name;
    std::vector<std::string> schemes = NamesOf(model->info().schemes);
    schemes.push_back("");
    for (const std::string& scheme : schemes) {
      for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
        NetworkSpec network = testing::MakeNetwork(0.1, precision);
        network.populations = {
            testing::MakePopulation("p", model->info().name, 3)};
        network.populations[0].scheme = scheme;
        testing::Simulation simulation(network);
        simulation.Run(100);
        EXPECT_EQ(FindNonFinite(simulation.network(), simulation.state()), "")
            << model->info().name << " " << scheme;
      }
    }
  }
}

TEST(Catalogue, EveryNeuronModelTakesCurrents) {
  for (const NeuronModel* model : NeuronModels()) {
    const ModelInfo& info = model->info();
    const int receptor = CurrentReceptor(info);
    ASSERT_GE(receptor, 0) << info.name;
    EXPECT_TRUE(info.receptors[receptor].name == "current" ||
                info.receptors.size() == 1)
        << info.name;
  }
}

TEST(Catalogue, InputsActOnTheReceptorThatIsNamedOrMadeForThem) {
  const NeuronModel& lif = *FindNeuronModel("lif_exp_ei");
  const NeuronModel& izhikevich = *FindNeuronModel("izhikevich");
  for (const InputModel* input : InputModels()) {
    const std::string& name = input->info().name;
    EXPECT_EQ(InputReceptorIndex(lif, *input, ""),
              name == "poisson_background" ? 0 : 2)
        << name;
    EXPECT_EQ(InputReceptorIndex(lif, *input, "inhibitory"), 1) << name;
    EXPECT_EQ(InputReceptorIndex(izhikevich, *input, ""), 0) << name;
  }
}

TEST(Catalogue, EncodersActOnTheReceptorThatIsNamedOrMadeForThem) {
  const NeuronModel& lif = *FindNeuronModel("lif_exp_ei");
  for (const EncoderModel* encoder : EncoderModels()) {
    const std::string& name = encoder->info().name;
    EXPECT_EQ(EncoderReceptorIndex(lif, *encoder, ""),
              name == "latency" ? 0 : 2)
        << name;
    EXPECT_EQ(EncoderReceptorIndex(lif, *encoder, "inhibitory"), 1) << name;
  }
}

TEST(Catalogue, EncodersBeginWithTheirRange) {
  for (const EncoderModel* encoder : EncoderModels()) {
    const auto& parameters = encoder->info().parameters;
    EXPECT_EQ(parameters[EncoderModel::kLow].name, "low");
    EXPECT_EQ(parameters[EncoderModel::kHigh].name, "high");
    for (int i : {EncoderModel::kLow, EncoderModel::kHigh}) {
      EXPECT_TRUE(parameters[i].is_shared);
    }
  }
}

TEST(Catalogue, FirstSchemeIsTheDefault) {
  for (const NeuronModel* model : NeuronModels()) {
    if (model->info().schemes.empty()) continue;
    const auto hash = [&](const std::string& scheme) {
      NetworkSpec network = testing::MakeNetwork(0.1);
      network.populations = {
          testing::MakePopulation("p", model->info().name, 1)};
      network.populations[0].scheme = scheme;
      network.stimuli.push_back(
          testing::MakeCurrent(network, "p", {7}, 0, 100));
      testing::Simulation simulation(network);
      simulation.Run(100);
      return simulation.Hash();
    };
    EXPECT_EQ(hash(""), hash(model->info().schemes[0].name));
    for (size_t i = 1; i < model->info().schemes.size(); ++i) {
      EXPECT_NE(hash(""), hash(model->info().schemes[i].name));
    }
  }
}

}  // namespace
}  // namespace spiked
