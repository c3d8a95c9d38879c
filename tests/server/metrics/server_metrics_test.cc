// SPDX-License-Identifier: Apache-2.0

#include "server/metrics/server_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "server/session/registry/session_builder.h"
#include "tests/support/network_builder.h"

namespace spiked {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ServerMetricsTest : public ::testing::Test {
 protected:
  ServerMetricsTest() {
    calls_.Register("spiked.v1.ServerService", "GetServerInfo", "unary");
  }

  std::shared_ptr<Session> Create(const std::string& id) {
    std::promise<std::shared_ptr<Session>> created;
    builder_.Create(id, testing::MakeColumnarNetwork(Precision::kFloat32, 1),
                    {.pacing = Pacing::kLockstep},
                    [&](SessionBuilder::CreateResult creation) {
                      created.set_value(creation.session);
                    });
    return created.get_future().get();
  }

  void Do(const std::function<void(Done)>& call) {
    std::promise<void> done;
    call([&](Outcome) { done.set_value(); });
    done.get_future().wait();
  }

  SteadyClock clock_;
  Statistics statistics_;
  CallStatistics calls_;
  Scheduler scheduler_{1, &clock_, &statistics_};
  SessionRegistry registry_{{}, &clock_, &scheduler_, &statistics_};
  SessionBuilder builder_{&registry_};
  ServerMetrics metrics_{"1.2.3",      1,       &registry_,
                         &statistics_, &calls_, &clock_};
};

TEST_F(ServerMetricsTest, EverySeriesExistsFromTheStart) {
  const std::string text = metrics_.Text();
  for (const char* line :
       {"spiked_build_info{version=\"1.2.3\"} 1",
        "spiked_sessions{state=\"running\",pacing=\"real_time\"} 0",
        "spiked_steps_total{pacing=\"free_run\"} 0",
        "spiked_tick_lateness_seconds_count 0",
        "spiked_streams{method=\"StreamSpikes\"} 0",
        "spiked_stimuli_total{kind=\"current\"} 0",
        "spiked_sessions_expired_total{reason=\"ttl\"} 0",
        "spiked_sessions_expired_total{reason=\"idle\"} 0",
        "spiked_session_builds_failed_total 0",
        "spiked_session_builds_cancelled_total 0",
        "spiked_repeated_requests_total 0",
        "spiked_log_lines_dropped_total ",
        "spiked_load_capacity 0.9",
        "spiked_expected_load 0",
        "spiked_streams{method=\"UploadSynapses\"} 0",
        "spiked_stimuli_total{kind=\"rates\"} 0",
        "spiked_stimuli_total{kind=\"plasticity\"} 0",
        "spiked_stimuli_total{kind=\"dopamine\"} 0",
        "spiked_stimuli_total{kind=\"encoder_values\"} 0",
        "spiked_network_changes_total 0",
        "spiked_network_edits_total 0",
        "spiked_auth_failures_total{reason=\"missing\"} 0",
        "spiked_quota_usage_ratio{resource=\"sessions\"} 0",
        "spiked_quota_rejections_total{resource=\"stimuli_per_s\"} 0",
        "spiked_self_probe_failures_total 0",
        "spiked_self_probe_seconds 0",
        "spiked_memory_tight 0",
        "grpc_method=\"GetServerInfo\",grpc_code=\"OK\"} 0"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

TEST_F(ServerMetricsTest, FollowsSessionsAsTheyComeAndGo) {
  const auto session = Create("one");
  Do([&](Done done) {
    session->Post(AdvanceCommand{.step_count = 50}, std::move(done));
  });
  const std::string text = metrics_.Text();
  EXPECT_THAT(text, HasSubstr("spiked_sessions{state=\"paused\",pacing="
                              "\"lockstep\"} 1"));
  EXPECT_THAT(text, HasSubstr("spiked_steps_total{pacing=\"lockstep\"} 50"));
  EXPECT_THAT(text, Not(HasSubstr("spiked_neurons 0\n")));
  Do([&](Done done) { registry_.Delete("one", std::move(done)); });
  const std::string after = metrics_.Text();
  EXPECT_THAT(after, HasSubstr("spiked_neurons 0\n"));
  EXPECT_THAT(after, HasSubstr("spiked_memory_bytes 0\n"));
  EXPECT_THAT(after, HasSubstr("spiked_sessions_deleted_total 1"));
  EXPECT_THAT(after, HasSubstr("spiked_steps_total{pacing=\"lockstep\"} 50"));
}

TEST_F(ServerMetricsTest, TellsOfTheTenantThatIsNearestToItsQuota) {
  Quotas quotas;
  quotas.others.limits[static_cast<int>(Resource::kStreams)] = 4;
  registry_.tenants()->SetQuotas(std::move(quotas));
  EXPECT_TRUE(registry_.tenants()->Get("a")->Claim(Resource::kStreams, 1).ok());
  EXPECT_TRUE(registry_.tenants()->Get("b")->Claim(Resource::kStreams, 3).ok());
  for (const char* tenant : {"a", "b"}) {
    EXPECT_FALSE(
        registry_.tenants()->Get(tenant)->Claim(Resource::kStreams, 9).ok());
  }
  const std::string text = metrics_.Text();
  EXPECT_THAT(text, HasSubstr("spiked_quota_usage_ratio{resource=\"streams\"} "
                              "0.75"));
  EXPECT_THAT(text, HasSubstr("spiked_quota_rejections_total{resource="
                              "\"streams\"} 2"));
}

TEST_F(ServerMetricsTest, HistogramBucketsAddUp) {
  for (int64_t us : {5, 15, 700, 5'000'000}) {
    statistics_.tick_lateness.Add(us * 1000);
  }
  const std::string text = metrics_.Text();
  EXPECT_THAT(text,
              HasSubstr("spiked_tick_lateness_seconds_bucket{le=\"1e-05\"} 1"));
  EXPECT_THAT(text,
              HasSubstr("spiked_tick_lateness_seconds_bucket{le=\"2e-05\"} 2"));
  EXPECT_THAT(text,
              HasSubstr("spiked_tick_lateness_seconds_bucket{le=\"+Inf\"} 4"));
  EXPECT_THAT(text, HasSubstr("spiked_tick_lateness_seconds_count 4"));
}

TEST_F(ServerMetricsTest, TellsAboutTheProcess) {
  const std::string text = metrics_.Text();
  EXPECT_THAT(text, HasSubstr("process_cpu_seconds_total"));
  EXPECT_THAT(text, Not(HasSubstr("process_resident_memory_bytes 0\n")));
  EXPECT_THAT(text, Not(HasSubstr("process_open_fds 0\n")));
  EXPECT_THAT(text, Not(HasSubstr("process_threads 0\n")));
}

}  // namespace
}  // namespace spiked
