// SPDX-License-Identifier: Apache-2.0

#include "core/spec/parameters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace spiked {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Eq;

ModelInfo Model() {
  ModelInfo info;
  info.parameters = {{"a", "", "", 1}, {"b", "", "", 2}, {"c", "", "", 3}};
  info.cell_classes = {{"class", "", {{"b", 20}, {"c", 30}}}};
  return info;
}

TEST(Parameters, OverridesComeBeforeCellClassBeforeDefault) {
  const Parameters p =
      Parameters::Resolve(Model(), "class", {{"c", 300.0}}, 5, 1, "owner");
  EXPECT_EQ(p.Get(0), 1);
  EXPECT_EQ(p.Get(1), 20);
  EXPECT_EQ(p.Get(2), 300);
}

TEST(Parameters, WithoutCellClassAreTheDefaults) {
  const Parameters p = Parameters::Resolve(Model(), "", {}, 5, 1, "owner");
  EXPECT_THAT(p.column(0), ElementsAre(1));
  EXPECT_THAT(p.column(1), ElementsAre(2));
}

TEST(Parameters, ListHasOneNumberPerElement) {
  const Parameters p = Parameters::Resolve(
      Model(), "", {{"a", std::vector<double>{7, 8, 9}}}, 3, 1, "owner");
  EXPECT_EQ(p.Get(0, 0), 7);
  EXPECT_EQ(p.Get(0, 2), 9);
  EXPECT_EQ(p.Get(1, 2), 2);  // one number for all
}

TEST(Parameters, DrawsDependOnSeedOwnerAndName) {
  const auto draw = [](int64_t seed, const char* owner, int parameter) {
    return Parameters::Resolve(Model(), "",
                               {{"a", Uniform{0, 1}}, {"b", Uniform{0, 1}}}, 3,
                               seed, owner)
        .column(parameter);
  };
  EXPECT_EQ(draw(1, "x", 0), draw(1, "x", 0));
  EXPECT_NE(draw(1, "x", 0), draw(2, "x", 0));
  EXPECT_NE(draw(1, "x", 0), draw(1, "y", 0));
  EXPECT_NE(draw(1, "x", 0), draw(1, "x", 1));
}

TEST(ParameterRow, ConstantIsReadAtEveryVector) {
  const ParameterRow<float> row({5});
  for (size_t i : {0, 16, 1600}) {
    for (size_t lane = 0; lane < 16; ++lane) EXPECT_EQ(row.At(i)[lane], 5);
  }
}

TEST(ParameterRow, ListIsPaddedWithItsLastNumber) {
  std::vector<double> column(17);
  for (size_t i = 0; i < column.size(); ++i) column[i] = static_cast<double>(i);
  const ParameterRow<double> row(column);
  EXPECT_EQ(row.At(0)[15], 15);
  EXPECT_EQ(row.At(16)[0], 16);
  EXPECT_THAT(std::vector<double>(row.At(16), row.At(16) + 16), Each(Eq(16)));
}

TEST(ParameterRow, VectorsAreAligned) {
  const ParameterRow<float> row({1});
  EXPECT_EQ(reinterpret_cast<uintptr_t>(row.At(0)) % 64, 0u);
}

}  // namespace
}  // namespace spiked
