// SPDX-License-Identifier: Apache-2.0
//
// One experiment from the creation of its session to the deletion.

import { randomBytes } from "node:crypto";

import { status as grpcStatus } from "@grpc/grpc-js";

import type { SpikedClient } from "./client.js";
import { countUntil } from "./count.js";
import { hasStatus, isServiceError } from "./errors.js";
import type {
  NetworkMessage,
  Pacing,
  Session,
  SpikeEncoding,
  Stimulus,
} from "./messages.js";
import { toNumber } from "./messages.js";
import { formatNumber, formatRates } from "./table.js";
import { SpikeTally } from "./tally.js";
import { watchUntilStop } from "./watch.js";

export interface Experiment {
  network: NetworkMessage;
  pacing: Pacing;
  encoding: SpikeEncoding;
  durationMs: number;
  stimulus: Stimulus;
}

export interface ExperimentResult {
  session: Session;
  stopStep: number;
  tally: SpikeTally;
}

// The session is deleted in any case, or it would keep its memory on the
// server.
export async function runExperiment(
  client: SpikedClient,
  experiment: Experiment,
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<ExperimentResult> {
  const session = await createSession(client, experiment, signal);
  let result: ExperimentResult;
  try {
    result = await runSession(client, session, experiment, print, signal);
  } catch (error) {
    await client.deleteSession(session.name).catch((deletionError) => {
      if (!hasStatus(deletionError, grpcStatus.NOT_FOUND)) {
        print(`could not delete ${session.name}`);
      }
    });
    throw signal.aborted ? interrupted() : error;
  }
  await client.deleteSession(session.name);
  print(`deleted ${session.name}`);
  return result;
}

async function createSession(
  client: SpikedClient,
  { network, pacing }: Experiment,
  signal: AbortSignal,
): Promise<Session> {
  // The client chooses the name, so that it can delete a session even if the
  // answer to the creation was lost.
  const id = `node-${randomBytes(6).toString("hex")}`;
  try {
    return await client.createSession(
      { session_id: id, network, pacing },
      signal,
    );
  } catch (error) {
    if (mayHaveSucceeded(error)) {
      await client.deleteSession(`sessions/${id}`).catch(() => {});
    }
    throw signal.aborted ? interrupted() : error;
  }
}

function mayHaveSucceeded(error: unknown): boolean {
  return (
    hasStatus(error, grpcStatus.CANCELLED) ||
    hasStatus(error, grpcStatus.DEADLINE_EXCEEDED) ||
    hasStatus(error, grpcStatus.UNAVAILABLE) ||
    !isServiceError(error)
  );
}

function interrupted(): Error {
  return new Error("interrupted");
}

async function runSession(
  client: SpikedClient,
  session: Session,
  experiment: Experiment,
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<ExperimentResult> {
  const { encoding, durationMs, stimulus } = experiment;
  const dtMs = session.dt_ms;
  print(
    `created ${session.name}: ${session.neuron_count} neurons, ` +
      `${session.synapse_count} synapses, dt ${dtMs} ms`,
  );
  const stopStep = Math.max(1, Math.round(durationMs / dtMs));
  const tally = new SpikeTally(session, encoding);

  // Open the stream first: with pacing FREE_RUN, the session could otherwise
  // get so far ahead that step 0 is no longer in its history.
  const spikes = client.streamSpikes({
    session: session.name,
    start_step: 0,
    encoding,
  });
  const watch = client.watchSession(session.name);
  const cancelStreams = (): void => {
    spikes.cancel();
    watch.cancel();
  };
  signal.addEventListener("abort", cancelStreams);
  try {
    const counted = countUntil(spikes, stopStep, tally);
    const stopped = watchUntilStop(watch, stopStep);
    const finished = Promise.race([counted, stopped.then(() => counted)]);
    // The promise is awaited below; this handles a rejection before that.
    finished.catch(() => {});

    const { applied_step: appliedStep } = await client.injectStimulus({
      session: session.name,
      stimuli: [stimulus],
    });
    print(describeStimulus(stimulus, toNumber(appliedStep), dtMs));
    signal.throwIfAborted();
    await client.startSession({ name: session.name, stop_step: stopStep });
    await finished;
  } finally {
    signal.removeEventListener("abort", cancelStreams);
    cancelStreams();
  }
  printResult(print, tally, (stopStep * dtMs) / 1000);
  return { session, stopStep, tally };
}

function describeStimulus(
  stimulus: Stimulus,
  appliedStep: number,
  dtMs: number,
): string {
  const columns =
    stimulus.columns.length === 0
      ? "all columns"
      : `columns ${stimulus.columns.join(", ")}`;
  const { amplitudes, duration_ms: durationMs } = stimulus.current;
  const startMs = formatNumber(appliedStep * dtMs);
  return (
    `stimulus: current ${amplitudes.join(", ")} into ${stimulus.population}, ` +
    `${columns}, from ${startMs} ms (step ${appliedStep}) for ${durationMs} ms`
  );
}

function printResult(
  print: (line: string) => void,
  tally: SpikeTally,
  modelTimeS: number,
): void {
  print("");
  print(formatRates(tally.populations, modelTimeS));
  print("");
  print(`model time: ${formatNumber(modelTimeS)} s`);
  print(
    tally.skippedStepCount === 0
      ? `dropped spikes: ${tally.droppedSpikeCount}`
      : `dropped spikes: ${tally.droppedSpikeCount}, ` +
          `in ${tally.skippedStepCount} skipped steps`,
  );
}
