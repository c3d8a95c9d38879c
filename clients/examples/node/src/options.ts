// SPDX-License-Identifier: Apache-2.0
//
// The command line.

import { parseArgs } from "node:util";

import type { Pacing, SpikeEncoding, Stimulus } from "./messages.js";
import { DEFAULT_NETWORK_FILE } from "./paths.js";

export interface Options {
  address: string;
  networkFile: string;
  durationMs: number;
  pacing: Pacing;
  encoding: SpikeEncoding;
  stimulus: Stimulus;
}

export class UsageError extends Error {}

export const USAGE = `Usage: npm start -- [options]

Creates a session on a spiked server, stimulates it, and counts its spikes.

  --address HOST:PORT          the server (localhost:50051)
  --network FILE               network as YAML or JSON (clients/networks/
                               columnar.yaml of the repository)
  --duration-ms MS             model time to simulate (2000)
  --pacing PACING              real_time or free_run (real_time)
  --encoding ENCODING          of the spike stream: fixed32 or delta (fixed32)
  --stimulus-population NAME   population to stimulate (sensory)
  --stimulus-columns LIST      its columns, or "all" (0,1,2,3,4)
  --stimulus-start-ms MS       model time of the beginning (500)
  --stimulus-duration-ms MS    model time that it lasts (200)
  --stimulus-amplitude NUMBER  in the unit of the neuron model's current;
                               mV/ms for Izhikevich neurons (10)
  --help                       show this text`;

const PACINGS: ReadonlyMap<string, Pacing> = new Map([
  ["real_time", "REAL_TIME"],
  ["free_run", "FREE_RUN"],
]);

const ENCODINGS: ReadonlyMap<string, SpikeEncoding> = new Map([
  ["fixed32", "FIXED32_BYTES"],
  ["delta", "DELTA_VARINT"],
]);

// Returns null if only help is requested.
export function parseOptions(args: string[]): Options | null {
  const text = parseTexts(args);
  if (text.help) {
    return null;
  }
  const durationMs = toNumber("--duration-ms", text["duration-ms"]);
  if (durationMs <= 0) {
    throw new UsageError("--duration-ms must be greater than 0");
  }
  return {
    address: text.address,
    networkFile: text.network,
    durationMs,
    pacing: toChoice("--pacing", text.pacing, PACINGS),
    encoding: toChoice("--encoding", text.encoding, ENCODINGS),
    stimulus: {
      population: text["stimulus-population"],
      columns: toColumns(text["stimulus-columns"]),
      start_ms: toNumber("--stimulus-start-ms", text["stimulus-start-ms"]),
      current: {
        amplitudes: [
          toNumber("--stimulus-amplitude", text["stimulus-amplitude"]),
        ],
        duration_ms: toNumber(
          "--stimulus-duration-ms",
          text["stimulus-duration-ms"],
        ),
      },
    },
  };
}

function parseTexts(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        address: { type: "string", default: "localhost:50051" },
        network: { type: "string", default: DEFAULT_NETWORK_FILE },
        "duration-ms": { type: "string", default: "2000" },
        pacing: { type: "string", default: "real_time" },
        encoding: { type: "string", default: "fixed32" },
        "stimulus-population": { type: "string", default: "sensory" },
        "stimulus-columns": { type: "string", default: "0,1,2,3,4" },
        "stimulus-start-ms": { type: "string", default: "500" },
        "stimulus-duration-ms": { type: "string", default: "200" },
        "stimulus-amplitude": { type: "string", default: "10" },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function toNumber(option: string, text: string): number {
  const number = Number(text);
  if (text.trim() === "" || !Number.isFinite(number)) {
    throw new UsageError(`${option} must be a number, not "${text}"`);
  }
  return number;
}

function toChoice<Choice>(
  option: string,
  text: string,
  choices: ReadonlyMap<string, Choice>,
): Choice {
  const choice = choices.get(text);
  if (choice === undefined) {
    const names = [...choices.keys()].join(" or ");
    throw new UsageError(`${option} must be ${names}, not "${text}"`);
  }
  return choice;
}

// In the API an empty list means all columns.
function toColumns(text: string): number[] {
  if (text === "all") {
    return [];
  }
  return text.split(",").map((column) => {
    if (!/^[0-9]+$/.test(column.trim())) {
      throw new UsageError(
        `--stimulus-columns must be "all" or numbers such as 0,1, ` +
          `not "${text}"`,
      );
    }
    return Number(column);
  });
}
