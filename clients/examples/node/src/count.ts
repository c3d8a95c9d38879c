// SPDX-License-Identifier: Apache-2.0
//
// Reads a spike stream until a given step.

import type { ClientReadableStream } from "@grpc/grpc-js";

import type { SpikeBatch } from "./messages.js";
import type { SpikeTally } from "./tally.js";

// The server sends messages even when no neuron spikes. If none comes for this
// long, it hangs or the connection is lost.
export const DEFAULT_SILENCE_LIMIT_MS = 10_000;

export async function countUntil(
  stream: ClientReadableStream<SpikeBatch>,
  stopStep: number,
  tally: SpikeTally,
  silenceLimitMs: number = DEFAULT_SILENCE_LIMIT_MS,
): Promise<void> {
  const batches: AsyncIterable<SpikeBatch> = stream;
  let isSilent = false;
  const silence = setTimeout(() => {
    isSilent = true;
    stream.cancel();
  }, silenceLimitMs);
  try {
    for await (const batch of batches) {
      silence.refresh();
      tally.add(batch);
      if (tally.endStep >= stopStep) {
        return;
      }
      if (batch.end_of_stream) {
        break;
      }
    }
  } catch (error) {
    if (isSilent) {
      throw new Error(
        `no message on the spike stream for ${silenceLimitMs / 1000} s ` +
          `at step ${tally.endStep} of ${stopStep}`,
      );
    }
    throw error;
  } finally {
    clearTimeout(silence);
    stream.cancel();
  }
  throw new Error(
    `the spike stream ended at step ${tally.endStep} of ${stopStep}: the ` +
      "session was deleted by another client, or the server is stopping",
  );
}
