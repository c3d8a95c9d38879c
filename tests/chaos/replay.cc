// SPDX-License-Identifier: Apache-2.0
//
// spiked_replay STEPS: what a server should have sent. Reads a serialized
// spiked.v1.Network from standard input, steps it by the core alone, and writes
// every spike as two numbers of 64 bits, step and neuron.

#include <cstdint>
#include <iostream>
#include <vector>

#include "absl/strings/numbers.h"
#include "core/build/compile.h"
#include "core/network/state.h"
#include "core/step.h"
#include "server/rpc/convert/convert.h"
#include "spiked/v1/network.pb.h"

namespace spiked {
namespace {

int Main(int argc, char** argv) {
  int64_t steps = 0;
  if (argc != 2 || !absl::SimpleAtoi(argv[1], &steps)) {
    std::cerr << "usage: spiked_replay STEPS\n";
    return 2;
  }
  v1::Network proto;
  Violations violations;
  if (!proto.ParseFromIstream(&std::cin)) return 1;
  const auto network = Compile(ToSpec(proto, "network", &violations));
  if (!network.ok() || !violations.empty()) {
    std::cerr << network.status() << violations.Text() << "\n";
    return 1;
  }
  State state = MakeState(**network);
  std::vector<int32_t> neurons;
  while (state.step < steps) {
    neurons.clear();
    const int64_t step = state.step;
    Step(**network, state);
    AppendLastSpikes(**network, state, &neurons);
    for (const int32_t neuron : neurons) {
      const int64_t row[] = {step, neuron};
      std::cout.write(reinterpret_cast<const char*>(row), sizeof(row));
    }
  }
  return std::cout.flush() ? 0 : 1;
}

}  // namespace
}  // namespace spiked

int main(int argc, char** argv) { return spiked::Main(argc, argv); }
