// SPDX-License-Identifier: Apache-2.0
//
// Messages for tests; fields that a test doesn't name have defaults.

import type { Session, SpikeBatch } from "../src/messages.js";

export function spikeBatch(fields: Partial<SpikeBatch>): SpikeBatch {
  return {
    sequence: "0",
    epoch: "0",
    first_step: "0",
    end_step: "0",
    step_offsets: [],
    spike_counts: [],
    neuron_deltas: [],
    neurons_u32: new Uint8Array(0),
    dropped_spike_count: "0",
    session_step: "0",
    end_of_stream: false,
    ...fields,
  };
}

// Two populations: neurons 0 to 3 and 4 to 9.
export function smallSession(fields: Partial<Session>): Session {
  return {
    name: "sessions/small",
    state: "PAUSED",
    dt_ms: 0.5,
    step: "0",
    stop_step: "0",
    epoch: "0",
    neuron_count: "10",
    synapse_count: "7",
    populations: [
      {
        name: "sensory",
        layer: "L4",
        model: "izhikevich",
        first_neuron: "0",
        size: "4",
        column_count: 2,
      },
      {
        name: "motor",
        layer: "L5",
        model: "izhikevich",
        first_neuron: "4",
        size: "6",
        column_count: 2,
      },
    ],
    failure: "",
    ...fields,
  };
}
