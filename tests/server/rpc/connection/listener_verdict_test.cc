// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/connection/listener_verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace spiked {
namespace {

using ::testing::HasSubstr;

// At one try in two seconds.
constexpr int kTriesPerMinute = 30;

const ListenerTry kAnswered = {.has_open = true};
const ListenerTry kTimeForOpenOnes = {
    .status = absl::UnavailableError("a"),
    .has_open = true,
    .open_answers = ListenerVerdict::kProofAnswers};
const ListenerTry kSlow = {.status = absl::UnavailableError("a"),
                           .has_open = true,
                           .open_answers = ListenerVerdict::kProofAnswers - 1};
const ListenerTry kSilent = {.status = absl::UnavailableError("a"),
                             .has_open = true};
const ListenerTry kNeverOpen = {.status = absl::UnavailableError("a")};

enum class Calls { kMove, kStandStill };

// A situation in which a listener is, and what is to be found.
struct Situation {
  std::string name;
  std::function<const ListenerTry&(int i)> tries;
  Calls calls;
  int dead_at;         // number of tries; 0: never
  std::string reason;  // part of it
};

// Returns the same for every i.
std::function<const ListenerTry&(int)> Always(const ListenerTry& tried) {
  return [&tried](int) -> const ListenerTry& { return tried; };
}

class SituationTest : public ::testing::TestWithParam<Situation> {};

TEST_P(SituationTest, IsJudged) {
  const Situation& situation = GetParam();
  ListenerVerdict verdict(kTriesPerMinute);
  int64_t progress = 0;
  ASSERT_EQ(verdict.Add(kAnswered, progress), std::nullopt);
  for (int i = 1; i <= 20 * kTriesPerMinute; ++i) {
    if (situation.calls == Calls::kMove) ++progress;
    const auto death = verdict.Add(situation.tries(i), progress);
    ASSERT_EQ(death.has_value(), i == situation.dead_at) << i;
    if (!death.has_value()) continue;
    EXPECT_THAT(*death, HasSubstr(situation.reason));
    return;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Listener, SituationTest,
    ::testing::Values(
        Situation{"Answers", Always(kAnswered), Calls::kStandStill, 0, ""},
        // At most 3 tries, which are 6 s, after at most 2 s.
        Situation{"IsDeadWhileNobodyCalls", Always(kTimeForOpenOnes),
                  Calls::kStandStill, 3, "takes no new connection"},
        Situation{"IsDeadWhileOldClientsCall", Always(kTimeForOpenOnes),
                  Calls::kMove, 3, "takes no new connection"},
        Situation{"HasSlowHandlers", Always(kSilent), Calls::kMove, 0, ""},
        Situation{"HasNoProcessorForItsThreads", Always(kSlow),
                  Calls::kStandStill, 0, ""},
        Situation{"IsStuck", Always(kSilent), Calls::kStandStill,
                  kTriesPerMinute, "no call has moved"},
        Situation{"AnswersEverySecondTry",
                  [](int i) -> const ListenerTry& {
                    return i % 2 == 0 ? kAnswered : kTimeForOpenOnes;
                  },
                  Calls::kStandStill, 0, ""},
        Situation{"IsSlowEverySecondTry",
                  [](int i) -> const ListenerTry& {
                    return i % 2 == 0 ? kSlow : kTimeForOpenOnes;
                  },
                  Calls::kStandStill, 0, ""},
        Situation{"AnswersOnceInAMinute",
                  [](int i) -> const ListenerTry& {
                    return i % kTriesPerMinute == 0 ? kAnswered : kSilent;
                  },
                  Calls::kStandStill, 0, ""},
        Situation{"AnswersAnOpenConnectionOnceInAMinute",
                  [](int i) -> const ListenerTry& {
                    return i % kTriesPerMinute == 0 ? kSlow : kSilent;
                  },
                  Calls::kStandStill, 0, ""},
        Situation{"TakesNoneWithoutAnOpenConnection", Always(kNeverOpen),
                  Calls::kMove, kTriesPerMinute, "has taken no connection"}),
    [](const auto& info) { return info.param.name; });

TEST(ListenerVerdict, OneCallInAMinuteIsProgress) {
  ListenerVerdict verdict(kTriesPerMinute);
  for (int i = 0; i < 20 * kTriesPerMinute; ++i) {
    ASSERT_EQ(verdict.Add(kSilent, i / (kTriesPerMinute - 1)), std::nullopt);
  }
}

}  // namespace
}  // namespace spiked
