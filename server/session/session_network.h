// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_SESSION_NETWORK_H_
#define SPIKED_SERVER_SESSION_SESSION_NETWORK_H_

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "core/build/validate.h"
#include "core/network/network.h"
#include "core/numbers/thread_team.h"
#include "core/spec/network_spec.h"
#include "server/base/clock.h"
#include "server/session/history/spike_ring.h"

namespace spiked {

// The network of a session, with all that is made of it once. Constant but for
// the ring: an edit puts another one in its place, and code that still uses
// this one keeps it. Neurons, populations and projections that others hold by
// their index are those of one network.
struct SessionNetwork {
  SessionNetwork(std::unique_ptr<const Network> of, NetworkSpec made_from,
                 int threads)
      : network(std::move(of)),
        spec(std::move(made_from)),
        thread_count(threads),
        shapes(ShapesOf(*network)),
        plasticity(PlasticityOf(*network)),
        encoder_shapes(EncoderShapesOf(*network)) {}

  const std::unique_ptr<const Network> network;
  const NetworkSpec spec;  // without lists that the network has, too
  const int thread_count;  // that step it
  const std::vector<PopulationShape> shapes;
  const PlasticityByName plasticity;
  const std::vector<EncoderShape> encoder_shapes;

  // Set by the session.
  int64_t revision = 0;  // edits before
  std::shared_ptr<SpikeRing> spikes;
};

// The time of a step in nanoseconds, measured over the first steps of a state
// of its own. The team may be null.
double TimeFirstSteps(const Network& network, ThreadTeam* team, Clock* clock);

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_SESSION_NETWORK_H_
