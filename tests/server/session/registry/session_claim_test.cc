// SPDX-License-Identifier: Apache-2.0

#include "server/session/registry/session_claim.h"

#include <gtest/gtest.h>

#include "server/base/status_payload.h"
#include "server/security/quota_file.h"
#include "server/session/session_key.h"

namespace spiked {
namespace {

class SessionClaimTest : public ::testing::Test {
 protected:
  double Used(Resource resource) {
    return tenant_->usage(0).used[static_cast<int>(resource)];
  }
  static Estimate Network(int neurons, double synapses, double bytes) {
    Estimate estimate;
    estimate.neuron_count = neurons;
    estimate.synapse_count = synapses;
    estimate.bytes = bytes;
    return estimate;
  }

  std::shared_ptr<Tenant> tenant_ = std::make_shared<Tenant>(
      "acme", ParseQuotas("* sessions=2 neurons=100 synapses=1000 "
                          "memory_bytes=1e6")
                  ->others);
};

TEST_F(SessionClaimTest, GivesBackWhatItHas) {
  {
    auto claim = SessionClaim::Make(tenant_);
    ASSERT_TRUE(claim.ok());
    EXPECT_TRUE((*claim)->ClaimNetwork(Network(60, 600, 6e5)).ok());
    EXPECT_EQ(Used(Resource::kSessions), 1);
    EXPECT_EQ(Used(Resource::kNeurons), 60);
    EXPECT_EQ(Used(Resource::kSynapses), 600);
    EXPECT_EQ(Used(Resource::kMemoryBytes), 6e5);
  }
  for (int r = 0; r < kResourceCount; ++r) {
    EXPECT_EQ(Used(static_cast<Resource>(r)), 0) << kResourceNames[r];
  }
}

TEST_F(SessionClaimTest, TakesAllOfANetworkOrNothing) {
  auto claim = SessionClaim::Make(tenant_);
  ASSERT_TRUE(claim.ok());
  for (const auto& [network, quota] :
       {std::pair(Network(101, 1, 1), "neurons"),
        std::pair(Network(1, 1001, 1), "synapses"),
        std::pair(Network(1, 1, 1e6 + 1), "memory_bytes")}) {
    EXPECT_EQ(QuotaOf((*claim)->ClaimNetwork(network)), quota);
    EXPECT_EQ(Used(Resource::kNeurons), 0);
    EXPECT_EQ(Used(Resource::kSynapses), 0);
    EXPECT_EQ(Used(Resource::kMemoryBytes), 0);
  }
}

TEST_F(SessionClaimTest, ANetworkTakesThePlaceOfTheOneBefore) {
  auto claim = SessionClaim::Make(tenant_);
  ASSERT_TRUE(claim.ok());
  EXPECT_TRUE((*claim)->ClaimNetwork(Network(60, 1, 1)).ok());
  EXPECT_TRUE((*claim)->ClaimNetwork(Network(70, 1, 1)).ok());
  EXPECT_EQ(Used(Resource::kNeurons), 70);
}

TEST(SessionKeys, ArePutTogetherAndTakenApart) {
  EXPECT_EQ(SessionKey("", "demo"), "demo");
  EXPECT_EQ(SessionKey("acme", "demo"), "acme/demo");
  for (const char* tenant : {"", "acme"}) {
    EXPECT_EQ(TenantOf(SessionKey(tenant, "demo")), tenant);
    EXPECT_EQ(IdOf(SessionKey(tenant, "demo")), "demo");
    EXPECT_EQ(IdOf(SessionKey(tenant, "")), "");
  }
}

}  // namespace
}  // namespace spiked
