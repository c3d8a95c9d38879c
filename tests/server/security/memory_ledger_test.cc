// SPDX-License-Identifier: Apache-2.0

#include "server/security/memory_ledger.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "server/base/status_payload.h"
#include "server/security/quota_file.h"

namespace spiked {
namespace {

class MemoryLedgerTest : public ::testing::Test {
 protected:
  double Used(Resource resource) {
    return tenant_->usage(0).used[static_cast<int>(resource)];
  }

  // A guard of 1000 bytes is tight from 850 on.
  std::shared_ptr<MemoryLedger> ledger_ =
      std::make_shared<MemoryLedger>(10'000'000, 1000);
  std::shared_ptr<Tenant> tenant_ = std::make_shared<Tenant>(
      "acme",
      ParseQuotas("* neurons=100 synapses=1000 memory_bytes=8e6")->others);
};

TEST_F(MemoryLedgerTest, AReservationIsGivenBackAtItsEnd) {
  {
    const auto memory = ledger_->Reserve(tenant_, 3'000'000, "it");
    ASSERT_TRUE(memory.ok()) << memory.status();
    EXPECT_TRUE(memory->holds());
    EXPECT_EQ(memory->bytes(), 3'000'000);
    EXPECT_EQ(ledger_->reserved_bytes(), 3'000'000);
    EXPECT_EQ(Used(Resource::kMemoryBytes), 3e6);
  }
  EXPECT_EQ(ledger_->reserved_bytes(), 0);
  EXPECT_EQ(Used(Resource::kMemoryBytes), 0);
}

TEST_F(MemoryLedgerTest, TheGuardTheLimitAndTheQuotaAreAskedInThisOrder) {
  const auto first = ledger_->Reserve(nullptr, 1'000'000, "it");
  ASSERT_TRUE(first.ok());
  ledger_->guard()->Update(850);
  EXPECT_EQ(QuotaOf(ledger_->Reserve(tenant_, 9'500'000, "it").status()),
            "server_memory");
  ledger_->guard()->Update(0);
  const absl::Status limit =
      ledger_->Reserve(tenant_, 9'500'000, "the list").status();
  EXPECT_EQ(limit, Refusal(Reason::kLimitReached,
                           "the list needs 9.5 MB; 9.0 MB are free of the "
                           "server's limit of 10.0 MB"));
  EXPECT_EQ(QuotaOf(ledger_->Reserve(tenant_, 8'500'000, "it").status()),
            "memory_bytes");
  EXPECT_EQ(ledger_->reserved_bytes(), 1'000'000);
  EXPECT_TRUE(ledger_->Reserve(tenant_, 8'000'000, "it").ok());
}

TEST_F(MemoryLedgerTest, AdmittedRequestsAreNotGuarded) {
  ledger_->guard()->Update(850);
  EXPECT_TRUE(ledger_->Reserve({.what = "it needs", .guarded = false}).ok());
}

TEST_F(MemoryLedgerTest, APeakMustBeFreeButIsNotReserved) {
  const auto memory = ledger_->Reserve({.tenant = tenant_,
                                        .what = "the network needs about",
                                        .bytes = 2e6,
                                        .peak_bytes = 1e7,
                                        .peak_when = "while it is built"});
  ASSERT_TRUE(memory.ok());
  EXPECT_EQ(ledger_->reserved_bytes(), 2'000'000);
  // More than an int64_t holds.
  EXPECT_EQ(ledger_
                ->Reserve({.what = "the network needs about",
                           .bytes = 1e30,
                           .peak_bytes = 2e30,
                           .peak_when = "while it is built"})
                .status()
                .code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ledger_
                ->Reserve({.what = "the network needs about",
                           .bytes = 2e6,
                           .peak_bytes = 9e6,
                           .peak_when = "while it is built"})
                .status()
                .message(),
            "the network needs about 2.0 MB, and 9.0 MB while it is built; "
            "8.0 MB are free of the server's limit of 10.0 MB");
}

TEST_F(MemoryLedgerTest, NeuronsAndSynapsesAreClaimedWithTheMemoryOrNothing) {
  {
    const auto memory = ledger_->Reserve({.tenant = tenant_,
                                          .what = "it needs",
                                          .bytes = 100,
                                          .neurons = 60,
                                          .synapses = 600});
    ASSERT_TRUE(memory.ok());
    EXPECT_EQ(Used(Resource::kNeurons), 60);
    EXPECT_EQ(Used(Resource::kSynapses), 600);
    EXPECT_EQ(QuotaOf(ledger_
                          ->Reserve({.tenant = tenant_,
                                     .what = "it needs",
                                     .bytes = 100,
                                     .neurons = 40,
                                     .synapses = 401})
                          .status()),
              "synapses");
    EXPECT_EQ(Used(Resource::kNeurons), 60);
    EXPECT_EQ(ledger_->reserved_bytes(), 100);
  }
  EXPECT_EQ(Used(Resource::kNeurons), 0);
  EXPECT_EQ(Used(Resource::kSynapses), 0);
}

TEST_F(MemoryLedgerTest, ReservationsGrowShrinkAndMove) {
  MemoryReservation all;
  EXPECT_FALSE(all.holds());
  for (int i = 0; i < 3; ++i) {
    auto memory = ledger_->Reserve(tenant_, 1000, "it");
    ASSERT_TRUE(memory.ok());
    all.Add(*std::move(memory));
  }
  EXPECT_EQ(all.bytes(), 3000);
  EXPECT_EQ(ledger_->reserved_bytes(), 3000);
  TenantAmounts less{};
  less[static_cast<int>(Resource::kMemoryBytes)] = 500;
  all.ShrinkTo(less);
  EXPECT_EQ(ledger_->reserved_bytes(), 500);
  EXPECT_EQ(Used(Resource::kMemoryBytes), 500);
  auto other = ledger_->Reserve(tenant_, 70, "it");
  ASSERT_TRUE(other.ok());
  all = *std::move(other);
  EXPECT_EQ(ledger_->reserved_bytes(), 70);
  MemoryReservation moved = std::move(all);
  EXPECT_EQ(ledger_->reserved_bytes(), 70);
  moved = {};
  EXPECT_EQ(ledger_->reserved_bytes(), 0);
  EXPECT_EQ(Used(Resource::kMemoryBytes), 0);
}

TEST_F(MemoryLedgerTest, AReservationMayOutliveItsOwner) {
  auto memory = ledger_->Reserve(tenant_, 1000, "it");
  ASSERT_TRUE(memory.ok());
  ledger_.reset();
  EXPECT_EQ(Used(Resource::kMemoryBytes), 1000);
  memory = MemoryReservation();
  EXPECT_EQ(Used(Resource::kMemoryBytes), 0);
}

TEST_F(MemoryLedgerTest, ManyThreadsNeverReserveMoreThanTheLimit) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this] {
      for (int i = 0; i < 500; ++i) {
        const auto memory = ledger_->Reserve(nullptr, 4'000'000, "it");
        EXPECT_LE(ledger_->reserved_bytes(), 8'000'000);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(ledger_->reserved_bytes(), 0);
}

TEST_F(MemoryLedgerTest, SmallAmountsAreServedWhenAllElseIsTaken) {
  const auto all = ledger_->Reserve(nullptr, 10'000'000, "it");
  ASSERT_TRUE(all.ok());
  ledger_->guard()->Update(1000);  // tight
  const int64_t half = MemoryLedger::kKeptBytes / 2;
  auto first = ledger_->ReserveSmall(tenant_, half, "a stream");
  auto second = ledger_->ReserveSmall(tenant_, half, "a stream");
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_TRUE(first->holds());
  EXPECT_EQ(ledger_->reserved_bytes(), 10'000'000);
  EXPECT_EQ(Used(Resource::kMemoryBytes), 0);
  EXPECT_EQ(ledger_->ReserveSmall(tenant_, 1000, "the stream").status(),
            Refusal(Reason::kLimitReached,
                    "the stream needs 0.0 MB; 0.0 MB are free of the server's "
                    "limit of 10.0 MB"));
  *second = MemoryReservation();
  EXPECT_TRUE(ledger_->ReserveSmall(tenant_, half, "a stream").ok());
}

TEST_F(MemoryLedgerTest, MoreSmallAmountsThanAreKeptCountAsOthers) {
  auto kept = ledger_->ReserveSmall(tenant_, MemoryLedger::kKeptBytes, "it");
  ASSERT_TRUE(kept.ok());
  {
    const auto more = ledger_->ReserveSmall(tenant_, 1000, "it");
    ASSERT_TRUE(more.ok());
    EXPECT_EQ(ledger_->reserved_bytes(), 1000);
    EXPECT_EQ(Used(Resource::kMemoryBytes), 1000);
  }
  EXPECT_EQ(ledger_->reserved_bytes(), 0);
  MemoryReservation moved = *std::move(kept);
  moved = MemoryReservation();
  EXPECT_TRUE(
      ledger_->ReserveSmall(tenant_, MemoryLedger::kKeptBytes, "it").ok());
  EXPECT_EQ(ledger_->reserved_bytes(), 0);
}

}  // namespace
}  // namespace spiked
