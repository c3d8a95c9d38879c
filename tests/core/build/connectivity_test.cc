// SPDX-License-Identifier: Apache-2.0

#include "core/build/connectivity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/network_builder.h"
#include "tests/support/statistics.h"

namespace spiked {
namespace {

using testing::BinomialStd;
using testing::ChiSquareOfEqual;
using ::testing::Each;
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

// The pairs of all owners, owner by owner.
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

// Going through all pairs would take minutes.
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
  EXPECT_THAT(partners.element, ElementsAre(0, 2, 3));  // k-th of the list
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

TEST(PairwiseBernoulliRule, NearlyOneConnectsAllAndNearlyZeroNone) {
  const PopulationSpec source = Columns("source", 30, 1);
  const PopulationSpec target = Columns("target", 20, 1);
  for (const double p : {std::nextafter(1, 0), 1 - 0x1p-40}) {
    EXPECT_EQ(PairsOf(Rule(PairwiseBernoulli{p}), source, target),
              PairsOf(Rule(AllToAll{}), source, target))
        << 1 - p;
  }
  for (const double p : {std::numeric_limits<double>::denorm_min(),
                         std::numeric_limits<double>::min(), 0x1p-60}) {
    EXPECT_THAT(PairsOf(Rule(PairwiseBernoulli{p}), source, target), IsEmpty())
        << p;
  }
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
  // The variance of in-degrees is that of Poisson numbers times 1 - p.
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

TEST(PairwiseBernoulliRule, RareAndFrequentPairsHaveTheirProbability) {
  // Drawn by logarithm, and by tables with many and few misses.
  for (double p : {1e-5, 1e-3, 0.03, 0.5, 0.97}) {
    const PairList pairs =
        PairsOf(Rule(PairwiseBernoulli{p}), Columns("source", 500, 1),
                Columns("target", 4000, 1));
    EXPECT_NEAR(static_cast<double>(pairs.size()), 500 * 4000 * p,
                4.5 * BinomialStd(500 * 4000, p));
    EXPECT_TRUE(std::is_sorted(pairs.begin(), pairs.end()));
    EXPECT_EQ(std::adjacent_find(pairs.begin(), pairs.end()), pairs.end());
  }
}

// The number of synapses of each source and of each target.
struct Degrees {
  std::vector<double> out;
  std::vector<double> in;
};
Degrees DegreesOf(const PairList& pairs, int64_t sources, int64_t targets) {
  Degrees degrees = {std::vector<double>(sources),
                     std::vector<double>(targets)};
  for (const auto& [i, j] : pairs) {
    degrees.out[i] += 1;
    degrees.in[j] += 1;
  }
  return degrees;
}

TEST(FixedIndegreeRule, EveryTargetHasAsManyFromEquallyLikelySources) {
  for (bool multapses : {false, true}) {
    ProjectionSpec projection = Rule(FixedIndegree{50});
    projection.allow_multapses = multapses;
    const PopulationSpec source = Columns("source", 200, 1);
    const PopulationSpec target = Columns("target", 1000, 1);
    const Connectivity connectivity(projection, source, target, 1);
    EXPECT_TRUE(connectivity.by_target());
    EXPECT_EQ(connectivity.owner_count(), 1000);
    EXPECT_EQ(connectivity.MaxIndegree(), 50);
    const Degrees degrees =
        DegreesOf(PairsOf(projection, source, target), 200, 1000);
    EXPECT_THAT(degrees.in, Each(50));
    // Without multapses, the variance of out-degrees is smaller by the factor 1
    // - 50 / 200.
    const double variance = multapses ? 1 : 0.75;
    EXPECT_NEAR(ChiSquareOfEqual(degrees.out), variance * 199,
                4.5 * variance * std::sqrt(2 * 199.0));
  }
}

TEST(FixedOutdegreeRule, EverySourceHasAsManyToEquallyLikelyTargets) {
  for (bool multapses : {false, true}) {
    ProjectionSpec projection = Rule(FixedOutdegree{150});
    projection.allow_multapses = multapses;
    const PopulationSpec source = Columns("source", 1000, 1);
    const PopulationSpec target = Columns("target", 200, 1);
    const Connectivity connectivity(projection, source, target, 1);
    EXPECT_FALSE(connectivity.by_target());
    EXPECT_EQ(connectivity.owner_count(), 1000);
    EXPECT_EQ(connectivity.MaxIndegree(), multapses ? 150000 : 1000);
    const Degrees degrees =
        DegreesOf(PairsOf(projection, source, target), 1000, 200);
    EXPECT_THAT(degrees.out, Each(150));
    const double variance = multapses ? 1 : 0.25;
    EXPECT_NEAR(ChiSquareOfEqual(degrees.in), variance * 199,
                4.5 * variance * std::sqrt(2 * 199.0));
  }
}

TEST(FixedTotalNumberRule, HasTheTotalAndEquallyLikelySourcesAndTargets) {
  for (bool multapses : {false, true}) {
    ProjectionSpec projection = Rule(FixedTotalNumber{100000});
    projection.allow_multapses = multapses;
    const PopulationSpec source = Columns("source", 500, 1);
    const PopulationSpec target = Columns("target", 400, 1);
    const PairList pairs = PairsOf(projection, source, target);
    EXPECT_EQ(pairs.size(), 100000u);
    const Degrees degrees = DegreesOf(pairs, 500, 400);
    // Half of all pairs are connected: without multapses the variance is half
    // of Poisson's.
    const double variance = multapses ? 1 : 0.5;
    EXPECT_NEAR(ChiSquareOfEqual(degrees.out), variance * 499,
                4.5 * variance * std::sqrt(2 * 499.0));
    EXPECT_NEAR(ChiSquareOfEqual(degrees.in), variance * 399,
                4.5 * variance * std::sqrt(2 * 399.0));
    const Connectivity connectivity(projection, source, target, 1);
    EXPECT_EQ(connectivity.MaxIndegree(), multapses ? 100000 : 500);
  }
}

TEST(FixedTotalNumberRule, FewSynapsesAndAllOfThem) {
  const PopulationSpec source = Columns("source", 20, 1);
  const PopulationSpec target = Columns("target", 30, 1);
  for (int64_t count : {0, 1, 599, 600}) {
    const PairList pairs =
        PairsOf(Rule(FixedTotalNumber{count}), source, target);
    EXPECT_EQ(pairs.size(), static_cast<size_t>(count));
    EXPECT_EQ(std::set(pairs.begin(), pairs.end()).size(), pairs.size());
  }
  EXPECT_EQ(PairsOf(Rule(FixedTotalNumber{600}), source, target),
            PairsOf(Rule(AllToAll{}), source, target));
}

TEST(FixedOutdegreeRule, DistinctPartnersOfAllDensities) {
  const PopulationSpec source = Columns("source", 5, 1);
  // Marks of one word, of parts of words, and of many words.
  for (int64_t size : {1, 63, 64, 65, 130, 5000, 300000}) {
    const PopulationSpec target = Columns("target", size, 1);
    for (int64_t degree : {int64_t{0}, int64_t{1}, size / 10, size / 2,
                           size / 2 + 1, size - 1, size}) {
      const Connectivity connectivity(Rule(FixedOutdegree{degree}), source,
                                      target, 1);
      Partners partners;
      for (int64_t i = 0; i < 5; ++i) {
        connectivity.Find(i, &partners);
        const auto& found = partners.neuron;
        ASSERT_EQ(found.size(), static_cast<size_t>(degree)) << size;
        ASSERT_TRUE(std::is_sorted(found.begin(), found.end()));
        ASSERT_EQ(std::adjacent_find(found.begin(), found.end()), found.end());
        ASSERT_TRUE(found.empty() || found.back() < size);
        EXPECT_THAT(partners.marks, Each(0));
        EXPECT_THAT(partners.marked_words, Each(0));
      }
    }
  }
}

// All sets of two or three of five neurons.
TEST(FixedIndegreeRule, EverySetOfDistinctSourcesIsEquallyLikely) {
  for (int64_t degree : {2, 3}) {
    const Connectivity connectivity(Rule(FixedIndegree{degree}),
                                    Columns("source", 5, 1),
                                    Columns("target", 20000, 1), 1);
    std::map<std::vector<uint32_t>, double> counts;
    Partners partners;
    for (int64_t i = 0; i < 20000; ++i) {
      connectivity.Find(i, &partners);
      counts[partners.neuron] += 1;
    }
    ASSERT_EQ(counts.size(), 10u);
    std::vector<double> frequencies;
    for (const auto& [set, count] : counts) frequencies.push_back(count);
    EXPECT_LT(ChiSquareOfEqual(frequencies), 9 + 4.5 * std::sqrt(2 * 9.0));
  }
}

TEST(FixedOutdegreeRule, MultapsesOccurAsOftenAsTheyShould) {
  ProjectionSpec projection = Rule(FixedOutdegree{2});
  projection.allow_multapses = true;
  const PairList pairs = PairsOf(projection, Columns("source", 20000, 1),
                                 Columns("target", 10, 1));
  double twice = 0;
  for (size_t k = 0; k < pairs.size(); k += 2)
    twice += pairs[k] == pairs[k + 1];
  EXPECT_NEAR(twice, 2000, 4.5 * BinomialStd(20000, 0.1));
}

// Checks that hold for every rule that draws, with all restrictions.
struct RuleCase {
  std::string name;
  ConnectionRule rule;
  bool multapses = false;
};
class DrawnRule : public ::testing::TestWithParam<RuleCase> {
 protected:
  ProjectionSpec Projection(
      ColumnRestriction columns = ColumnRestriction::kAny) const {
    ProjectionSpec projection = Rule(GetParam().rule, columns);
    projection.allow_multapses = GetParam().multapses;
    return projection;
  }
};

TEST_P(DrawnRule, AllAllowedPairsAreEquallyLikelyAndNoOthersOccur) {
  const PopulationSpec p = Columns("source", 24, 3);  // 8 per column
  for (bool autapses : {false, true}) {
    for (ColumnRestriction columns :
         {ColumnRestriction::kAny, ColumnRestriction::kSame,
          ColumnRestriction::kOther}) {
      const ProjectionSpec projection =
          WithinPopulation(Projection(columns), autapses);
      std::map<std::pair<int64_t, int64_t>, double> counts;
      for (int64_t i = 0; i < 24; ++i) {
        for (int64_t j = 0; j < 24; ++j) {
          if (i == j && !autapses) continue;
          if (columns == ColumnRestriction::kSame && i / 8 != j / 8) continue;
          if (columns == ColumnRestriction::kOther && i / 8 == j / 8) continue;
          counts[{i, j}] = 0;
        }
      }
      for (int64_t seed = 0; seed < 500; ++seed) {
        for (const auto& pair : PairsOf(projection, p, p, seed)) {
          ASSERT_TRUE(counts.contains(pair)) << pair.first << pair.second;
          counts[pair] += 1;
        }
      }
      std::vector<double> frequencies;
      for (const auto& [pair, count] : counts) frequencies.push_back(count);
      const auto n = static_cast<double>(frequencies.size());
      // Without multapses counts vary less, so only the upper bound is checked.
      EXPECT_LT(ChiSquareOfEqual(frequencies), n + 4.5 * std::sqrt(2 * n));
    }
  }
}

TEST_P(DrawnRule, WithoutMultapsesPairsAreDistinct) {
  const PairList pairs =
      PairsOf(Projection(), Columns("source", 60, 1), Columns("target", 60, 1));
  ASSERT_GT(pairs.size(), 0u);
  EXPECT_EQ(std::set(pairs.begin(), pairs.end()).size() == pairs.size(),
            !GetParam().multapses);
}

TEST_P(DrawnRule, OwnersCanBeFoundInAnyOrderAndAgain) {
  const PopulationSpec source = Columns("source", 40, 1);
  const PopulationSpec target = Columns("target", 50, 1);
  const Connectivity connectivity(Projection(), source, target, 1);
  const Connectivity again(Projection(), source, target, 1);
  Partners reused;
  for (int64_t i = connectivity.owner_count() - 1; i >= 0; --i) {
    connectivity.Find(i, &reused);
    Partners fresh;
    again.Find(i, &fresh);
    EXPECT_EQ(reused.neuron, fresh.neuron);
    EXPECT_THAT(reused.element, IsEmpty());
  }
}

TEST_P(DrawnRule, OtherSeedsGiveOtherPairs) {
  const PopulationSpec p = Columns("source", 50, 1);
  EXPECT_EQ(PairsOf(Projection(), p, p, 1), PairsOf(Projection(), p, p, 1));
  EXPECT_NE(PairsOf(Projection(), p, p, 1), PairsOf(Projection(), p, p, 2));
}

TEST_P(DrawnRule, NoTargetHasMoreThanTheBound) {
  const PopulationSpec source = Columns("source", 60, 3);
  const PopulationSpec target = Columns("target", 30, 3);
  for (ColumnRestriction columns :
       {ColumnRestriction::kAny, ColumnRestriction::kSame,
        ColumnRestriction::kOther}) {
    const int64_t bound =
        Connectivity(Projection(columns), source, target, 1).MaxIndegree();
    const Degrees degrees =
        DegreesOf(PairsOf(Projection(columns), source, target), 60, 30);
    EXPECT_LE(*std::max_element(degrees.in.begin(), degrees.in.end()),
              static_cast<double>(bound));
  }
}

// There is no crash and no endless loop without possible partners.
TEST_P(DrawnRule, WithoutAllowedPartnersThereAreNoSynapses) {
  const PopulationSpec one = Columns("source", 1, 1);
  EXPECT_THAT(PairsOf(WithinPopulation(Projection(), false), one, one),
              IsEmpty());
  EXPECT_THAT(PairsOf(Projection(ColumnRestriction::kOther), one,
                      Columns("target", 9, 1)),
              IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    Rules, DrawnRule,
    ::testing::Values(
        RuleCase{"Bernoulli", PairwiseBernoulli{0.3}},
        RuleCase{"RareBernoulli", PairwiseBernoulli{0.004}},
        RuleCase{"FixedIndegree", FixedIndegree{5}},
        RuleCase{"FixedIndegreeMultapses", FixedIndegree{20}, true},
        RuleCase{"FixedOutdegree", FixedOutdegree{5}},
        RuleCase{"FixedOutdegreeMultapses", FixedOutdegree{20}, true},
        RuleCase{"FixedTotalNumber", FixedTotalNumber{120}},
        RuleCase{"FixedTotalNumberMultapses", FixedTotalNumber{1000}, true}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace spiked
