// SPDX-License-Identifier: Apache-2.0
//
// Tests with a real daemon at SPIKED_ADDRESS (HOST:PORT).

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { status as grpcStatus } from "@grpc/grpc-js";

import { SpikedClient } from "../../src/client.js";
import { hasStatus } from "../../src/errors.js";
import { type ExperimentResult, runExperiment } from "../../src/experiment.js";
import { readNetwork } from "../../src/network.js";
import { parseOptions } from "../../src/options.js";
import { runProgram, withFile } from "../program.js";

const address = process.env["SPIKED_ADDRESS"];
if (address === undefined || address === "") {
  throw new Error("SPIKED_ADDRESS must name a running daemon as HOST:PORT");
}

const SESSION_NAME = /sessions\/[a-z0-9-]+/;

async function withClient<Result>(
  use: (client: SpikedClient) => Promise<Result>,
): Promise<Result> {
  const client = new SpikedClient(address!);
  try {
    return await use(client);
  } finally {
    client.close();
  }
}

async function run(args: string[]): Promise<ExperimentResult> {
  const options = parseOptions(args);
  assert.ok(options !== null);
  const network = await readNetwork(options.networkFile);
  const experiment = { ...options, network };
  const { signal } = new AbortController();
  return withClient((client) =>
    runExperiment(client, experiment, () => {}, signal),
  );
}

function spikeCounts({ tally }: ExperimentResult): Record<string, number> {
  return Object.fromEntries(
    tally.populations.map(({ name, spikeCount }) => [name, spikeCount]),
  );
}

async function assertGone(sessionName: string): Promise<void> {
  await assert.rejects(
    withClient((client) => client.getSession(sessionName)),
    (error) => hasStatus(error, grpcStatus.NOT_FOUND),
  );
}

describe("the program with a daemon", () => {
  it("counts spikes in real time and leaves nothing behind", async () => {
    const startTime = Date.now();
    const { exitCode, output, errors } = await runProgram({
      args: ["--address", address],
    });
    const durationMs = Date.now() - startTime;
    assert.equal(errors, "");
    assert.equal(exitCode, 0);
    assert.ok(durationMs >= 2000, `2000 ms took ${durationMs} ms`);
    assert.match(output, /^created sessions\/.*: [1-9]\d* neurons, [1-9]\d* /);
    assert.match(output, /^total +[1-9]\d* +[1-9]\d* +\d+\.\d\d$/m);
    assert.match(output, /^dropped spikes: 0$/m);
    await assertGone(SESSION_NAME.exec(output)![0]);
  });

  it("counts the same spikes in both encodings, at any pace", async () => {
    const fixed32 = await run(["--duration-ms", "1000"]);
    const delta = await run([
      ...["--duration-ms", "1000"],
      ...["--encoding", "delta", "--pacing", "free_run"],
    ]);
    for (const { session, stopStep, tally } of [fixed32, delta]) {
      assert.equal(tally.endStep, stopStep);
      assert.equal(tally.droppedSpikeCount, 0);
      assert.equal(tally.skippedStepCount, 0);
      await assertGone(session.name);
    }
    assert.deepEqual(spikeCounts(delta), spikeCounts(fixed32));
  });

  it("makes the stimulated population fire more", async () => {
    const fast = ["--duration-ms", "500", "--pacing", "free_run"];
    const stimulated = [...fast, "--stimulus-start-ms", "100"];
    const strong = await run([...stimulated, "--stimulus-amplitude", "30"]);
    const none = await run([...stimulated, "--stimulus-amplitude", "0"]);
    const strongCount = spikeCounts(strong)["sensory"]!;
    const noneCount = spikeCounts(none)["sensory"]!;
    assert.ok(strongCount > noneCount, `${strongCount} > ${noneCount}`);
  });

  it("prints the violations of a bad network", async () => {
    const network = `
dt_ms: 0
populations:
  - {name: sensory, size: 4, model: izhikevich}
projections:
  - source: sensory
    target: nobody
    all_to_all: {}
    weight: {constant: 1}
    delay_ms: {constant: -1}
`;
    const { exitCode, errors } = await withFile(network, (path) =>
      runProgram({ args: ["--address", address, "--network", path] }),
    );
    assert.equal(exitCode, 1);
    assert.match(errors, /^error: INVALID_ARGUMENT \([A-Z_]+\):/);
    assert.match(errors, /^ {2}network\.dt_ms: .+$/m);
    assert.match(errors, /^ {2}network\.projections\[0\]\.target: .+$/m);
  });

  it("prints the violations when there are very many", async () => {
    const projections = Array.from(
      { length: 200 },
      (_, index) =>
        `  - {source: sensory, target: nobody${index}, all_to_all: {}, ` +
        "weight: {constant: 1}, delay_ms: {constant: 1}}",
    );
    const network = `
dt_ms: 1
populations:
  - {name: sensory, size: 4, model: izhikevich}
projections:
${projections.join("\n")}
`;
    const { exitCode, errors } = await withFile(network, (path) =>
      runProgram({ args: ["--address", address, "--network", path] }),
    );
    assert.equal(exitCode, 1);
    assert.match(errors, /^error: INVALID_ARGUMENT \([A-Z_]+\):/);
    assert.match(errors, /^ {2}network\.projections\[0\]\.target: .+$/m);
  });

  it("prints the violation of a bad stimulus", async () => {
    const { exitCode, output, errors } = await runProgram({
      args: ["--address", address, "--stimulus-columns", "1000000"],
    });
    assert.equal(exitCode, 1);
    assert.match(errors, /stimuli\[0\]\.columns\[0\]: .+$/m);
    await assertGone(SESSION_NAME.exec(output)![0]);
  });

  it("deletes the session on Ctrl-C", async () => {
    const { exitCode, output, errors } = await runProgram({
      args: ["--address", address, "--duration-ms", "600000"],
      interruptWhen: (text) => text.includes("stimulus:"),
    });
    assert.equal(exitCode, 1);
    assert.equal(errors, "error: interrupted\n");
    await assertGone(SESSION_NAME.exec(output)![0]);
  });
});
