// SPDX-License-Identifier: Apache-2.0

#include "core/connectivity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <utility>
#include <vector>

#include "tests/support/network_builder.h"
#include "tests/support/statistics.h"

namespace spiked {
namespace {

using testing::BinomialStd;
using testing::ChiSquareOfEqual;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::MakePopulation;
using ::testing::Pair;

using PairList = std::vector<std::pair<int64_t, int64_t>>;

PopulationSpec Columns(const std::string& name, int64_t size,
                       int64_t column_count) {
  PopulationSpec p = MakePopulation(name, "spike_source", size);
  p.column_count = column_count;
  return p;
}

ProjectionSpec Rule(ConnectionRule rule,
                    ColumnRestriction columns = ColumnRestriction::kAny) {
  ProjectionSpec projection;
  projection.source = "source";
  projection.target = "target";
  projection.rule = std::move(rule);
  projection.columns = columns;
  return projection;
}

ProjectionSpec WithinPopulation(ProjectionSpec projection, bool autapses) {
  projection.target = projection.source;
  projection.allow_autapses = autapses;
  return projection;
}

// The pairs of all owners, one after the other.
PairList PairsOf(const ProjectionSpec& projection, const PopulationSpec& source,
                 const PopulationSpec& target, int64_t seed = 1) {
  const Connectivity connectivity(projection, source, target, seed);
  PairList pairs;
  Partners partners;
  for (int64_t i = 0; i < connectivity.owner_count(); ++i) {
    connectivity.Find(i, &partners);
    for (int64_t j : partners.neuron) {
      pairs.push_back(connectivity.by_target() ? std::pair(j, i)
                                               : std::pair(i, j));
    }
  }
  return pairs;
}

TEST(AllToAllRule, ConnectsEveryPairOnceBySourceThenTarget) {
  const PairList pairs = PairsOf(Rule(AllToAll{}), Columns("source", 2, 1),
                                 Columns("target", 3, 1));
  EXPECT_THAT(pairs, ElementsAre(Pair(0, 0), Pair(0, 1), Pair(0, 2), Pair(1, 0),
                                 Pair(1, 1), Pair(1, 2)));
}

TEST(AllToAllRule, LeavesOutAutapsesUnlessTheyAreAllowed) {
  const PopulationSpec p = Columns("source", 2, 1);
  EXPECT_THAT(PairsOf(WithinPopulation(Rule(AllToAll{}), false), p, p),
              ElementsAre(Pair(0, 1), Pair(1, 0)));
  EXPECT_THAT(PairsOf(WithinPopulation(Rule(AllToAll{}), true), p, p),
              ElementsAre(Pair(0, 0), Pair(0, 1), Pair(1, 0), Pair(1, 1)));
}

TEST(AllToAllRule, BetweenPopulationsEqualIndicesAreNoAutapses) {
  EXPECT_EQ(PairsOf(Rule(AllToAll{}), Columns("source", 3, 1),
                    Columns("target", 3, 1))
                .size(),
            9u);
}

TEST(OneToOneRule, ConnectsEqualIndices) {
  EXPECT_THAT(PairsOf(Rule(OneToOne{}), Columns("source", 3, 1),
                      Columns("target", 3, 1)),
              ElementsAre(Pair(0, 0), Pair(1, 1), Pair(2, 2)));
}

TEST(OneToOneRule, WithinAPopulationConsistsOfAutapses) {
  const PopulationSpec p = Columns("source", 3, 1);
  EXPECT_THAT(PairsOf(WithinPopulation(Rule(OneToOne{}), false), p, p),
              IsEmpty());
  EXPECT_THAT(PairsOf(WithinPopulation(Rule(OneToOne{}), true), p, p),
              ElementsAre(Pair(0, 0), Pair(1, 1), Pair(2, 2)));
}

TEST(OneToOneRule, RespectsColumns) {
  const PopulationSpec source = Columns("source", 4, 2);
  const PopulationSpec target = Columns("target", 4, 2);
  EXPECT_EQ(PairsOf(Rule(OneToOne{}, ColumnRestriction::kSame), source, target)
                .size(),
            4u);
  EXPECT_THAT(
      PairsOf(Rule(OneToOne{}, ColumnRestriction::kOther), source, target),
      IsEmpty());
}

// A test of all pairs would take minutes.
TEST(OneToOneRule, TakesTimeInProportionToTheNeurons) {
  constexpr int64_t kSize = 1000000;
  EXPECT_EQ(PairsOf(Rule(OneToOne{}), Columns("source", kSize, 1),
                    Columns("target", kSize, 1))
                .size(),
            static_cast<size_t>(kSize));
}

TEST(ExplicitPairsRule, AreTakenBySourceAsListedWithMultapsesAndAutapses) {
  const PopulationSpec p = Columns("source", 3, 1);
  const ProjectionSpec projection = WithinPopulation(
      Rule(testing::Pairs({{2, 1}, {1, 1}, {2, 0}, {2, 1}})), false);
  const Connectivity connectivity(projection, p, p, 1);
  EXPECT_EQ(connectivity.MaxIndegree(), 3);
  Partners partners;
  connectivity.Find(2, &partners);
  EXPECT_THAT(partners.neuron, ElementsAre(1, 0, 1));
  EXPECT_THAT(partners.element, ElementsAre(0, 2, 3));  // the k-th of the list
  EXPECT_EQ(partners.ElementOf(2, 1), 2u);
  connectivity.Find(1, &partners);
  EXPECT_THAT(partners.neuron, ElementsAre(1));
  EXPECT_THAT(partners.element, ElementsAre(1));
  connectivity.Find(0, &partners);
  EXPECT_THAT(partners.neuron, IsEmpty());
}

TEST(ColumnRestriction, SameAndOtherColumnsArePreciselyThose) {
  const PopulationSpec source = Columns("source", 6, 3);   // 2 per column
  const PopulationSpec target = Columns("target", 12, 3);  // 4 per column
  const auto column_of = [](const std::pair<int64_t, int64_t>& pair) {
    return std::pair(pair.first / 2, pair.second / 4);
  };
  const PairList same =
      PairsOf(Rule(AllToAll{}, ColumnRestriction::kSame), source, target);
  EXPECT_EQ(std::set(same.begin(), same.end()).size(), 6u * 4);
  for (const auto& pair : same) {
    EXPECT_EQ(column_of(pair).first, column_of(pair).second);
  }
  const PairList other =
      PairsOf(Rule(AllToAll{}, ColumnRestriction::kOther), source, target);
  EXPECT_EQ(std::set(other.begin(), other.end()).size(), 6u * 8);
  for (const auto& pair : other) {
    EXPECT_NE(column_of(pair).first, column_of(pair).second);
  }
}

TEST(PairwiseBernoulliRule, OneConnectsAllAndZeroNone) {
  const PopulationSpec source = Columns("source", 10, 1);
  const PopulationSpec target = Columns("target", 20, 1);
  EXPECT_EQ(PairsOf(Rule(PairwiseBernoulli{1}), source, target),
            PairsOf(Rule(AllToAll{}), source, target));
  EXPECT_THAT(PairsOf(Rule(PairwiseBernoulli{0}), source, target), IsEmpty());
}

TEST(PairwiseBernoulliRule, CountIsBinomialForEveryProbability) {
  constexpr double kPairs = 300 * 400;
  const PopulationSpec source = Columns("source", 300, 1);
  const PopulationSpec target = Columns("target", 400, 1);
  for (double p : {0.001, 0.02, 0.1, 0.5, 0.8, 0.99}) {
    const PairList pairs = PairsOf(Rule(PairwiseBernoulli{p}), source, target);
    EXPECT_NEAR(static_cast<double>(pairs.size()), p * kPairs,
                4.5 * BinomialStd(kPairs, p))
        << p;
    EXPECT_TRUE(std::is_sorted(pairs.begin(), pairs.end()));
    EXPECT_EQ(std::set(pairs.begin(), pairs.end()).size(), pairs.size());
  }
}

TEST(PairwiseBernoulliRule, EveryTargetIsEquallyLikely) {
  std::vector<double> in_degree(100);
  for (const auto& [i, j] :
       PairsOf(Rule(PairwiseBernoulli{0.1}), Columns("source", 2000, 1),
               Columns("target", 100, 1))) {
    in_degree[j] += 1;
  }
  // In-degrees vary less than Poisson's by the factor 1 - p.
  EXPECT_NEAR(ChiSquareOfEqual(in_degree), 0.9 * 99,
              4.5 * 0.9 * std::sqrt(2 * 99.0));
}

TEST(PairwiseBernoulliRule, CountsWithColumnsAndWithoutAutapses) {
  const PopulationSpec p = Columns("source", 400, 4);
  const struct {
    ColumnRestriction columns;
    double pairs;
  } cases[] = {{ColumnRestriction::kAny, 400 * 399},
               {ColumnRestriction::kSame, 400 * 99},
               {ColumnRestriction::kOther, 400 * 300}};
  for (const auto& c : cases) {
    const PairList pairs = PairsOf(
        WithinPopulation(Rule(PairwiseBernoulli{0.3}, c.columns), false), p, p);
    EXPECT_NEAR(static_cast<double>(pairs.size()), 0.3 * c.pairs,
                4.5 * BinomialStd(c.pairs, 0.3));
    for (const auto& [i, j] : pairs) {
      ASSERT_NE(i, j);
      if (c.columns == ColumnRestriction::kAny) continue;
      ASSERT_EQ(i / 100 == j / 100, c.columns == ColumnRestriction::kSame);
    }
  }
}

TEST(PairwiseBernoulliRule, OtherSeedsGiveOtherPairs) {
  const PopulationSpec source = Columns("source", 50, 1);
  const PopulationSpec target = Columns("target", 50, 1);
  const ProjectionSpec rule = Rule(PairwiseBernoulli{0.5});
  EXPECT_EQ(PairsOf(rule, source, target, 1), PairsOf(rule, source, target, 1));
  EXPECT_NE(PairsOf(rule, source, target, 1), PairsOf(rule, source, target, 2));
}

TEST(PairwiseBernoulliRule, PairsOfASourceDependOnNoOtherSource) {
  const PopulationSpec target = Columns("target", 100, 1);
  const ProjectionSpec rule = Rule(PairwiseBernoulli{0.2});
  const PairList few = PairsOf(rule, Columns("source", 5, 1), target);
  const PairList many = PairsOf(rule, Columns("source", 50, 1), target);
  ASSERT_GT(few.size(), 0u);
  EXPECT_EQ(few, PairList(many.begin(), many.begin() + few.size()));
}

}  // namespace
}  // namespace spiked
