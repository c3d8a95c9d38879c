// SPDX-License-Identifier: Apache-2.0
//
// Notices that a session will not reach its stop_step: a spike stream goes on
// without spikes when its session has failed or was paused.

import type { ClientReadableStream } from "@grpc/grpc-js";

import type { WatchSessionResponse } from "./messages.js";
import { toNumber } from "./messages.js";

// Throws when the session fails, or is paused before stopStep. Returns at
// stopStep or when the session is deleted.
export async function watchUntilStop(
  stream: ClientReadableStream<WatchSessionResponse>,
  stopStep: number,
): Promise<void> {
  const responses: AsyncIterable<WatchSessionResponse> = stream;
  let wasRunning = false;
  for await (const { session } of responses) {
    if (session === null) {
      continue;
    }
    const step = toNumber(session.step);
    if (session.state === "FAILED") {
      throw new Error(`the session failed at step ${step}: ${session.failure}`);
    }
    if (session.state === "RUNNING") {
      wasRunning = true;
    } else if (session.state === "PAUSED" && wasRunning) {
      // A session is also paused before its start.
      if (step < stopStep) {
        throw new Error(
          `the session was paused at step ${step} of ${stopStep}: by another ` +
            "client, or because the server is stopping",
        );
      }
      return;
    }
  }
}
