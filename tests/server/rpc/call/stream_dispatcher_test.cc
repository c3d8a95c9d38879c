// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/call/stream_dispatcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <new>
#include <vector>

#include "tests/server/fake_clock.h"

namespace spiked {
namespace {

using ::testing::ElementsAre;

// Records the times at which it is served; asks to be served every `period`
// nanoseconds.
class RecordingStream : public DispatchedStream {
 public:
  explicit RecordingStream(std::optional<int64_t> period) : period_(period) {}

  std::optional<int64_t> Serve(int64_t now_nanos) override {
    MutexLock lock(&mutex_);
    times_.push_back(now_nanos);
    changed_.NotifyAll();
    if (!period_.has_value()) return std::nullopt;
    return now_nanos + *period_;
  }

  // Waits until it was served `count` times; returns the times.
  std::vector<int64_t> WaitForTimes(size_t count) {
    MutexLock lock(&mutex_);
    while (times_.size() < count) changed_.Wait(&mutex_);
    return times_;
  }

 private:
  const std::optional<int64_t> period_;
  Mutex mutex_;
  CondVar changed_;
  std::vector<int64_t> times_;
};

class StreamDispatcherTest : public ::testing::Test {
 protected:
  // Returns when the dispatcher has run all tasks that were posted before.
  void Flush() {
    std::promise<void> done;
    dispatcher_.Post([&] { done.set_value(); });
    done.get_future().wait();
  }

  FakeClock clock_;
  StreamDispatcher dispatcher_{&clock_};
};

TEST_F(StreamDispatcherTest, ServesANewStreamAtOnceAndThenWhenItIsDue) {
  auto stream = std::make_shared<RecordingStream>(1'000'000);
  const int64_t begin = clock_.NowNanos();
  dispatcher_.Add(stream);
  EXPECT_THAT(stream->WaitForTimes(1), ElementsAre(begin));
  clock_.Advance(1'000'000);
  EXPECT_THAT(stream->WaitForTimes(2), ElementsAre(begin, begin + 1'000'000));
}

TEST_F(StreamDispatcherTest, ServesStreamsInTheOrderOfTheirTimes) {
  auto slow = std::make_shared<RecordingStream>(3'000'000);
  auto fast = std::make_shared<RecordingStream>(1'000'000);
  dispatcher_.Add(slow);
  dispatcher_.Add(fast);
  for (size_t i = 1; i <= 6; ++i) {
    fast->WaitForTimes(i);
    slow->WaitForTimes((i + 2) / 3);
    Flush();
    clock_.Advance(1'000'000);
  }
  EXPECT_EQ(fast->WaitForTimes(7).size(), 7u);
  EXPECT_EQ(slow->WaitForTimes(3).size(), 3u);
}

TEST_F(StreamDispatcherTest, ForgetsAStreamThatIsOver) {
  auto stream = std::make_shared<RecordingStream>(std::nullopt);
  std::weak_ptr<RecordingStream> weak = stream;
  dispatcher_.Add(stream);
  stream->WaitForTimes(1);
  stream.reset();
  Flush();
  EXPECT_TRUE(weak.expired());
}

TEST_F(StreamDispatcherTest, RunsTasksInOrder) {
  std::vector<int> order;
  for (int i = 0; i < 100; ++i) {
    dispatcher_.Post([&order, i] { order.push_back(i); });
  }
  Flush();
  ASSERT_EQ(order.size(), 100u);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST_F(StreamDispatcherTest, DrainingServesEverybodyAtOnce) {
  auto stream = std::make_shared<RecordingStream>(1'000'000'000'000);
  dispatcher_.Add(stream);
  stream->WaitForTimes(1);
  Flush();
  EXPECT_FALSE(dispatcher_.draining());
  dispatcher_.Drain();
  EXPECT_EQ(stream->WaitForTimes(2).size(), 2u);
  EXPECT_TRUE(dispatcher_.draining());
}

TEST_F(StreamDispatcherTest, StopReleasesEverything) {
  auto stream = std::make_shared<RecordingStream>(1'000'000'000'000);
  std::weak_ptr<RecordingStream> weak = stream;
  dispatcher_.Add(stream);
  stream->WaitForTimes(1);
  stream.reset();
  dispatcher_.Stop();
  EXPECT_TRUE(weak.expired());

  auto late = std::make_shared<RecordingStream>(1);
  dispatcher_.Add(late);
  EXPECT_EQ(late.use_count(), 1);
  dispatcher_.Post([] { FAIL(); });
  dispatcher_.Stop();
}

TEST_F(StreamDispatcherTest, StreamsAndTasksThatThrowDontEndTheThread) {
  class ThrowingStream : public DispatchedStream {
   public:
    explicit ThrowingStream(std::promise<void>* gone) : gone_(gone) {}
    ~ThrowingStream() override { gone_->set_value(); }
    std::optional<int64_t> Serve(int64_t) override { throw std::bad_alloc(); }

   private:
    std::promise<void>* const gone_;
  };
  std::promise<void> gone;
  dispatcher_.Add(std::make_shared<ThrowingStream>(&gone));
  gone.get_future().wait();  // it is dropped
  dispatcher_.Post([] { throw std::bad_alloc(); });
  Flush();
  auto stream = std::make_shared<RecordingStream>(std::nullopt);
  dispatcher_.Add(stream);
  EXPECT_EQ(stream->WaitForTimes(1).size(), 1u);
}

}  // namespace
}  // namespace spiked
