// SPDX-License-Identifier: Apache-2.0

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/build/validate.h"
#include "core/spec/value.h"
#include "tests/support/not_a_number.h"

namespace spiked {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kNaN;
using ::testing::SizeIs;

constexpr double kMax = std::numeric_limits<double>::max();

struct BadValue {
  const char* name;
  Value value;
  const char* field;  // below the value's own path
  std::vector<std::string> telling;
};

void PrintTo(const BadValue& bad, std::ostream* out) { *out << bad.name; }

class BadValueTest : public ::testing::TestWithParam<BadValue> {};

TEST_P(BadValueTest, IsToldWithPathNumberAndRule) {
  Violations violations;
  EXPECT_FALSE(ValidateValue(GetParam().value, "here", &violations));
  ASSERT_THAT(violations.list(), SizeIs(1)) << violations.Text();
  EXPECT_EQ(violations.list()[0].field, absl::StrCat("here", GetParam().field));
  for (const std::string& part : GetParam().telling) {
    EXPECT_THAT(violations.list()[0].description, HasSubstr(part));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, BadValueTest,
    ::testing::Values(
        BadValue{"ConstantNaN", kNaN, "", {"nan", "finite"}},
        BadValue{"ConstantInfinite", kInfinity, "", {"inf", "finite"}},
        BadValue{"ListNaN",
                 std::vector<double>{1, kNaN, kInfinity},
                 ".list.values[1]",
                 {"nan"}},
        BadValue{"UniformLowNaN", Uniform{kNaN, 1}, ".uniform.low", {"nan"}},
        BadValue{"UniformHighInfinite",
                 Uniform{0, kInfinity},
                 ".uniform.high",
                 {"inf"}},
        BadValue{"UniformEmpty",
                 Uniform{2, 2},
                 ".uniform.high",
                 {"2 is not greater than low (2)"}},
        BadValue{"UniformTooWide",
                 Uniform{-kMax, kMax},
                 ".uniform.high",
                 {"too far from low"}},
        BadValue{"DiscreteHighBelowLow",
                 DiscreteUniform{3, 2, 1},
                 ".discrete_uniform.high",
                 {"2 is less than low (3)"}},
        BadValue{"DiscreteSpacingZero",
                 DiscreteUniform{1, 2, 0},
                 ".discrete_uniform.spacing",
                 {"0 is not greater than 0"}},
        BadValue{"DiscreteSpacingNaN",
                 DiscreteUniform{1, 2, kNaN},
                 ".discrete_uniform.spacing",
                 {"nan"}},
        BadValue{"DiscreteOffItsGrid",
                 DiscreteUniform{1, 2.5, 1},
                 ".discrete_uniform.high",
                 {"2.5", "low (1)", "spacing (1)"}},
        BadValue{"DiscreteTooMany",
                 DiscreteUniform{0, 1e10, 1},
                 ".discrete_uniform.high",
                 {"1e9"}},
        BadValue{"DiscreteTooWide",
                 DiscreteUniform{-kMax, kMax, kMax},
                 ".discrete_uniform.high",
                 {"1e9"}},
        BadValue{"NormalMeanNaN", Normal{kNaN, 1}, ".normal.mean", {"nan"}},
        BadValue{"NormalStdNegative",
                 Normal{0, -0.5},
                 ".normal.std",
                 {"-0.5 is less than 0"}},
        BadValue{
            "NormalTooWide", Normal{0, kMax}, ".normal.std", {"too large"}},
        BadValue{
            "NormalMinNaN", Normal{0, 1, kNaN, 1}, ".normal", {"min and max"}},
        BadValue{"NormalBoundsExchanged",
                 Normal{0, 1, 1, -1},
                 ".normal.max",
                 {"-1 is less than min (1)"}},
        BadValue{"NormalBoundsFarOut",
                 Normal{0, 1, 4, kInfinity},
                 ".normal",
                 {"[4, inf]", "0.001"}},
        BadValue{"NormalConstantOutOfBounds",
                 Normal{0, 0, 1, 2},
                 ".normal",
                 {"0, the only number", "[1, 2]"}},
        BadValue{"NormalClippedAboveAllNumbers",
                 Normal{0, 1, kInfinity, kInfinity, OutOfBounds::kClip},
                 ".normal",
                 {"no finite number is in [inf, inf]"}},
        BadValue{"NormalClippedBoundsExchanged",
                 Normal{0, 1, 1, -1, OutOfBounds::kClip},
                 ".normal.max",
                 {"-1 is less than min (1)"}},
        BadValue{"LognormalMeanNaN",
                 Lognormal{kNaN, 1},
                 ".lognormal.log_mean",
                 {"nan", "finite"}},
        BadValue{"LognormalStdNegative",
                 Lognormal{0, -1},
                 ".lognormal.log_std",
                 {"-1 is less than 0"}},
        BadValue{"LognormalOverflows",
                 Lognormal{700, 1},
                 ".lognormal",
                 {"exp(700 + 10 * 1)", "finite"}},
        BadValue{
            "LognormalTooWide", Lognormal{0, kMax}, ".lognormal", {"finite"}},
        BadValue{"LognormalMinNegative",
                 Lognormal{0, 1, -1},
                 ".lognormal.min",
                 {"-1 is less than 0"}},
        BadValue{"LognormalMaxNaN",
                 Lognormal{0, 1, 0, kNaN},
                 ".lognormal",
                 {"min and max"}},
        BadValue{"LognormalBoundsExchanged",
                 Lognormal{0, 1, 2, 1},
                 ".lognormal.max",
                 {"1 is less than min (2)"}},
        BadValue{"LognormalBoundsFarOut",
                 Lognormal{0, 1, 40, kInfinity},
                 ".lognormal",
                 {"[40, inf]", "0.001"}},
        BadValue{"LognormalConstantOutOfBounds",
                 Lognormal{0, 0, 2, 3},
                 ".lognormal",
                 {"1, the only number", "[2, 3]"}},
        BadValue{"MixtureEmpty",
                 Mixture{},
                 ".mixture.components",
                 {"0 components", "1 to 16"}},
        BadValue{"MixtureTooLong",
                 Mixture{std::vector<Mixture::Component>(17, {1 / 17.0, 1.0})},
                 ".mixture.components",
                 {"17", "1 to 16"}},
        BadValue{"MixtureSumBelowOne",
                 Mixture{{{0.5, 1.0}, {0.4, 2.0}}},
                 ".mixture.components",
                 {"0.9", "add up to 1"}},
        BadValue{"MixtureProbabilityNegative",
                 Mixture{{{-0.5, 1.0}, {1, 2.0}}},
                 ".mixture.components[0].probability",
                 {"-0.5", "[0, 1]"}},
        BadValue{"MixtureProbabilityNaN",
                 Mixture{{{1, 1.0}, {kNaN, 2.0}}},
                 ".mixture.components[1].probability",
                 {"nan", "[0, 1]"}},
        BadValue{"MixtureWithoutValue",
                 Mixture{{{1, std::monostate()}}},
                 ".mixture.components[0].value",
                 {"required"}},
        BadValue{"MixtureOfInvalid",
                 Mixture{{{0.5, 1.0}, {0.5, Uniform{1, 0}}}},
                 ".mixture.components[1].value.uniform.high",
                 {"0 is not greater than low (1)"}},
        BadValue{"MixtureOfInvalidLognormal",
                 Mixture{{{0.5, 1.0}, {0.5, Lognormal{0, -1}}}},
                 ".mixture.components[1].value.lognormal.log_std",
                 {"-1 is less than 0"}}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(ValidateValue, ValidValuesHaveNoViolations) {
  const Value values[] = {
      0.0,
      -1e300,
      std::vector<double>{1, 2},
      std::vector<double>{},
      Uniform{-1, 1},
      DiscreteUniform{1, 19, 1},
      DiscreteUniform{0.1, 0.7, 0.1},
      DiscreteUniform{5, 5, 1},
      Normal{0, 1},
      Normal{0, 1, 3, kInfinity},  // 0.00135
      Normal{1, 0, 1, 2},
      Normal{0, 1, 9, kInfinity, OutOfBounds::kClip},
      Lognormal{0, 1},
      Lognormal{-1000, 1, 0, 1},
      Lognormal{600, 10},
      Lognormal{0, 1, 20, kInfinity},  // 0.00137
      Lognormal{0, 1, 40, 50, OutOfBounds::kClip},
      Lognormal{0, 0, 1, 1},
      Mixture{{{1.0 / 3, 1.0}, {1.0 / 3, Normal{0, 1}}, {1.0 / 3, 2.0}}},
      Mixture{{{0.5, Lognormal{0, 1}}, {0.5, 2.0}}},
  };
  for (const Value& value : values) {
    Violations violations;
    EXPECT_TRUE(ValidateValue(value, "here", &violations));
    EXPECT_THAT(violations.list(), IsEmpty()) << violations.Text();
  }
}

TEST(ValidateValue, MissingValueIsNoViolationButNotValidEither) {
  Violations violations;
  EXPECT_FALSE(ValidateValue(std::monostate(), "here", &violations));
  EXPECT_THAT(violations.list(), IsEmpty());
}

// Each of these numbers is finite, but would be infinite as a FLOAT32.
TEST(ValidateValue, NumbersThatFloat32CannotHoldAreRefusedThere) {
  const double largest = LargestNumber(Precision::kFloat32);
  const Value values[] = {
      1e39,
      -1e39,
      std::vector<double>{1, 1e39},
      Uniform{0, 1e39},
      DiscreteUniform{-1e39, 0, 1e39},
      Normal{0, 1e38},
      Normal{0, 1e38, -1e39, 0},
      Normal{0, 1, 1e39, kInfinity, OutOfBounds::kClip},
      Normal{1e39, 0},
      Lognormal{80, 1},
      Lognormal{100, 0},
      Mixture{{{0.5, 1.0}, {0.5, Uniform{0, 1e39}}}},
  };
  for (size_t i = 0; i < std::size(values); ++i) {
    Violations violations;
    EXPECT_TRUE(ValidateValue(values[i], "here", &violations)) << i;
    EXPECT_THAT(violations.list(), IsEmpty()) << violations.Text();
    EXPECT_FALSE(ValidateValue(values[i], "here", &violations, largest)) << i;
    ASSERT_THAT(violations.list(), SizeIs(1)) << i;
    EXPECT_THAT(violations.list()[0].description,
                HasSubstr("beyond 3.40282e+38, the largest number of FLOAT32"));
  }
  const Value fitting[] = {largest, -largest, Normal{0, 1e38, -1e38, 1e38},
                           Lognormal{80, 1, 0, 1e38}, Lognormal{80, 0.8}};
  for (const Value& value : fitting) {
    Violations violations;
    EXPECT_TRUE(ValidateValue(value, "here", &violations, largest))
        << violations.Text();
  }
}

TEST(ValidateValue, AllBadComponentsOfAMixtureAreTold) {
  Violations violations;
  ValidateValue(Mixture{{{2, kNaN}, {-1, Uniform{1, 1}}}}, "here", &violations);
  EXPECT_THAT(violations.list(), SizeIs(4));
}

ModelInfo Bounded() {
  ModelInfo model;
  model.name = "model";
  ParameterInfo open = {"open", "", "", 1, 0};
  open.min_exclusive = true;
  model.parameters = {{"closed", "", "", 1, 0, 10}, open, {"free", "", "", 0}};
  return model;
}

size_t CountViolations(const std::string& name, const Value& value) {
  Violations violations;
  ValidateParameters(Bounded(), "", {{name, value}}, 3, 0.1, "p", &violations);
  return violations.size();
}

TEST(ValidateParameters, BoundsHoldForEverythingAValueCanGive) {
  EXPECT_EQ(CountViolations("closed", 0.0), 0u);
  EXPECT_EQ(CountViolations("closed", 10.0), 0u);
  EXPECT_EQ(CountViolations("closed", -0.1), 1u);
  EXPECT_EQ(CountViolations("closed", 10.1), 1u);
  EXPECT_EQ(CountViolations("closed", std::vector<double>{1, 2, 11}), 1u);
  EXPECT_EQ(CountViolations("closed", Uniform{0, 10}), 0u);
  EXPECT_EQ(CountViolations("closed", Uniform{-1, 10}), 1u);
  EXPECT_EQ(CountViolations("closed", Normal{5, 1}), 1u);
  EXPECT_EQ(CountViolations("closed", Normal{5, 1, 0, 10}), 0u);
  EXPECT_EQ(CountViolations("closed", Mixture{{{0.5, 1.0}, {0.5, 11.0}}}), 1u);
  EXPECT_EQ(CountViolations("open", 0.0), 1u);
  EXPECT_EQ(CountViolations("open", 1e-300), 0u);
  EXPECT_EQ(CountViolations("open", Uniform{0, 1}), 1u);
  EXPECT_EQ(CountViolations("closed", Lognormal{0, 1}), 1u);
  EXPECT_EQ(CountViolations("closed", Lognormal{0, 1, 0, 10}), 0u);
  EXPECT_EQ(CountViolations("open", Lognormal{0, 1, 1e-9}), 0u);
  EXPECT_EQ(CountViolations("closed", Normal{5, 9, 0, 10, OutOfBounds::kClip}),
            0u);
  EXPECT_EQ(CountViolations("free", Normal{0, 100}), 0u);
}

TEST(ValidateParameters, TextNamesTheWorstNumberAndTheRange) {
  Violations violations;
  ValidateParameters(Bounded(), "",
                     {{"closed", std::vector<double>{1, 11, 12}}}, 3, 0.1, "p",
                     &violations);
  ASSERT_THAT(violations.list(), SizeIs(1));
  EXPECT_EQ(violations.list()[0].field, "p[\"closed\"]");
  EXPECT_EQ(violations.list()[0].description,
            "12 is not allowed for closed; it must be in [0, 10]");
}

TEST(ValidateParameters, OrderHoldsBetweenCellClassAndOverrides) {
  ModelInfo model = Bounded();
  model.order = {{"free", "closed"}};
  model.cell_classes = {{"tight", "", {{"closed", 0.5}}}};
  const auto count = [&](const std::string& cell_class, const Value& free) {
    Violations violations;
    ValidateParameters(model, cell_class, {{"free", free}}, 3, 0.1, "p",
                       &violations);
    return violations.size();
  };
  EXPECT_EQ(count("", 0.75), 0u);
  EXPECT_EQ(count("tight", 0.75), 1u);
  EXPECT_EQ(count("tight", Uniform{0, 0.5}), 0u);
  EXPECT_EQ(count("tight", Uniform{0, 0.6}), 1u);
}

}  // namespace
}  // namespace spiked
