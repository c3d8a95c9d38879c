// SPDX-License-Identifier: Apache-2.0

#include "core/numbers/thread_team.h"

#include <algorithm>
#include <utility>

#include "hwy/base.h"

#if HWY_ARCH_X86
#include <immintrin.h>
#endif

namespace spiked {
namespace {

// About 50 microseconds: longer than a phase of a step of most networks, and
// about what going to sleep and waking up would cost.
constexpr int kSpins = 2000;

void Relax() {
#if HWY_ARCH_X86
  _mm_pause();
#else
  std::this_thread::yield();
#endif
}

}  // namespace

void ThreadTeam::Gate::Open() {
  value_.fetch_add(1, std::memory_order_seq_cst);
  if (sleepers_.load(std::memory_order_seq_cst) > 0) value_.notify_all();
}

void ThreadTeam::Gate::WaitBeyond(uint32_t value) {
  for (int i = 0; i < kSpins; ++i) {
    if (this->value() != value) return;
    Relax();
  }
  sleepers_.fetch_add(1, std::memory_order_seq_cst);
  while (this->value() == value) {
    value_.wait(value, std::memory_order_seq_cst);
  }
  sleepers_.fetch_sub(1, std::memory_order_relaxed);
}

ThreadTeam::ThreadTeam(int size) : size_(size) {
  try {
    for (int member = 1; member < size; ++member) {
      helpers_.emplace_back([this, member] { Help(member); });
    }
  } catch (...) {  // the system gives no more threads
    EndHelpers();
    throw;
  }
}

ThreadTeam::~ThreadTeam() { EndHelpers(); }

void ThreadTeam::EndHelpers() {
  work_ = nullptr;
  start_.Open();
  for (std::thread& helper : helpers_) helper.join();
}

void ThreadTeam::Run(const Work& work) {
  if (size_ == 1) return work(0);
  work_ = &work;
  start_.Open();
  Do(work, 0);
  if (!broken_) return;
  // All members have met for the last time; the helpers wait for a start.
  broken_ = false;
  has_thrown_ = false;
  std::rethrow_exception(std::exchange(thrown_, nullptr));
}

void ThreadTeam::Do(const Work& work, int member) {
  bool has_met = false;
  try {
    work(member);
  } catch (...) {
    has_met = broken_;  // thrown by Wait
    if (!has_met && !has_thrown_.exchange(true)) {
      thrown_ = std::current_exception();
    }
  }
  // The meeting at the end; for a member that has thrown, the one to which the
  // others come next.
  if (!has_met) Meet();
  if (broken_) Meet();  // all have seen it
}

void ThreadTeam::Wait() {
  if (size_ == 1) return;
  Meet();
  if (broken_) std::rethrow_exception(thrown_);
}

void ThreadTeam::Meet() {
  const uint32_t round = met_.value();
  if (arrived_.fetch_add(1, std::memory_order_acq_rel) == size_ - 1) {
    arrived_.store(0, std::memory_order_relaxed);
    if (has_thrown_.load(std::memory_order_relaxed)) broken_ = true;
    met_.Open();
  } else {
    met_.WaitBeyond(round);
  }
}

void ThreadTeam::Help(int member) {
  for (uint32_t round = 0;; ++round) {
    start_.WaitBeyond(round);
    if (work_ == nullptr) return;
    Do(*work_, member);
  }
}

void ParallelFor(ThreadTeam& team, int64_t count, int64_t grain,
                 const std::function<void(int64_t begin, int64_t end)>& body) {
  std::atomic<int64_t> next{0};
  team.Run([&](int) {
    for (;;) {
      const int64_t begin = next.fetch_add(grain, std::memory_order_relaxed);
      if (begin >= count) return;
      body(begin, std::min(count, begin + grain));
    }
  });
}

}  // namespace spiked
