// SPDX-License-Identifier: Apache-2.0

#include "server/session/history/history_budget.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace spiked {
namespace {

constexpr int64_t kMax = 1000;
constexpr int64_t kPart = 100;

// A history in parts of 100 bytes that gives up all but one.
class FakeHistory : public History,
                    public std::enable_shared_from_this<FakeHistory> {
 public:
  FakeHistory(HistoryBudget* budget, std::string tenant)
      : budget_(budget), tenant_(std::move(tenant)) {}
  ~FakeHistory() override {
    if (holding_ != nullptr) budget_->Leave(holding_);
  }

  // Grows like the history of a session that has produced spikes.
  void Grow(int64_t parts) {
    for (int64_t i = 0; i < parts; ++i) {
      Add(kPart);
      if (!budget_->exceeded() || budget_->TakeFromLarger(*holding_)) continue;
      while (budget_->exceeded() && bytes_ > kPart) Add(-kPart);
    }
  }
  GaveUp GiveUpOldest(bool by_force, bool may_wait) override {
    if (is_busy && !may_wait) return GaveUp::kBusy;
    if (bytes_ <= kPart || (is_kept && !by_force)) return GaveUp::kNothing;
    Add(-kPart);
    return GaveUp::kSome;
  }
  int64_t bytes() const { return bytes_; }
  bool is_kept = false;  // by a blocking reader
  bool is_busy = false;  // another thread uses it

 private:
  void Add(int64_t bytes) {
    bytes_ += bytes;
    if (holding_ == nullptr) {
      holding_ = budget_->Join(weak_from_this(), tenant_);
    }
    budget_->Add(holding_.get(), bytes);
  }

  HistoryBudget* const budget_;
  const std::string tenant_;
  int64_t bytes_ = 0;
  std::shared_ptr<HistoryBudget::Holding> holding_;
};

class HistoryBudgetTest : public ::testing::Test {
 protected:
  std::shared_ptr<FakeHistory> Make(const std::string& tenant) {
    return std::make_shared<FakeHistory>(&budget_, tenant);
  }
  HistoryBudget budget_{kMax};
};

TEST_F(HistoryBudgetTest, CountsWhatIsThere) {
  auto a = Make("a");
  a->Grow(4);
  Make("b")->Grow(3);  // and is destroyed
  EXPECT_EQ(budget_.bytes(), 400);
  a.reset();
  EXPECT_EQ(budget_.bytes(), 0);
}

TEST_F(HistoryBudgetTest, ATenantHasWhatOthersLeave) {
  const auto a = Make("a");
  const auto b = Make("b");
  b->Grow(2);
  a->Grow(50);
  EXPECT_EQ(a->bytes(), 800);
  EXPECT_EQ(b->bytes(), 200);
}

TEST_F(HistoryBudgetTest, ATenantThatComesLaterGetsItsShare) {
  // Idle histories; the largest gives up first.
  const auto a1 = Make("a");
  const auto a2 = Make("a");
  a1->Grow(3);
  a2->Grow(50);
  EXPECT_EQ(a2->bytes(), 700);
  const auto b = Make("b");
  b->Grow(50);
  EXPECT_EQ(b->bytes(), 500);
  EXPECT_EQ(a1->bytes(), 300);
  EXPECT_EQ(a2->bytes(), 200);
  const auto c = Make("c");
  c->Grow(50);
  EXPECT_GE(c->bytes(), 300);
  EXPECT_LE(c->bytes(), 400);
  EXPECT_EQ(budget_.bytes(), kMax);
  // Its share stays, however much the others produce.
  a1->Grow(100);
  b->Grow(100);
  EXPECT_GE(c->bytes(), 300);
}

TEST_F(HistoryBudgetTest, WithinATenantWhoGrowsGives) {
  const auto idle = Make("");
  const auto busy = Make("");
  idle->Grow(5);
  busy->Grow(100);
  EXPECT_EQ(idle->bytes(), 500);
  EXPECT_EQ(busy->bytes(), 500);
}

// A tenant whose readers block keeps at most its share if others need more.
TEST_F(HistoryBudgetTest, WhatReadersWaitForGoesLast) {
  const auto kept = Make("a");
  const auto free = Make("a");
  kept->is_kept = true;
  kept->Grow(7);
  free->Grow(3);
  const auto b = Make("b");
  b->Grow(2);
  EXPECT_EQ(kept->bytes(), 700);
  EXPECT_EQ(free->bytes(), 100);
  b->Grow(50);
  EXPECT_EQ(kept->bytes(), 400);
  EXPECT_EQ(b->bytes(), 500);
}

// What another thread is using is left for later, up to a sixteenth more.
TEST_F(HistoryBudgetTest, NobodyWaitsForABusyHistory) {
  HistoryBudget budget(32 * kPart);
  const auto busy = std::make_shared<FakeHistory>(&budget, "a");
  const auto growing = std::make_shared<FakeHistory>(&budget, "b");
  busy->Grow(31);
  busy->is_busy = true;
  growing->Grow(3);
  EXPECT_EQ(growing->bytes(), 3 * kPart);
  EXPECT_EQ(busy->bytes(), 31 * kPart);
  growing->Grow(1);  // too much: it waits, until it is not
  EXPECT_EQ(growing->bytes(), 4 * kPart);
  EXPECT_EQ(busy->bytes(), 30 * kPart);
  busy->is_busy = false;
  growing->Grow(1);
  EXPECT_EQ(budget.bytes(), 32 * kPart);
}

// If the largest tenant can't give up anything, the growing one must.
TEST_F(HistoryBudgetTest, ManySmallOnesMayBeOneTenants) {
  std::vector<std::shared_ptr<FakeHistory>> many;
  for (int i = 0; i < 10; ++i) {
    many.push_back(Make("a"));
    many.back()->Grow(1);
  }
  const auto b = Make("b");
  b->Grow(5);
  EXPECT_EQ(b->bytes(), 100);
}

}  // namespace
}  // namespace spiked
