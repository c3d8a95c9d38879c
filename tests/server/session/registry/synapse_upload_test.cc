// SPDX-License-Identifier: Apache-2.0

#include "server/session/registry/synapse_upload.h"

#include <gtest/gtest.h>

#include <memory>

#include "tests/server/fake_clock.h"

namespace spiked {
namespace {

constexpr char kTenant[] = "acme";

class SynapseUploadsTest : public ::testing::Test {
 protected:
  std::string Add() {
    auto upload = std::make_shared<SynapseUpload>();
    upload->sources = {1, 2};
    auto memory = ledger_->Reserve(nullptr, 16, "it");
    EXPECT_TRUE(memory.ok());
    upload->memory = *std::move(memory);
    auto name = uploads_.Add(kTenant, upload);
    EXPECT_TRUE(name.ok());
    return name.value_or("");
  }

  FakeClock clock_;
  const std::shared_ptr<MemoryLedger> ledger_ =
      std::make_shared<MemoryLedger>(1 << 20);
  SynapseUploads uploads_{&clock_};
};

TEST_F(SynapseUploadsTest, AreFoundByName) {
  const std::string name = Add();
  EXPECT_EQ(name.rfind("uploads/", 0), 0u);
  EXPECT_EQ(uploads_.Find(kTenant, name)->sources.size(), 2u);
  EXPECT_EQ(uploads_.Find(kTenant, "uploads/other"), nullptr);
  EXPECT_EQ(uploads_.Find("other", name), nullptr);
}

TEST_F(SynapseUploadsTest, EndTenMinutesAfterTheirLastUse) {
  const std::string name = Add();
  clock_.AdvanceMs(599e3);
  uploads_.Find(kTenant, name);
  clock_.AdvanceMs(599e3);
  uploads_.DropExpired();
  EXPECT_NE(uploads_.Find(kTenant, name), nullptr);
  clock_.AdvanceMs(600e3);
  uploads_.DropExpired();
  EXPECT_EQ(uploads_.Find(kTenant, name), nullptr);
  EXPECT_EQ(ledger_->reserved_bytes(), 0);
}

TEST_F(SynapseUploadsTest, ABuilderKeepsTheMemory) {
  auto user = uploads_.Find(kTenant, Add());
  clock_.AdvanceMs(700e3);
  uploads_.DropExpired();
  EXPECT_EQ(ledger_->reserved_bytes(), 16);
  user.reset();
  EXPECT_EQ(ledger_->reserved_bytes(), 0);
}

TEST_F(SynapseUploadsTest, AreLimited) {
  for (int64_t i = 0; i < SynapseUploads::kMaxUploads; ++i) Add();
  EXPECT_EQ(
      uploads_.Add(kTenant, std::make_shared<SynapseUpload>()).status().code(),
      absl::StatusCode::kResourceExhausted);
  // The limit is per tenant.
  for (const char* other : {"", "acmd", "acme2"}) {
    EXPECT_TRUE(uploads_.Add(other, std::make_shared<SynapseUpload>()).ok());
  }
}

}  // namespace
}  // namespace spiked
