// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/connection/self_probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <string>

#include "absl/strings/str_cat.h"
#include "server/rpc/rpc_server.h"
#include "tests/server/rpc/rpc_fixture.h"
#include "tests/server/rpc/tcp_relay.h"
#include "tests/server/rpc/tls_files.h"

namespace spiked::testing {
namespace {

using ::testing::HasSubstr;

// Waits for the reason with which the probe finds an address dead.
struct Verdict {
  std::promise<std::string> reason;
  std::atomic<bool> given{false};
  std::function<void(const std::string&)> Take() {
    return [this](const std::string& why) {
      if (!given.exchange(true)) reason.set_value(why);
    };
  }
};

int64_t NoProgress() { return 0; }

class SelfProbeTest : public RpcFixture,
                      public ::testing::WithParamInterface<int> {
 protected:
  SelfProbeTest() { folder_.MakeCertificate("server", "server"); }
  TlsFolder folder_;
  TlsFolder other_;
};

// Without TLS; with TLS; and with client certificates, where the server's own
// is accepted from clients or not.
TEST_P(SelfProbeTest, FindsALivingServerAlive) {
  const TlsFiles tls = {
      .certificate = GetParam() > 0 ? folder_.Path("server.crt") : "",
      .key = GetParam() > 0 ? folder_.Path("server.key") : "",
      .client_ca = GetParam() == 2   ? folder_.Path("ca.crt")
                   : GetParam() == 3 ? other_.Path("ca.crt")
                                     : ""};
  CallStatistics calls;
  const std::string socket =
      absl::StrCat("unix:", ::testing::TempDir(), "/spiked-probe-", getpid(),
                   "-", GetParam());
  auto server = RpcServer::Start(
      {.listen_address = "127.0.0.1:0", .more_addresses = {socket}, .tls = tls},
      {},
      {.registry = &registry_,
       .statistics = &statistics_,
       .call_statistics = &calls,
       .clock = &clock_});
  ASSERT_TRUE(server.ok()) << server.status();
  Verdict verdict;
  Statistics statistics;
  std::atomic<int> rounds = 0;
  {
    const SelfProbe probe({.addresses = (*server)->addresses(),
                           .tls = tls,
                           .period = std::chrono::seconds(1)},
                          &statistics, NoProgress, verdict.Take());
    // A draining server is alive, too.
    (*server)->SetDraining();
    const Periodic count(&clock_, 900'000'000, [&] { ++rounds; });
    EXPECT_TRUE(Eventually([&] { return rounds >= 3; }));
  }
  EXPECT_FALSE(verdict.given);
  EXPECT_EQ(statistics.self_probe_failures.Get(), 0);
  EXPECT_GT(statistics.self_probe_nanos.load(), 0);
  EXPECT_LT(statistics.self_probe_nanos.load(), 1'000'000'000);
}

INSTANTIATE_TEST_SUITE_P(Tls, SelfProbeTest, ::testing::Range(0, 4));

using DeadListenerTest = RpcFixture;

// A relay takes one connection, that of the first probe, and no more.
TEST_F(DeadListenerTest, IsFoundThoughCallsGoOn) {
  TcpRelay relay(server_->port());
  Statistics statistics;
  Verdict verdict;
  std::atomic<int64_t> calls = 0;
  const SelfProbe probe(
      {.addresses = {relay.address()}, .period = std::chrono::milliseconds(50)},
      &statistics, [&] { return ++calls; }, verdict.Take());
  EXPECT_EQ(statistics.self_probe_failures.Get(), 0);
  EXPECT_THAT(verdict.reason.get_future().get(),
              HasSubstr("takes no new connection"));
  EXPECT_GE(statistics.self_probe_failures.Get(), ListenerVerdict::kDeadTries);
}

}  // namespace
}  // namespace spiked::testing
