// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_BASE_OWNER_TURNS_H_
#define SPIKED_SERVER_BASE_OWNER_TURNS_H_

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>

#include "server/base/executor.h"
#include "server/base/mutex.h"

namespace spiked {

// Work that begins on an executor's thread, leaves it to wait for something
// else, and comes back: no thread waits meanwhile. Each owner has one piece of
// such work under way; its next ones stand in line until that is over, while
// other owners go on. Thread-safe.
class OwnerTurns {
  struct Lines;

 public:
  // The turn of one piece of work. It is over when the last pointer to it is
  // gone, or the work is given up; then the owner's next one begins.
  class Turn : public std::enable_shared_from_this<Turn> {
   public:
    Turn(std::shared_ptr<Lines> lines, std::string owner);
    ~Turn();
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    // Goes on with the work, on the executor's thread, before all work that
    // has not begun. Does nothing if the work was given up.
    void Post(std::function<void()> work);

    // Nobody wants the work any more: it leaves the line if it has not begun;
    // the turn is over as soon as the executor has none of its tasks. What the
    // work waits for may come later; it is not posted then.
    void GiveUp();

   private:
    friend struct OwnerTurns::Lines;
    bool given_up() const;
    // The executor has one of the work's tasks less.
    void EndTask();

    const std::shared_ptr<Lines> lines_;
    const std::string owner_;
    // Guarded by the mutex of the lines.
    int tasks_ = 0;  // that the executor has
    bool begun_ = false;
    bool given_up_ = false;
    bool over_ = false;
  };
  using Begin = std::function<void(std::shared_ptr<Turn>)>;

  // The executor outlives this.
  explicit OwnerTurns(Executor* executor);
  // Work that has not begun is dropped; tasks that the executor has are run.
  ~OwnerTurns();

  // Calls `begin` on the executor's thread when all earlier work of the owner
  // is over. The turn is returned, too, so that its work can be given up; keep
  // it by a std::weak_ptr.
  std::weak_ptr<Turn> Post(const std::string& owner, Begin begin);

 private:
  struct Waiting {
    std::shared_ptr<Turn> turn;
    Begin begin;
  };
  using Line = std::list<Waiting>;

  // Shared with turns, which may outlive the rest.
  struct Lines {
    // Has the executor begin the work. Requires, as below: an executor.
    void Start(Waiting work) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
    // What the executor runs for a task of a turn.
    static std::function<void()> TaskOf(std::shared_ptr<Turn> turn,
                                        std::function<void()> task);
    // A turn that had begun is over: the owner's next piece of work begins.
    void End(Turn& turn) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);

    Mutex mutex;
    Executor* executor ABSL_GUARDED_BY(mutex);  // null: it may be gone
    // What waits, of owners that have work under way.
    std::map<std::string, Line> waiting ABSL_GUARDED_BY(mutex);
  };

  const std::shared_ptr<Lines> lines_;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_BASE_OWNER_TURNS_H_
