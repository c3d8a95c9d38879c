// SPDX-License-Identifier: Apache-2.0
//
// Lists of the segments of a synapse table that are due in each coming step.

#ifndef SPIKED_CORE_MODEL_DUE_SEGMENTS_H_
#define SPIKED_CORE_MODEL_DUE_SEGMENTS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "core/model/synapse_table.h"

namespace spiked {

// When a source spikes, all its segments are written to the lists of the steps
// in which they arrive. So its row of `begin` is read only once, and not again
// for each delay after the cache has lost it.
class DueSegments {
 public:
  struct Segment {
    uint32_t begin;  // in fours
    uint32_t end;
  };

  explicit DueSegments(const SynapseLayout& layout)
      : steps_(layout.delays.back()),
        steps_of_(layout.delays.size()),
        next_(layout.delays.size()) {}

  // Schedules the segments of the sources that spiked in `step`, in their
  // order. Requires: a sparse layout.
  void Schedule(const SynapseLayout& layout, int block,
                absl::Span<const uint32_t> sources, int64_t step) {
    const size_t delays = layout.delays.size();
    const uint32_t* begins = layout.blocks[block].fours();
    const auto row_of = [&](uint32_t source) {
      return begins + (source - layout.first_source) * delays;
    };
    for (uint32_t source : sources) {
      const uint32_t* row = row_of(source);
      for (size_t i = 0; i <= delays; i += 16) __builtin_prefetch(row + i);
    }
    const int64_t longest = layout.delays.back();
    const int64_t at = step % longest;  // place of step + longest
    // Where the next segment of each delay is written.
    for (size_t i = 0; i < delays; ++i) {
      steps_of_[i] = &steps_[Before(at, longest - layout.delays[i])];
      Step& due = *steps_of_[i];
      // One more, since empty segments are written, too, but not counted.
      if (due.segments.size() <= due.count + sources.size()) {
        due.segments.resize(2 * (due.count + sources.size()) + 1);
      }
      next_[i] = due.segments.data() + due.count;
    }
    // The segments of every source, one for each delay.
    for (uint32_t source : sources) {
      const uint32_t* row = row_of(source);
      Segment** next = next_.data();
      for (size_t i = 0; i < delays; ++i) {
        *next[i] = {row[i], row[i + 1]};
        next[i] += row[i] != row[i + 1] ? 1 : 0;
      }
    }
    for (size_t i = 0; i < delays; ++i) {
      steps_of_[i]->count = next_[i] - steps_of_[i]->segments.data();
    }
  }

  // The segments that arrive in `step`, by step of emission, then source. Their
  // place in the ring is then empty for later steps.
  absl::Span<const Segment> Take(int64_t step) {
    Step& due = steps_[step % steps_.size()];
    const absl::Span<const Segment> taken(due.segments.data(), due.count);
    due.count = 0;
    return taken;
  }

 private:
  struct Step {
    std::vector<Segment> segments;  // longer than needed
    size_t count = 0;
  };

  // The place in the ring that is `steps` steps before `at`.
  int64_t Before(int64_t at, int64_t steps) const {
    return at >= steps ? at - steps
                       : at - steps + static_cast<int64_t>(steps_.size());
  }

  std::vector<Step> steps_;  // by step modulo the longest delay
  // Within Schedule, by delay index:
  std::vector<Step*> steps_of_;
  std::vector<Segment*> next_;
};

}  // namespace spiked

#endif  // SPIKED_CORE_MODEL_DUE_SEGMENTS_H_
