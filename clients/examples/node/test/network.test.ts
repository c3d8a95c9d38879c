// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { InvalidRequestError } from "../src/errors.js";
import { parseNetwork } from "../src/network.js";
import { messageType } from "../src/proto.js";

type JsonObject = Record<string, unknown>;

// Returns the network as the server receives it.
function sendAndReceive(yaml: string): JsonObject {
  const network = messageType("Network");
  const bytes = network.serialize(parseNetwork(yaml, "test.yaml"));
  // JSON removes the prototypes that the decoder sets.
  return JSON.parse(JSON.stringify(network.deserialize(bytes))) as JsonObject;
}

// Checks some fields; others may have any value.
function assertHas(message: JsonObject, fields: JsonObject): void {
  for (const [name, value] of Object.entries(fields)) {
    assert.deepEqual(message[name], value, name);
  }
}

function violationsOf(yaml: string): Record<string, string> {
  try {
    parseNetwork(yaml, "test.yaml");
  } catch (error) {
    assert.ok(error instanceof InvalidRequestError, String(error));
    return Object.fromEntries(
      error.violations.map(({ field, description }) => [field, description]),
    );
  }
  return {};
}

const NETWORK = `
description: two populations
dt_ms: 0.5
precision: FLOAT64
seed: 42
populations:
  - &cells
    name: sensory
    size: 80
    model: izhikevich
    cell_class: regular_spiking
    column_count: 4
    layer: L4
    parameters:
      a: {constant: 0.02}
      d: {normal: {mean: 8, std: 1, min: 0, out_of_bounds: CLIP}}
  - <<: *cells
    name: motor
    size: 40
projections:
  - source: sensory
    target: motor
    pairwise_bernoulli: {probability: 1e-1}
    columns: SAME_COLUMN
    weight: &half {constant: 0.5}
    delay_ms: {discrete_uniform: {low: 1, high: 5, spacing: 0.5}}
  - source: motor
    target: sensory
    all_to_all: {}
    allow_autapses: true
    weight: *half
    delay_ms: {constant: 1}
stimuli:
  - population: sensory
    columns: [0, 2]
    start_step: 100
    current: {amplitudes: [10], duration_ms: 50}
`;

describe("parseNetwork", () => {
  it("keeps everything on the way to the server", () => {
    const network = sendAndReceive(NETWORK);
    assert.equal(network["description"], "two populations");
    assert.equal(network["dt_ms"], 0.5);
    assert.equal(network["precision"], "FLOAT64");
    assert.equal(network["seed"], "42");
    const [bernoulli, allToAll] = network["projections"] as JsonObject[];
    assertHas(bernoulli!, {
      source: "sensory",
      target: "motor",
      pairwise_bernoulli: { probability: 0.1 },
      columns: "SAME_COLUMN",
      weight: { constant: 0.5 },
      delay_ms: { discrete_uniform: { low: 1, high: 5, spacing: 0.5 } },
    });
    assertHas(allToAll!, {
      all_to_all: {},
      allow_autapses: true,
      weight: { constant: 0.5 },
    });
    const [stimulus] = network["stimuli"] as JsonObject[];
    assertHas(stimulus!, {
      columns: [0, 2],
      start_step: "100",
      current: { amplitudes: [10], duration_ms: 50 },
    });
  });

  it("merges, and lets the merging mapping win", () => {
    const network = sendAndReceive(NETWORK);
    const [sensory, motor] = network["populations"] as JsonObject[];
    assert.deepEqual(motor, { ...sensory, name: "motor", size: 40 });
    assertHas(motor, {
      parameters: {
        a: { constant: 0.02 },
        d: { normal: { mean: 8, std: 1, min: 0, out_of_bounds: "CLIP" } },
      },
    });
  });

  it("takes JSON, camel case, quoted numbers and null", () => {
    const network = sendAndReceive(
      '{"dtMs": "0.25", "seed": "-9223372036854775808", "precision": 2,' +
        ' "populations": null}',
    );
    assert.equal(network["dt_ms"], 0.25);
    assert.equal(network["seed"], "-9223372036854775808");
    assert.equal(network["precision"], "FLOAT64");
    assert.deepEqual(network["populations"], []);
  });

  it("keeps integers that don't fit a number", () => {
    for (const yaml of ["9007199254740993", "0x20000000000001"]) {
      const network = sendAndReceive(`{seed: ${yaml}, dt_ms: ${yaml}}`);
      assert.equal(network["seed"], "9007199254740993");
      assert.equal(network["dt_ms"], 9007199254740992);
    }
  });

  it("keeps zeros where zero isn't the default", () => {
    const network = sendAndReceive(
      "projections: [{weight: {normal: {min: 0}}, delay_ms: {constant: 0}}]",
    );
    const [projection] = network["projections"] as JsonObject[];
    const { normal } = projection!["weight"] as { normal: JsonObject };
    assertHas(normal, { min: 0, max: undefined });
    assertHas(projection!, { delay_ms: { constant: 0 } });
  });

  it("reports everything that proto-loader would silently drop", () => {
    const violations = violationsOf(`
dt_msec: 1
precision: FLOAT16
projections:
  - delay: {constant: 1}
    weight: {constant: 1, uniform: {high: 2}}
`);
    assert.deepEqual(Object.keys(violations), [
      "network.dt_msec",
      "network.precision",
      "network.projections[0].delay",
      "network.projections[0].weight",
    ]);
    assert.match(violations["network.dt_msec"]!, /unknown field.*dt_ms/);
    assert.match(violations["network.precision"]!, /"FLOAT16".*FLOAT64/);
    assert.match(
      violations["network.projections[0].weight"]!,
      /oneof set multiple times by constant and uniform/,
    );
  });

  const wrongTypes: [string, string, RegExp][] = [
    ["populations: {}", "network.populations", /Array, got object/],
    ["populations: [a]", "network.populations[0]", /"a"; allowed: name, size,/],
    ["populations: [null]", "network.populations[0]", /null; allowed: name,/],
    ["dt_ms: fast", "network.dt_ms", /number .*, got "fast"/],
    ["dt_ms: ''", "network.dt_ms", /number .*, got ""/],
    ["dt_ms: .inf", "network.dt_ms", /infinite/],
    ["description: 5", "network.description", /string, got 5/],
    ["seed: 1.5", "network.seed", /int64.*: 1.5 out of range/],
    ["seed: '9223372036854775808'", "network.seed", /int64.* out of range/],
    [
      "populations: [{size: 2147483648}]",
      "network.populations[0].size",
      /int32.* out of range/,
    ],
    [
      "projections: [{allow_autapses: 1}]",
      "network.projections[0].allow_autapses",
      /boolean, got 1/,
    ],
    [
      "populations: [{parameters: {a: 0.02}}]",
      "network.populations[0].parameters.a",
      /0\.02; allowed: constant,/,
    ],
    ["stimuli: [{columns: [1, x]}]", "network.stimuli[0].columns", /#2: .*"x"/],
    ["{dt_ms: 1, dtMs: 1}", "network", /dt_ms .* set multiple times/],
    ["[]", "network", /allowed: description, dt_ms,/],
  ];
  for (const [yaml, field, description] of wrongTypes) {
    it(`rejects ${yaml}`, () => {
      const violations = violationsOf(yaml);
      assert.deepEqual(Object.keys(violations), [field]);
      assert.match(violations[field]!, description);
    });
  }

  it("survives an alias that contains itself", () => {
    const violations = violationsOf(`
projections:
  - weight: &loop {mixture: {components: [{value: *loop}]}}
`);
    assert.match(Object.values(violations)[0]!, /recursion depth of 100/);
  });

  it("names the file and line of bad YAML", () => {
    assert.throws(() => parseNetwork("a: [", "test.yaml"), /test\.yaml/);
  });
});
