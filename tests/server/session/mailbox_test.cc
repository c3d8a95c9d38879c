// SPDX-License-Identifier: Apache-2.0

#include "server/session/mailbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "server/base/status_payload.h"
#include "server/session/make_letter.h"

namespace spiked {
namespace {

using ::testing::ElementsAre;

class MailboxTest : public ::testing::Test {
 protected:
  // A letter that is known by its number when it is refused.
  template <typename Command>
  std::unique_ptr<Letter> MakeNumbered(Command command, int number) {
    AnswerTo<Command> answer;
    answer.done = [this, number](const ResultOf<Command>&) {
      refused_.push_back(number);
    };
    return MakeLetter(std::move(command), std::move(answer), nullptr);
  }
  bool Put(int number) { return Put(HashCommand{}, number).ok(); }
  template <typename Command>
  absl::Status Put(Command command, int number = 0) {
    auto letter = MakeNumbered(std::move(command), number);
    return mailbox_.Put(letter);
  }
  // A command that holds so many bytes.
  static ReadSynapsesCommand Holding(int64_t bytes) {
    return {.sources = std::vector<int32_t>(bytes / sizeof(int32_t))};
  }

  Mailbox mailbox_{"demo"};
  std::vector<int> refused_;
};

TEST_F(MailboxTest, LettersComeOutInTheirOrder) {
  EXPECT_EQ(mailbox_.Take(), nullptr);
  EXPECT_TRUE(Put(1));
  EXPECT_TRUE(Put(2));
  EXPECT_FALSE(mailbox_.empty());
  mailbox_.Take()->Refuse({});
  mailbox_.Take()->Refuse({});
  EXPECT_TRUE(mailbox_.empty());
  EXPECT_THAT(refused_, ElementsAre(1, 2));
}

TEST_F(MailboxTest, AFullOneLeavesTheLetterAlone) {
  for (size_t i = 0; i < Mailbox::kMaxLetters; ++i) ASSERT_TRUE(Put(0));
  auto letter = MakeNumbered(HashCommand{}, 7);
  const absl::Status full = mailbox_.Put(letter);
  EXPECT_EQ(ReasonOf(full), Reason::kLimitReached);
  EXPECT_EQ(full.message(),
            "10000 commands are waiting in session \"sessions/demo\"");
  ASSERT_NE(letter, nullptr);
  letter->Refuse({});
  EXPECT_THAT(refused_, ElementsAre(7));
  mailbox_.Take();
  EXPECT_TRUE(mailbox_.Put(letter).ok());
}

TEST_F(MailboxTest, HoldsSoManyBytesTogether) {
  EXPECT_TRUE(Put(Holding(Mailbox::kMaxBytes - 1000)).ok());
  EXPECT_TRUE(Put(Holding(1000)).ok());
  const absl::Status full = Put(Holding(2'000'000));
  EXPECT_EQ(full.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ReasonOf(full), Reason::kLimitReached);
  EXPECT_EQ(full.message(),
            "the command holds 2.0 MB, and those that wait in session "
            "\"sessions/demo\" hold 33.6 MB; at most 33.6 MB are allowed "
            "together");
  EXPECT_TRUE(Put(1));  // it holds nothing
  mailbox_.Take();
  EXPECT_TRUE(Put(Holding(2'000'000)).ok());
}

TEST_F(MailboxTest, TakesALargeCommandAlone) {
  EXPECT_TRUE(Put(1));
  EXPECT_TRUE(Put(Holding(Mailbox::kMaxBytes + 4)).ok());
  EXPECT_FALSE(Put(Holding(4)).ok());
  mailbox_.Take();
  EXPECT_FALSE(Put(Holding(4)).ok());
  mailbox_.Take();
  EXPECT_TRUE(Put(Holding(4)).ok());
  EXPECT_FALSE(Put(Holding(Mailbox::kMaxBytes)).ok());
}

TEST_F(MailboxTest, PausesAndDeletionsAreTakenByAFullOne) {
  for (size_t i = 0; i < Mailbox::kMaxLetters; ++i) ASSERT_TRUE(Put(0));
  for (size_t i = 0; i < Mailbox::kSpareLetters; ++i) {
    ASSERT_TRUE(Put(PauseCommand{}).ok());
  }
  EXPECT_FALSE(Put(PauseCommand{}).ok());
  EXPECT_TRUE(Put(DeleteCommand{}).ok());
}

TEST_F(MailboxTest, FewBytesAreNotReserved) {
  const auto is_to_be_reserved = [&](int64_t bytes) {
    return mailbox_.IsToBeReserved(*MakeNumbered(Holding(bytes), 0));
  };
  EXPECT_FALSE(is_to_be_reserved(Mailbox::kFreeBytes));
  EXPECT_TRUE(is_to_be_reserved(Mailbox::kFreeBytes + 4));
  EXPECT_TRUE(Put(Holding(Mailbox::kFreeBytes)).ok());
  EXPECT_TRUE(is_to_be_reserved(4));
  EXPECT_FALSE(is_to_be_reserved(0));
}

TEST_F(MailboxTest, ShowsAnAdvanceThatWaitsAlone) {
  EXPECT_EQ(mailbox_.only_advance(), nullptr);
  auto advance = MakeNumbered(AdvanceCommand{.step_count = 5}, 1);
  ASSERT_TRUE(mailbox_.Put(advance).ok());
  ASSERT_NE(mailbox_.only_advance(), nullptr);
  EXPECT_EQ(mailbox_.only_advance()->step_count, 5);
  Put(2);
  EXPECT_EQ(mailbox_.only_advance(), nullptr);
  mailbox_.Take();
  EXPECT_EQ(mailbox_.only_advance(), nullptr);  // it is another command
}

TEST_F(MailboxTest, KnowsPausesAndDeletions) {
  EXPECT_EQ(MakeNumbered(DeleteCommand{}, 1)->kind(), Letter::Kind::kDeletion);
  EXPECT_EQ(MakeNumbered(PauseCommand{}, 1)->kind(), Letter::Kind::kPause);
  EXPECT_EQ(MakeNumbered(HashCommand{}, 1)->kind(), Letter::Kind::kOrdinary);
}

}  // namespace
}  // namespace spiked
