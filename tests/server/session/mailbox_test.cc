// SPDX-License-Identifier: Apache-2.0

#include "server/session/mailbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <utility>
#include <vector>

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
  bool Put(int number) {
    auto letter = MakeNumbered(PauseCommand{}, number);
    return mailbox_.Put(letter);
  }

  Mailbox mailbox_;
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
  auto letter = MakeNumbered(PauseCommand{}, 7);
  EXPECT_FALSE(mailbox_.Put(letter));
  ASSERT_NE(letter, nullptr);
  letter->Refuse({});
  EXPECT_THAT(refused_, ElementsAre(7));
  mailbox_.Take();
  EXPECT_TRUE(mailbox_.Put(letter));
}

TEST_F(MailboxTest, ShowsAnAdvanceThatWaitsAlone) {
  EXPECT_EQ(mailbox_.only_advance(), nullptr);
  auto advance = MakeNumbered(AdvanceCommand{.step_count = 5}, 1);
  ASSERT_TRUE(mailbox_.Put(advance));
  ASSERT_NE(mailbox_.only_advance(), nullptr);
  EXPECT_EQ(mailbox_.only_advance()->step_count, 5);
  Put(2);
  EXPECT_EQ(mailbox_.only_advance(), nullptr);
  mailbox_.Take();
  EXPECT_EQ(mailbox_.only_advance(), nullptr);  // it is another command
}

TEST_F(MailboxTest, KnowsDeletions) {
  EXPECT_TRUE(MakeNumbered(DeleteCommand{}, 1)->is_deletion());
  EXPECT_FALSE(MakeNumbered(PauseCommand{}, 1)->is_deletion());
}

}  // namespace
}  // namespace spiked
