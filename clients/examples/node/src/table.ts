// SPDX-License-Identifier: Apache-2.0
//
// Text for people.

import type { PopulationTally } from "./tally.js";

type Row = readonly string[];

// Removes rounding errors of products such as 3 * 0.1.
export function formatNumber(value: number): string {
  return String(Number(value.toPrecision(12)));
}

// A table of spikes and mean rates over the given model time.
export function formatRates(
  populations: readonly PopulationTally[],
  modelTimeS: number,
): string {
  const rows: Row[] = populations.map((population) =>
    toRow(
      population.name,
      population.layer,
      population.neuronCount,
      population.spikeCount,
      modelTimeS,
    ),
  );
  const neuronCount = sum(populations.map((p) => p.neuronCount));
  const spikeCount = sum(populations.map((p) => p.spikeCount));
  const total = toRow("total", "", neuronCount, spikeCount, modelTimeS);
  return formatTable(
    ["population", "layer", "neurons", "spikes", "rate (Hz)"],
    [...rows, total],
    2,
  );
}

function toRow(
  name: string,
  layer: string,
  neuronCount: number,
  spikeCount: number,
  modelTimeS: number,
): Row {
  const rateHz = spikeCount / neuronCount / modelTimeS;
  return [
    name,
    layer,
    String(neuronCount),
    String(spikeCount),
    rateHz.toFixed(2),
  ];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

// The first columns are text, aligned left; the others are numbers.
function formatTable(
  header: Row,
  rows: readonly Row[],
  textColumnCount: number,
): string {
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]!.length)),
  );
  const lines = [header, ...rows].map((row) =>
    row
      .map((cell, column) =>
        column < textColumnCount
          ? cell.padEnd(widths[column]!)
          : cell.padStart(widths[column]!),
      )
      .join("  ")
      .trimEnd(),
  );
  return lines.join("\n");
}
