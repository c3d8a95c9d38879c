// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_BASE_FAIR_QUEUE_H_
#define SPIKED_SERVER_BASE_FAIR_QUEUE_H_

#include <cstddef>
#include <deque>
#include <map>
#include <string>
#include <utility>

namespace spiked {

// A queue that owners share: each owner's items come out in the order in which
// they went in, and the owners take turns, so that an owner with many items
// delays each other owner by one item at most. With one owner it is an ordinary
// queue.
template <typename Item>
class FairQueue {
 public:
  bool empty() const { return turns_.empty(); }
  size_t size() const { return size_; }

  void Push(const std::string& owner, Item item) {
    std::deque<Item>& items = items_[owner];
    if (items.empty()) turns_.push_back(owner);
    items.push_back(std::move(item));
    ++size_;
  }

  // The item that Pop would return. Requires: not empty.
  Item& First() { return items_.at(turns_.front()).front(); }

  // The next item of the owner whose turn it is. Requires: not empty.
  Item Pop() {
    const auto it = items_.find(turns_.front());
    turns_.pop_front();
    Item item = std::move(it->second.front());
    it->second.pop_front();
    --size_;
    if (it->second.empty()) {
      items_.erase(it);
    } else {
      turns_.push_back(it->first);
    }
    return item;
  }

 private:
  std::map<std::string, std::deque<Item>> items_;  // by owner; none is empty
  std::deque<std::string> turns_;  // owners with items, next turn first
  size_t size_ = 0;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_BASE_FAIR_QUEUE_H_
