// SPDX-License-Identifier: Apache-2.0

#include "core/neurons/vector_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "core/build/catalogue.h"

namespace spiked::vector_model_test {
namespace {

using ::testing::ElementsAre;

enum Variable { kV, kW, kVariableCount };

const VariableInfo kInfoOfV = {"v", "mV", "Membrane potential.", "0"};
const VariableInfo kInfoOfW = {"w", "pA", "Adaptation.", "0"};

// Every model fills its tables by Append, so none that the catalogue lists has
// rows or receptors other than those that its kernel names.
TEST(VectorModel, EveryModelOfTheCatalogueHasTheTablesOfItsEnumerators) {
  for (const NeuronModel* model : NeuronModels()) {
    EXPECT_FALSE(model->info().receptors.empty());
  }
}

TEST(VectorModel, EntriesStandWhereTheirEnumeratorsSay) {
  std::vector<VariableInfo> table;
  Append(table, kVariableCount, {{kV, kInfoOfV}, {kW, kInfoOfW}});
  ASSERT_EQ(table.size(), 2u);
  EXPECT_EQ(table[kV].name, "v");
  EXPECT_EQ(table[kW].name, "w");
}

TEST(VectorModel, ATableGoesOnWhereItsFirstEntriesEnd) {
  std::vector<VariableInfo> table;
  Append(table, kW, {{kV, kInfoOfV}});
  Append(table, kVariableCount, {{kW, kInfoOfW}});
  EXPECT_EQ(table[kW].name, "w");
}

TEST(VectorModelDeathTest, EntriesOutOfOrderEndTheProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  std::vector<VariableInfo> table;
  EXPECT_DEATH(Append(table, kVariableCount, {{kW, kInfoOfW}, {kV, kInfoOfV}}),
               "entry 0 of a table, w, has the enumerator 1");
}

TEST(VectorModelDeathTest, AnEnumeratorWithoutAnEntryEndsTheProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  std::vector<VariableInfo> table;
  EXPECT_DEATH(Append(table, kVariableCount, {{kV, kInfoOfV}}),
               "1 entries of a table of 2");
}

TEST(VectorModel, VariablesStartWhereTheNetworkSaysNothing) {
  const double none = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> variables = {none, 2, none, 4, none};
  StartAt(absl::MakeSpan(variables), {10, 20, 30});
  EXPECT_THAT(variables, ElementsAre(10, 2, 30, 4, 0));
}

TEST(VectorModel, ColumnsHoldOneNumberOrOneForEachNeuron) {
  ModelInfo info;
  info.parameters = {{"a", "", "One.", 3}, {"b", "", "Another.", 4}};
  Parameters p = Parameters::Resolve(info, "", {}, 2, 0, "p");
  const auto quotient = [](double a, double b) { return a / b; };
  EXPECT_THAT(Column(p, {0, 1}, quotient), ElementsAre(0.75));
  p.Set(1, {1, 2});
  EXPECT_THAT(Column(p, {0, 1}, quotient), ElementsAre(3, 1.5));
  EXPECT_THAT(Column(p, {0}, [](double a) { return 2 * a; }), ElementsAre(6));
}

}  // namespace
}  // namespace spiked::vector_model_test
