// SPDX-License-Identifier: Apache-2.0

#include "server/session/network_memory.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "server/base/status_payload.h"
#include "server/security/quota_file.h"

namespace spiked {
namespace {

Estimate NetworkOf(int64_t neurons, double synapses, double bytes) {
  Estimate estimate;
  estimate.neuron_count = neurons;
  estimate.synapse_count = synapses;
  estimate.bytes = bytes;
  return estimate;
}

class NetworkMemoryTest : public ::testing::Test {
 protected:
  double Used(Resource resource) {
    return tenant_->usage(0).used[static_cast<int>(resource)];
  }
  absl::StatusOr<NetworkMemory> ForNew(const Estimate& estimate) {
    return NetworkMemory::ForNew(*ledger_, tenant_, estimate, estimate.bytes);
  }
  absl::StatusOr<NetworkMemory> ForEdit(const Estimate& estimate,
                                        const NetworkMemory& present) {
    return NetworkMemory::ForEdit(*ledger_, tenant_, estimate, estimate.bytes,
                                  present);
  }

  std::shared_ptr<MemoryLedger> ledger_ =
      std::make_shared<MemoryLedger>(10'000'000);
  std::shared_ptr<Tenant> tenant_ = std::make_shared<Tenant>(
      "acme",
      ParseQuotas("* neurons=100 synapses=1000 memory_bytes=2e6")->others);
};

TEST_F(NetworkMemoryTest, IsAllOfANetworkOrNothing) {
  for (const auto& [network, quota] :
       {std::pair(NetworkOf(101, 1, 1), "neurons"),
        std::pair(NetworkOf(1, 1001, 1), "synapses"),
        std::pair(NetworkOf(1, 1, 2e6 + 1), "memory_bytes")}) {
    EXPECT_EQ(QuotaOf(ForNew(network).status()), quota);
    EXPECT_EQ(Used(Resource::kNeurons), 0);
    EXPECT_EQ(Used(Resource::kSynapses), 0);
    EXPECT_EQ(Used(Resource::kMemoryBytes), 0);
  }
  {
    const auto memory = ForNew(NetworkOf(60, 600, 1e6));
    ASSERT_TRUE(memory.ok());
    EXPECT_EQ(Used(Resource::kNeurons), 60);
    EXPECT_EQ(Used(Resource::kSynapses), 600);
    EXPECT_EQ(ledger_->reserved_bytes(), 1'000'000);
  }
  EXPECT_EQ(Used(Resource::kNeurons), 0);
  EXPECT_EQ(ledger_->reserved_bytes(), 0);
}

TEST_F(NetworkMemoryTest, AnEditClaimsMoreNeuronsButAllMemory) {
  auto present = ForNew(NetworkOf(60, 600, 1e6));
  ASSERT_TRUE(present.ok());
  {
    const auto next = ForEdit(NetworkOf(70, 500, 0.5e6), *present);
    ASSERT_TRUE(next.ok());
    EXPECT_EQ(Used(Resource::kNeurons), 70);
    EXPECT_EQ(Used(Resource::kSynapses), 600);
    EXPECT_EQ(ledger_->reserved_bytes(), 1'500'000);
  }
  // It failed.
  EXPECT_EQ(Used(Resource::kNeurons), 60);
  EXPECT_EQ(ledger_->reserved_bytes(), 1'000'000);
  auto next = ForEdit(NetworkOf(70, 500, 0.5e6), *present);
  ASSERT_TRUE(next.ok());
  next->Replace(*std::move(present));
  EXPECT_EQ(Used(Resource::kNeurons), 70);
  EXPECT_EQ(Used(Resource::kSynapses), 500);
  EXPECT_EQ(ledger_->reserved_bytes(), 500'000);
  EXPECT_EQ(Used(Resource::kMemoryBytes), 0.5e6);
}

TEST_F(NetworkMemoryTest, SaysForWhatItIs) {
  EXPECT_EQ(std::string(ForNew(NetworkOf(1, 1, 2e7)).status().message()),
            "the network needs about 20.0 MB, and 20.0 MB while it is built; "
            "10.0 MB are free of the server's limit of 10.0 MB");
  EXPECT_EQ(
      std::string(ForEdit(NetworkOf(1, 1, 2e7), {}).status().message()),
      "the edited network needs about 20.0 MB, and 20.0 MB beside the one "
      "that it replaces while it is built; 10.0 MB are free of the "
      "server's limit of 10.0 MB");
}

}  // namespace
}  // namespace spiked
