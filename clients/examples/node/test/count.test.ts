// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { it } from "node:test";

import { SpikedClient } from "../src/client.js";
import { countUntil } from "../src/count.js";
import { SpikeTally } from "../src/tally.js";
import { withDaemon } from "./fake_daemon.js";
import { smallSession } from "./vectors.js";

it("gives up on a stream that is silent", () =>
  withDaemon(async (daemon) => {
    const client = new SpikedClient(daemon.address);
    const stream = client.streamSpikes({
      session: "sessions/small",
      start_step: 0,
      encoding: "FIXED32_BYTES",
    });
    const tally = new SpikeTally(smallSession({}), "FIXED32_BYTES");
    await assert.rejects(
      countUntil(stream, 10, tally, 100),
      /no message on the spike stream for 0.1 s at step 0 of 10/,
    );
    client.close();
  }));
