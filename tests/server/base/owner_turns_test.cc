// SPDX-License-Identifier: Apache-2.0

#include "server/base/owner_turns.h"

#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace spiked {
namespace {

// Work leaves a letter when it begins. `away_` keeps the turns of work that has
// left the thread.
class OwnerTurnsTest : public ::testing::Test {
 protected:
  using Turn = OwnerTurns::Turn;

  // Work that waits for something else once it has begun.
  std::weak_ptr<Turn> Leave(const std::string& owner, char name) {
    return turns_->Post(owner, [this, name](std::shared_ptr<Turn> turn) {
      order_ += name;
      away_.push_back(std::move(turn));
    });
  }
  // Work that is over when it has begun.
  std::weak_ptr<Turn> Run(const std::string& owner, char name) {
    return turns_->Post(
        owner, [this, name](const std::shared_ptr<Turn>&) { order_ += name; });
  }
  // Waits until the thread has nothing to do. A task may post another.
  void Settle() {
    for (int i = 0; i < 5; ++i) {
      std::promise<void> reached;
      executor_->Post([&] { reached.set_value(); }, "settle");
      reached.get_future().wait();
    }
  }
  // The thread is busy until the promise is kept.
  void Hold(std::promise<void>* go) {
    std::promise<void> begun;
    executor_->Post([&, held = go->get_future().share()] {
      begun.set_value();
      held.wait();
    });
    begun.get_future().wait();
  }

  std::string order_;
  std::vector<std::shared_ptr<Turn>> away_;
  std::unique_ptr<Executor> executor_ = std::make_unique<Executor>(1);
  std::unique_ptr<OwnerTurns> turns_ =
      std::make_unique<OwnerTurns>(executor_.get());
};

TEST_F(OwnerTurnsTest, WorkThatWaitsHoldsUpItsOwnerOnly) {
  Leave("a", '1');
  Run("a", '2');
  Run("a", '3');
  Run("b", 'x');
  Settle();
  EXPECT_EQ(order_, "1x");
  away_.clear();
  Settle();
  EXPECT_EQ(order_, "1x23");
}

TEST_F(OwnerTurnsTest, WorkGoesOnBeforeOtherWorkBegins) {
  Leave("a", '1');
  Settle();
  std::promise<void> go;
  Hold(&go);
  Run("b", 'x');
  away_[0]->Post([this] { order_ += '+'; });
  away_.clear();
  Run("a", '2');
  go.set_value();
  Settle();
  EXPECT_EQ(order_.substr(0, 2), "1+");
  EXPECT_EQ(order_.size(), 4u);
}

TEST_F(OwnerTurnsTest, WorkThatIsGivenUpLeavesTheLine) {
  Leave("a", '1');
  const auto second = Run("a", '2');
  Run("a", '3');
  Settle();
  second.lock()->GiveUp();
  EXPECT_TRUE(second.expired());  // and what it holds is gone
  EXPECT_EQ(order_, "1");
  // Also if it waits elsewhere, and whatever comes later.
  away_[0]->GiveUp();
  Settle();
  EXPECT_EQ(order_, "13");
  away_[0]->Post([this] { order_ += '!'; });
  away_[0]->GiveUp();
  away_.clear();
  Run("a", '4');
  Settle();
  EXPECT_EQ(order_, "134");
}

// Its turn is over only when the executor has none of its tasks, or an owner
// could fill the executor with work that was given up.
TEST_F(OwnerTurnsTest, WorkThatIsGivenUpOnTheThreadEndsThere) {
  Leave("a", '1');
  Settle();
  std::promise<void> go;
  Hold(&go);
  const auto held = std::make_shared<int>(0);
  away_[0]->Post([this, held] { order_ += '!'; });
  away_[0]->GiveUp();
  bool begun_late = false;
  turns_->Post("a", [&](const std::shared_ptr<Turn>&) {
    begun_late = held.use_count() == 1;
  });
  EXPECT_EQ(held.use_count(), 2);
  go.set_value();
  Settle();
  EXPECT_TRUE(begun_late);
  EXPECT_EQ(order_, "1");
}

TEST_F(OwnerTurnsTest, TurnsMayOutliveAllElse) {
  Leave("a", '1');
  const auto waiting = Run("a", '2');
  Settle();
  turns_.reset();
  EXPECT_TRUE(waiting.expired());
  executor_.reset();
  away_[0]->Post([this] { order_ += '!'; });
  away_.clear();
  EXPECT_EQ(order_, "1");
}

}  // namespace
}  // namespace spiked
