// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { SpikeBatch } from "../src/messages.js";
import { formatNumber, formatRates } from "../src/table.js";
import { SpikeTally } from "../src/tally.js";
import { smallSession, spikeBatch } from "./vectors.js";

function newTally(): SpikeTally {
  return new SpikeTally(smallSession({}), "DELTA_VARINT");
}

const FIRST = spikeBatch({
  first_step: "0",
  end_step: "10",
  step_offsets: [2],
  spike_counts: [4],
  neuron_deltas: [0, 3, 1, 5], // Neurons 0, 3, 4 and 9.
});

function second(fields: Partial<SpikeBatch>): SpikeBatch {
  return spikeBatch({
    sequence: "1",
    first_step: "10",
    end_step: "20",
    ...fields,
  });
}

describe("SpikeTally", () => {
  it("counts per population", () => {
    const tally = newTally();
    tally.add(FIRST);
    tally.add(second({}));
    assert.deepEqual(
      tally.populations.map(({ name, spikeCount }) => [name, spikeCount]),
      [
        ["sensory", 2],
        ["motor", 2],
      ],
    );
    assert.equal(tally.endStep, 20);
    assert.equal(tally.droppedSpikeCount, 0);
    assert.equal(tally.skippedStepCount, 0);
  });

  it("adds up what was dropped", () => {
    const tally = newTally();
    tally.add(FIRST);
    tally.add(second({ first_step: "15", dropped_spike_count: "33" }));
    assert.equal(tally.droppedSpikeCount, 33);
    assert.equal(tally.skippedStepCount, 5);
  });

  const broken: [string, Partial<SpikeBatch>, RegExp][] = [
    ["a missing message", { sequence: "2" }, /message 2 came instead of 1/],
    ["a reset", { epoch: "1" }, /was reset by another client/],
    ["steps that were counted already", { first_step: "9" }, /goes back/],
    [
      "a neuron that doesn't exist",
      { step_offsets: [0], spike_counts: [1], neuron_deltas: [10] },
      /neuron 10 of 10/,
    ],
  ];
  for (const [what, fields, message] of broken) {
    it(`rejects ${what}`, () => {
      const tally = newTally();
      tally.add(FIRST);
      assert.throws(() => tally.add(second(fields)), message);
    });
  }
});

describe("formatRates", () => {
  it("prints a row per population and the total", () => {
    const tally = newTally();
    tally.add(FIRST);
    assert.equal(
      formatRates(tally.populations, 0.5),
      [
        "population  layer  neurons  spikes  rate (Hz)",
        "sensory     L4           4       2       1.00",
        "motor       L5           6       2       0.67",
        "total                   10       4       0.80",
      ].join("\n"),
    );
  });
});

describe("formatNumber", () => {
  it("hides the noise of floating-point products", () => {
    assert.equal(formatNumber(3 * 0.1), "0.3");
  });
});
