// SPDX-License-Identifier: Apache-2.0

#include "server/base/owner_turns.h"

#include <utility>

namespace spiked {

// ---- Turn

OwnerTurns::Turn::Turn(std::shared_ptr<Lines> lines, std::string owner)
    : lines_(std::move(lines)), owner_(std::move(owner)) {}

OwnerTurns::Turn::~Turn() {
  Lines& lines = *lines_;
  MutexLock lock(&lines.mutex);
  if (begun_ && !over_) lines.End(*this);
}

void OwnerTurns::Turn::GiveUp() {
  Lines& lines = *lines_;
  Line removed;  // destroyed without the lock
  MutexLock lock(&lines.mutex);
  if (given_up_) return;
  given_up_ = true;
  if (begun_) {
    if (tasks_ == 0 && !over_) lines.End(*this);
    return;
  }
  const auto at = lines.waiting.find(owner_);
  if (at == lines.waiting.end()) return;
  Line& line = at->second;
  for (auto it = line.begin(); it != line.end(); ++it) {
    if (it->turn.get() == this) {
      removed.splice(removed.end(), line, it);
      return;
    }
  }
}

void OwnerTurns::Turn::Post(std::function<void()> work) {
  Lines& lines = *lines_;
  const std::shared_ptr<Turn> self = shared_from_this();
  MutexLock lock(&lines.mutex);
  if (given_up_ || lines.executor == nullptr) return;
  ++tasks_;
  lines.executor->PostFirst(Lines::TaskOf(self, std::move(work)), owner_);
}

bool OwnerTurns::Turn::given_up() const {
  MutexLock lock(&lines_->mutex);
  return given_up_;
}

void OwnerTurns::Turn::EndTask() {
  Lines& lines = *lines_;
  MutexLock lock(&lines.mutex);
  --tasks_;
  if (tasks_ == 0 && given_up_ && !over_) lines.End(*this);
}

// ---- Lines

std::function<void()> OwnerTurns::Lines::TaskOf(std::shared_ptr<Turn> turn,
                                                std::function<void()> task) {
  return [turn = std::move(turn), task = std::move(task)]() mutable {
    if (!turn->given_up()) task();
    task = nullptr;  // what it holds is gone before the next work begins
    turn->EndTask();
  };
}

void OwnerTurns::Lines::Start(Waiting work) {
  Turn& turn = *work.turn;
  turn.begun_ = true;
  ++turn.tasks_;
  auto task = [begin = std::move(work.begin),
               weak = std::weak_ptr<Turn>(work.turn)] {
    begin(weak.lock());  // alive: its task holds it
  };
  executor->Post(TaskOf(std::move(work.turn), std::move(task)), turn.owner_);
}

void OwnerTurns::Lines::End(Turn& turn) {
  turn.over_ = true;
  const auto at = waiting.find(turn.owner_);
  if (at == waiting.end()) return;  // all is over
  if (at->second.empty()) {
    waiting.erase(at);
    return;
  }
  Waiting next = std::move(at->second.front());
  at->second.pop_front();
  Start(std::move(next));
}

// ---- OwnerTurns

OwnerTurns::OwnerTurns(Executor* executor) : lines_(std::make_shared<Lines>()) {
  MutexLock lock(&lines_->mutex);
  lines_->executor = executor;
}

OwnerTurns::~OwnerTurns() {
  std::map<std::string, Line> dropped;  // destroyed without the lock
  Lines& lines = *lines_;
  MutexLock lock(&lines.mutex);
  lines.executor = nullptr;
  dropped.swap(lines.waiting);
}

std::weak_ptr<OwnerTurns::Turn> OwnerTurns::Post(const std::string& owner,
                                                 Begin begin) {
  auto turn = std::make_shared<Turn>(lines_, owner);
  std::weak_ptr<Turn> weak = turn;
  Lines& lines = *lines_;
  MutexLock lock(&lines.mutex);
  const auto [at, is_free] = lines.waiting.try_emplace(owner);
  Waiting work{std::move(turn), std::move(begin)};
  if (is_free) {
    lines.Start(std::move(work));
  } else {
    at->second.push_back(std::move(work));
  }
  return weak;
}

}  // namespace spiked
