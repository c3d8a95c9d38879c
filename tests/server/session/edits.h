// SPDX-License-Identifier: Apache-2.0
//
// A small network, and an edit of it, for tests of edits.

#ifndef SPIKED_TESTS_SERVER_SESSION_EDITS_H_
#define SPIKED_TESTS_SERVER_SESSION_EDITS_H_

#include <cstdint>

#include "core/change/edit_spec.h"
#include "core/spec/network_spec.h"
#include "tests/support/network_builder.h"

namespace spiked::testing {

inline NetworkSpec Chain() {
  NetworkSpec spec = MakeNetwork(1);
  spec.populations = {MakePopulation("a", "lif_delta", 100),
                      MakePopulation("b", "lif_delta", 50)};
  spec.projections = {MakeProjection("a", "b", AllToAll{}, 0.5, 1.0)};
  return spec;
}

inline EditSpec AddPopulation(int64_t size = 10) {
  EditSpec edit;
  edit.populations = {MakePopulation("new", "lif_delta", size)};
  edit.projections = {MakeProjection("a", "new", AllToAll{}, 0.5, 2.0)};
  return edit;
}

}  // namespace spiked::testing

#endif  // SPIKED_TESTS_SERVER_SESSION_EDITS_H_
