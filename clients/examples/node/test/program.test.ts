// SPDX-License-Identifier: Apache-2.0
//
// Tests of the whole program with a fake daemon.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { status as grpcStatus } from "@grpc/grpc-js";

import { type FakeDaemon, withDaemon } from "./fake_daemon.js";
import {
  type ProgramOptions,
  type ProgramResult,
  runProgram,
  withFile,
} from "./program.js";
import { spikeBatch } from "./vectors.js";

const NETWORK = "dt_ms: 0.5";

const QUIET_BATCH = spikeBatch({ end_step: "2" });
// Neurons 1 and 4 in step 3, neuron 4 in step 7.
const FIXED32_BATCH = spikeBatch({
  sequence: "1",
  first_step: "2",
  end_step: "10",
  step_offsets: [1, 4],
  spike_counts: [2, 1],
  neurons_u32: Uint8Array.of(1, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0),
});
const DELTA_BATCH = spikeBatch({
  ...FIXED32_BATCH,
  neurons_u32: new Uint8Array(0),
  neuron_deltas: [1, 3, 4],
});

function run(
  daemon: FakeDaemon,
  args: string[],
  options: Partial<ProgramOptions> = {},
): Promise<ProgramResult> {
  return withFile(NETWORK, (network) =>
    runProgram({
      args: [
        ...["--address", daemon.address, "--network", network],
        ...["--duration-ms", "5", ...args],
      ],
      ...options,
    }),
  );
}

function itWithDaemon(
  name: string,
  test: (daemon: FakeDaemon) => Promise<void>,
): void {
  it(name, () => withDaemon(test));
}

const EXPECTED_TABLE = `
population  layer  neurons  spikes  rate (Hz)
sensory     L4           4       1      50.00
motor       L5           6       2      66.67
total                   10       3      60.00

model time: 0.005 s
dropped spikes: 0
`;

describe("the program", () => {
  itWithDaemon("runs an experiment and cleans up", async (daemon) => {
    daemon.batches = [QUIET_BATCH, FIXED32_BATCH];
    const { exitCode, output, errors } = await run(daemon, [
      ...["--stimulus-columns", "0,1", "--stimulus-start-ms", "2"],
    ]);
    assert.equal(errors, "");
    assert.equal(exitCode, 0);
    assert.match(output, /^created sessions\/node-.*: 10 neurons, 7 synapses/);
    assert.ok(output.includes(EXPECTED_TABLE), output);
    assert.equal(daemon.creation?.pacing, "REAL_TIME");
    assert.equal(String(daemon.start?.stop_step), "10");
    assert.deepEqual(daemon.stimuli?.stimuli[0]?.columns, [0, 1]);
    assert.equal(daemon.stimuli?.stimuli[0]?.start_ms, 2);
    assert.deepEqual(daemon.stimuli?.stimuli[0]?.current, {
      amplitudes: [10],
      duration_ms: 200,
    });
    assert.deepEqual(daemon.calls, [
      "CreateSession",
      "StreamSpikes",
      "InjectStimulus",
      "StartSession",
      "DeleteSession",
    ]);
  });

  itWithDaemon("decodes deltas, and runs freely", async (daemon) => {
    daemon.batches = [QUIET_BATCH, DELTA_BATCH];
    const { exitCode, output } = await run(daemon, [
      ...["--encoding", "delta", "--pacing", "free_run"],
    ]);
    assert.equal(exitCode, 0);
    assert.ok(output.includes(EXPECTED_TABLE), output);
    assert.equal(daemon.creation?.pacing, "FREE_RUN");
  });

  itWithDaemon("tells what it lost", async (daemon) => {
    const late = { ...FIXED32_BATCH, sequence: "0", dropped_spike_count: "9" };
    daemon.batches = [late];
    const { exitCode, output } = await run(daemon, []);
    assert.equal(exitCode, 0);
    assert.match(output, /dropped spikes: 9, in 2 skipped steps/);
  });

  itWithDaemon("prints all violations of a network", async (daemon) => {
    // The largest number and length of violations that the server sends.
    const violations = Array.from({ length: 100 }, (_, index) => ({
      field: `network.projections[${index}].delay_ms`,
      description: `is ${index}; allowed: ${"x".repeat(200)}`,
    }));
    daemon.creationError = {
      code: grpcStatus.INVALID_ARGUMENT,
      message: "bad network",
      details: [
        {
          typeName: "google.rpc.ErrorInfo",
          message: { reason: "INVALID_NETWORK", domain: "spiked" },
        },
        {
          typeName: "google.rpc.BadRequest",
          message: { field_violations: violations },
        },
      ],
    };
    const { exitCode, errors } = await run(daemon, []);
    assert.equal(exitCode, 1);
    const expected = [
      "error: INVALID_ARGUMENT (INVALID_NETWORK): bad network",
      ...violations.map((v) => `  ${v.field}: ${v.description}`),
    ];
    assert.deepEqual(errors.trimEnd().split("\n"), expected);
    assert.deepEqual(daemon.calls, ["CreateSession"]);
  });

  itWithDaemon("deletes the session when the stream fails", async (daemon) => {
    daemon.streamError = {
      code: grpcStatus.OUT_OF_RANGE,
      message: "step 0 is gone",
      details: [],
    };
    const { exitCode, errors } = await run(daemon, []);
    assert.equal(exitCode, 1);
    assert.equal(errors, "error: OUT_OF_RANGE: step 0 is gone\n");
    assert.equal(daemon.calls.at(-1), "DeleteSession");
  });

  itWithDaemon("deletes the session when it ends early", async (daemon) => {
    daemon.batches = [{ ...QUIET_BATCH, end_of_stream: true }];
    const { exitCode, errors } = await run(daemon, []);
    assert.equal(exitCode, 1);
    assert.match(errors, /the spike stream ended at step 2 of 10/);
    assert.equal(daemon.calls.at(-1), "DeleteSession");
  });

  itWithDaemon("says why a session failed", async (daemon) => {
    daemon.batches = [QUIET_BATCH];
    daemon.stateAfterStart = {
      state: "FAILED",
      step: "3",
      failure: "v of sensory[1] is not finite",
    };
    const { exitCode, errors } = await run(daemon, []);
    assert.equal(exitCode, 1);
    assert.match(errors, /failed at step 3: v of sensory\[1\] is not finite/);
    assert.equal(daemon.calls.at(-1), "DeleteSession");
  });

  itWithDaemon("doesn't wait for a paused session", async (daemon) => {
    daemon.batches = [QUIET_BATCH];
    daemon.isPausedAtStep = 2;
    const { exitCode, errors } = await run(daemon, []);
    assert.equal(exitCode, 1);
    assert.match(errors, /the session was paused at step 2 of 10/);
    assert.equal(daemon.calls.at(-1), "DeleteSession");
  });

  itWithDaemon("deletes the session on Ctrl-C", async (daemon) => {
    daemon.batches = [QUIET_BATCH];
    const { exitCode, errors } = await run(daemon, [], {
      interruptWhen: (output) => output.includes("stimulus:"),
    });
    assert.equal(exitCode, 1);
    assert.equal(errors, "error: interrupted\n");
    assert.equal(daemon.calls.at(-1), "DeleteSession");
  });

  itWithDaemon("says that there is no server", async (daemon) => {
    daemon.close();
    const { exitCode, errors } = await run(daemon, []);
    assert.equal(exitCode, 1);
    assert.match(errors, /^error: UNAVAILABLE: .*127\.0\.0\.1/);
  });

  const usageErrors: [string[], RegExp][] = [
    [["--pacing", "fast"], /--pacing must be real_time or free_run/],
    [["--encoding", "json"], /--encoding must be fixed32 or delta/],
    [["--duration-ms", "0"], /--duration-ms must be greater than 0/],
    [["--duration-ms", "long"], /--duration-ms must be a number/],
    [["--stimulus-columns", "a"], /--stimulus-columns must be/],
    [["--unknown"], /--unknown/],
  ];
  for (const [args, message] of usageErrors) {
    itWithDaemon(`rejects ${args.join(" ")}`, async (daemon) => {
      const { exitCode, errors } = await run(daemon, args);
      assert.equal(exitCode, 2);
      assert.match(errors, message);
      assert.deepEqual(daemon.calls, []);
    });
  }
});
