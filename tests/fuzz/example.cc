// SPDX-License-Identifier: Apache-2.0

#include "tests/fuzz/example.h"

#include "tests/support/network_builder.h"

namespace spiked::fuzz {

NetworkSpec ExampleNetwork() {
  NetworkSpec network = testing::MakeNetwork(1, Precision::kFloat32);
  network.populations = {testing::MakePopulation("in", "spike_source", 4),
                         testing::MakePopulation("cells", "izhikevich", 6)};
  network.populations[0].column_count = 2;
  ProjectionSpec learns =
      testing::MakeProjection("in", "cells", AllToAll(), 1.0, 1.0,
                              {"stdp_pair", {{"weight_max", 4.0}}});
  learns.name = "learns";
  network.projections = {learns};
  network.inputs = {
      testing::MakeInput("cells", "dc_current", {{"amplitude", 4.0}})};
  network.inputs[0].name = "drive";
  EncoderSpec eye;
  eye.name = "eye";
  eye.population = "cells";
  eye.tuning = "gaussian";
  network.encoders = {eye};
  return network;
}

}  // namespace spiked::fuzz
