// SPDX-License-Identifier: Apache-2.0

#include "server/security/tenant.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/base/status_payload.h"
#include "server/security/quota_file.h"
#include "server/security/tenants.h"
#include "server/security/token_bucket.h"

namespace spiked {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kSecond = 1'000'000'000;

TenantQuota Limits(const std::string& line) {
  return ParseQuotas("* " + line)->others;
}

TEST(QuotaFile, ReadsLines) {
  const auto quotas = ParseQuotas(
      "# quotas\n* sessions=10 memory_bytes=2e9\nacme streams=5\n"
      "free weight=2.5\n");
  ASSERT_TRUE(quotas.ok()) << quotas.status();
  const auto limit = [&](const std::string& tenant, Resource resource) {
    return quotas->Of(tenant).limits[static_cast<int>(resource)];
  };
  EXPECT_EQ(limit("other", Resource::kSessions), 10);
  EXPECT_EQ(limit("other", Resource::kMemoryBytes), 2e9);
  EXPECT_EQ(limit("other", Resource::kStreams), 0);
  EXPECT_EQ(limit("acme", Resource::kStreams), 5);
  EXPECT_EQ(limit("acme", Resource::kSessions), 0);
  EXPECT_EQ(limit("free", Resource::kSessions), 0);
  EXPECT_EQ(quotas->Of("free").weight, 2.5);
  EXPECT_EQ(quotas->Of("acme").weight, 1);
}

TEST(QuotaFile, MistakesNameTheLine) {
  const auto error = [](const std::string& text) {
    return std::string(ParseQuotas(text).status().message());
  };
  EXPECT_THAT(
      error("\nacme session=1"),
      HasSubstr("line 2: \"session=1\" is not name=number; known "
                "names: weight, sessions, neurons, synapses, memory_bytes, "
                "streams, stimuli_per_s, stream_bytes_per_s"));
  EXPECT_THAT(error("acme sessions"), HasSubstr("is not name=number"));
  for (const char* bad : {"0", "-1", "nan", "inf", "1e19", "", "many"}) {
    EXPECT_THAT(error(std::string("acme sessions=") + bad),
                HasSubstr("is not in (0, 1e18]"))
        << bad;
  }
  EXPECT_THAT(error("Acme sessions=1"), HasSubstr("neither a tenant nor *"));
  EXPECT_THAT(error("a sessions=1\na sessions=2"), HasSubstr("line 2: \"a\""));
  EXPECT_THAT(error("* sessions=1\n* sessions=2"), HasSubstr("line 2: \"*\""));
  EXPECT_THAT(error("* sessions=1\na"),
              HasSubstr("line 2: \"a\" has no limits"));
  for (const char* bad : {"0", "-1", "nan", "101", ""}) {
    EXPECT_THAT(error(std::string("a weight=") + bad),
                HasSubstr("is not in [0.01, 100]"))
        << bad;
  }
}

TEST(TokenBucket, LetsABurstThroughAndThenTheRate) {
  TokenBucket bucket;
  EXPECT_EQ(bucket.WaitNanos(100, 5 * kSecond), 0);
  bucket.Take(100, 100, 5 * kSecond);
  EXPECT_NEAR(static_cast<double>(bucket.WaitNanos(100, 5 * kSecond)), 1, 1);
  EXPECT_EQ(bucket.WaitNanos(100, 5 * kSecond + kSecond / 100), 0);
}

TEST(TokenBucket, WhatIsLargerLeavesADebt) {
  TokenBucket bucket;
  bucket.Take(100, 350, 0);  // the bucket has 100
  EXPECT_NEAR(static_cast<double>(bucket.WaitNanos(100, 0)), 2.5e9, 2);
  EXPECT_GT(bucket.WaitNanos(100, 2 * kSecond), 0);
  EXPECT_EQ(bucket.WaitNanos(100, 3 * kSecond), 0);
}

TEST(TokenBucket, NoDebtIsLongerThanAMinute) {
  TokenBucket bucket;
  bucket.Take(100, 1e18, 0);
  EXPECT_NEAR(static_cast<double>(bucket.WaitNanos(100, 0)), 60e9, 2);
}

TEST(TokenBucket, HoldsTheRateOnAverage) {
  TokenBucket bucket;
  int64_t taken = 0;
  for (int64_t ms = 0; ms < 10'000; ++ms) {
    const int64_t now = ms * 1'000'000;
    if (bucket.WaitNanos(1000, now) > 0) continue;
    bucket.Take(1000, 7, now);
    taken += 7;
  }
  EXPECT_NEAR(static_cast<double>(taken), 11'000, 20);  // rate and burst
}

TEST(TokenBucket, AClockThatStandsStillOrGoesBackFillsNothing) {
  TokenBucket bucket;
  bucket.Take(100, 200, kSecond);
  const int64_t wait = bucket.WaitNanos(100, kSecond);
  EXPECT_EQ(bucket.WaitNanos(100, 0), wait);
  EXPECT_EQ(bucket.WaitNanos(100, kSecond), wait);
}

TEST(TokenBucket, NoRateIsNoLimit) {
  TokenBucket bucket;
  bucket.Take(0, 1e18, 0);
  EXPECT_EQ(bucket.WaitNanos(0, 0), 0);
}

TEST(Tenant, ClaimsUpToTheLimit) {
  Tenant tenant("acme", Limits("sessions=2"));
  EXPECT_TRUE(tenant.Claim(Resource::kSessions, 1).ok());
  EXPECT_TRUE(tenant.Claim(Resource::kSessions, 1).ok());
  const absl::Status refused = tenant.Claim(Resource::kSessions, 1);
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(std::string(refused.message()),
            "tenant \"acme\" has 2 sessions and asks for 1 more; its quota is "
            "2");
  EXPECT_EQ(QuotaOf(refused), "sessions");
  EXPECT_EQ(RetryNanosOf(refused), std::nullopt);
  tenant.Release(Resource::kSessions, 1);
  EXPECT_TRUE(tenant.Claim(Resource::kSessions, 1).ok());
  const Tenant::Usage usage = tenant.usage(0);
  EXPECT_EQ(usage.rejections[static_cast<int>(Resource::kSessions)], 1);
  EXPECT_EQ(usage.Ratio(static_cast<int>(Resource::kSessions)), 1);
  EXPECT_EQ(usage.Ratio(static_cast<int>(Resource::kNeurons)), 0);
}

TEST(Tenant, WithoutLimitsTakesAnything) {
  Tenant tenant("", TenantQuota{});
  EXPECT_TRUE(tenant.Claim(Resource::kSynapses, 1e300).ok());
  EXPECT_TRUE(tenant.TakeStimuli(int64_t{1} << 60, 0).ok());
  EXPECT_TRUE(tenant.TakeStimuli(int64_t{1} << 60, 0).ok());
  tenant.CountStreamBytes(int64_t{1} << 60, 0);
  EXPECT_EQ(tenant.StreamWaitNanos(0), 0);
}

TEST(Tenant, StimuliHaveARate) {
  Tenant tenant("acme", Limits("stimuli_per_s=10"));
  EXPECT_TRUE(tenant.TakeStimuli(30, 0).ok());  // a debt of two seconds
  const absl::Status refused = tenant.TakeStimuli(1, kSecond);
  EXPECT_EQ(QuotaOf(refused), "stimuli_per_s");
  ASSERT_TRUE(RetryNanosOf(refused).has_value());
  EXPECT_NEAR(static_cast<double>(*RetryNanosOf(refused)), 1e9, 2);
  EXPECT_TRUE(tenant.TakeStimuli(1, 3 * kSecond).ok());
  const int resource = static_cast<int>(Resource::kStimuliPerS);
  EXPECT_NEAR(tenant.usage(3 * kSecond).used[resource], 1, 1e-6);
}

TEST(Tenant, StreamsHaveARate) {
  Tenant tenant("acme", Limits("stream_bytes_per_s=1000"));
  EXPECT_EQ(tenant.StreamWaitNanos(0), 0);
  tenant.CountStreamBytes(1500, 0);
  EXPECT_NEAR(static_cast<double>(tenant.StreamWaitNanos(0)), 0.5e9, 2);
  EXPECT_EQ(tenant.StreamWaitNanos(kSecond), 0);
}

TEST(Tenants, GetNewLimitsAndKeepWhatTheyHave) {
  Tenants tenants(*ParseQuotas("* sessions=1\nacme sessions=2"));
  const auto acme = tenants.Get("acme");
  EXPECT_EQ(tenants.Get("acme"), acme);
  EXPECT_TRUE(acme->Claim(Resource::kSessions, 2).ok());
  EXPECT_FALSE(tenants.Get("other")->Claim(Resource::kSessions, 2).ok());
  tenants.SetQuotas(*ParseQuotas("* sessions=3\nacme sessions=1"));
  EXPECT_TRUE(tenants.Get("other")->Claim(Resource::kSessions, 2).ok());
  EXPECT_FALSE(acme->Claim(Resource::kSessions, 1).ok());
  EXPECT_EQ(acme->usage(0).used[0], 2);
  EXPECT_EQ(tenants.All().size(), 2u);
  const auto weight = acme->weight();
  EXPECT_EQ(*weight, 1);
  tenants.SetQuotas(*ParseQuotas("acme weight=3"));
  EXPECT_EQ(*weight, 3);
}

}  // namespace
}  // namespace spiked
