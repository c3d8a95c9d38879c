// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { SpikeBatch, SpikeEncoding } from "../src/messages.js";
import { messageType } from "../src/proto.js";
import { decodeDeltas, decodeFixed32, decodeSpikes } from "../src/spikes.js";
import { spikeBatch } from "./vectors.js";

function receive(hex: string): SpikeBatch {
  const bytes = Buffer.from(hex.replaceAll(" ", ""), "hex");
  return messageType("SpikeBatch").deserialize(bytes) as SpikeBatch;
}

// Steps 10 and 13 of [10, 20) with the neurons 5 and 7, and 256.
const STEPS = "18 0a 20 14 2a02 00 03 32020201";
const WIRE_VECTORS: [SpikeEncoding, string][] = [
  ["FIXED32_BYTES", `${STEPS} 420c 05000000 07000000 00010000`],
  ["DELTA_VARINT", `${STEPS} 3a04 05 02 8002`],
];

describe("decodeSpikes", () => {
  for (const [encoding, hex] of WIRE_VECTORS) {
    it(`decodes ${encoding} from the wire`, () => {
      const spikes = decodeSpikes(receive(hex), encoding);
      assert.deepEqual(spikes.steps, [10, 13]);
      assert.deepEqual(spikes.spikeCounts, [2, 1]);
      assert.deepEqual([...spikes.neurons], [5, 7, 256]);
    });

    it(`decodes an empty batch of ${encoding}`, () => {
      const spikes = decodeSpikes(receive("18 0a 20 14"), encoding);
      assert.deepEqual(spikes.steps, []);
      assert.equal(spikes.neurons.length, 0);
    });
  }

  it("counts steps beyond 32 bits", () => {
    const spikes = decodeSpikes(
      spikeBatch({
        first_step: "8589934592",
        end_step: "8589934602",
        step_offsets: [9],
        spike_counts: [1],
        neuron_deltas: [3],
      }),
      "DELTA_VARINT",
    );
    assert.deepEqual(spikes.steps, [8589934601]);
  });

  it("rejects the other encoding instead of seeing no spikes", () => {
    const [encoding, hex] = WIRE_VECTORS[0]!;
    assert.equal(encoding, "FIXED32_BYTES");
    assert.throws(
      () => decodeSpikes(receive(hex), "DELTA_VARINT"),
      /3 spikes, but there are 0 neurons/,
    );
  });

  const broken: [string, Partial<SpikeBatch>, RegExp][] = [
    ["a step at the end", { step_offsets: [10] }, /step 20 is out of order/],
    ["a step twice", { step_offsets: [1, 0] }, /step 11 is out of order/],
    ["a missing count", { spike_counts: [] }, /1 steps, but 0 spike counts/],
    ["a missing neuron", { neuron_deltas: [] }, /1 spikes, but .* 0 neurons/],
  ];
  for (const [what, change, message] of broken) {
    it(`rejects ${what}`, () => {
      const batch = spikeBatch({
        first_step: "10",
        end_step: "20",
        step_offsets: [0],
        spike_counts: [1],
        neuron_deltas: [4],
        ...change,
      });
      assert.throws(() => decodeSpikes(batch, "DELTA_VARINT"), message);
    });
  }
});

describe("decodeFixed32", () => {
  const bytes = Uint8Array.of(0xff, 0, 0, 0, 0x80, 1, 0, 0, 0);

  it("decodes little-endian unsigned integers at any offset", () => {
    for (let offset = 0; offset < 4; offset++) {
      const memory = new Uint8Array(offset + 8);
      memory.set(bytes.subarray(1), offset);
      const neurons = decodeFixed32(memory.subarray(offset));
      assert.deepEqual([...neurons], [0x80000000, 1]);
    }
  });

  it("rejects half an integer", () => {
    assert.throws(() => decodeFixed32(bytes), /9 bytes/);
  });
});

describe("decodeDeltas", () => {
  it("begins anew at each step", () => {
    const neurons = decodeDeltas([3, 1, 1, 0, 2], [3, 2]);
    assert.deepEqual([...neurons], [3, 4, 5, 0, 2]);
  });
});
