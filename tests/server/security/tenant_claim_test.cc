// SPDX-License-Identifier: Apache-2.0

#include "server/security/tenant_claim.h"

#include <gtest/gtest.h>

#include <memory>
#include <utility>

#include "server/base/status_payload.h"
#include "server/security/quota_file.h"

namespace spiked {
namespace {

TenantAmounts Amounts(double sessions, double neurons) {
  TenantAmounts amounts{};
  amounts[static_cast<int>(Resource::kSessions)] = sessions;
  amounts[static_cast<int>(Resource::kNeurons)] = neurons;
  return amounts;
}

class TenantClaimTest : public ::testing::Test {
 protected:
  TenantAmounts used() { return tenant_->usage(0).used; }

  std::shared_ptr<Tenant> tenant_ = std::make_shared<Tenant>(
      "acme", ParseQuotas("* sessions=2 neurons=100")->others);
};

TEST_F(TenantClaimTest, GivesBackItsAmounts) {
  {
    const auto claim = TenantClaim::Make(tenant_, Amounts(1, 60));
    ASSERT_TRUE(claim.ok());
    EXPECT_EQ(used(), Amounts(1, 60));
  }
  EXPECT_EQ(used(), Amounts(0, 0));
}

TEST_F(TenantClaimTest, ClaimsAllOrNothing) {
  EXPECT_EQ(QuotaOf(TenantClaim::Make(tenant_, Amounts(1, 101)).status()),
            "neurons");
  EXPECT_EQ(QuotaOf(TenantClaim::Make(tenant_, Amounts(3, 101)).status()),
            "sessions");
  EXPECT_EQ(used(), Amounts(0, 0));
  EXPECT_EQ(tenant_->usage(0).rejections[0], 1);
  EXPECT_EQ(tenant_->usage(0).rejections[1], 1);
}

TEST_F(TenantClaimTest, NothingIsNeverTooMuch) {
  const auto claim = TenantClaim::Make(tenant_, Amounts(2, 100));
  ASSERT_TRUE(claim.ok());
  tenant_->SetQuota({.limits = Amounts(1, 200)});
  EXPECT_TRUE(TenantClaim::Make(tenant_, Amounts(0, 100)).ok());
  EXPECT_FALSE(TenantClaim::Make(tenant_, Amounts(1, 100)).ok());
}

TEST_F(TenantClaimTest, MovesAddsAndShrinks) {
  auto first = TenantClaim::Make(tenant_, Amounts(1, 60));
  auto second = TenantClaim::Make(tenant_, Amounts(1, 30));
  ASSERT_TRUE(first.ok() && second.ok());
  TenantClaim claim;
  claim.Add(*std::move(first));
  claim.Add(*std::move(second));
  EXPECT_EQ(used(), Amounts(2, 90));
  EXPECT_EQ(claim.amounts(), Amounts(2, 90));
  claim.ShrinkTo(Amounts(1, 200));
  EXPECT_EQ(used(), Amounts(1, 90));
  TenantClaim moved = std::move(claim);
  EXPECT_EQ(used(), Amounts(1, 90));
  moved = TenantClaim();
  EXPECT_EQ(used(), Amounts(0, 0));
}

TEST_F(TenantClaimTest, WithoutATenantAllIsAllowed) {
  EXPECT_TRUE(TenantClaim::Make(nullptr, Amounts(9, 1e300)).ok());
}

}  // namespace
}  // namespace spiked
