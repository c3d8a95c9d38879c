// SPDX-License-Identifier: Apache-2.0

#include "tests/fuzz/neighbour.h"

#include <chrono>
#include <future>
#include <thread>

#include "server/session/session_key.h"
#include "tests/fuzz/example.h"
#include "tests/fuzz/targets.h"

namespace spiked::fuzz {
namespace {

// Whether a condition becomes true within a time that only a server that hangs
// exceeds.
template <typename Condition>
bool Eventually(Condition condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

bool HaveCallsEnded(const FuzzServer& server) {
  for (const MethodStatistics& method : server.calls().methods()) {
    int64_t unfinished = method.started.Get();
    for (const Counter& handled : method.handled) unfinished -= handled.Get();
    if (unfinished != 0) return false;
  }
  for (const StreamStatistics& stream : server.statistics().streams) {
    if (stream.open.Get() != 0) return false;
  }
  return true;
}

}  // namespace

Neighbour::Neighbour(FuzzServer* server) {
  std::promise<std::shared_ptr<Session>> created;
  server->builder()->Create(SessionKey("neighbour", "steady"), ExampleNetwork(),
                            {.pacing = Pacing::kFreeRun},
                            [&](const SessionBuilder::CreateResult& creation) {
                              created.set_value(creation.session);
                            });
  session_ = created.get_future().get();
  FUZZ_CHECK(session_ != nullptr);
  session_->Post(StartCommand{}, [](const Outcome&) {});
}

void Neighbour::CheckGoesOn() const {
  const int64_t step = session_->status().step;
  FUZZ_CHECK(Eventually([&] { return session_->status().step > step; }));
}

void CheckCallsHaveEnded(const FuzzServer& server) {
  FUZZ_CHECK(Eventually([&] { return HaveCallsEnded(server); }));
}

}  // namespace spiked::fuzz
