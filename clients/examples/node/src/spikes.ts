// SPDX-License-Identifier: Apache-2.0
//
// Decoding of the spikes in a SpikeBatch.

import { endianness } from "node:os";

import type { SpikeBatch, SpikeEncoding } from "./messages.js";
import { toNumber } from "./messages.js";

// Spikes ordered by step, then by neuron.
export interface Spikes {
  // The steps with spikes, ascending.
  steps: number[];
  // The number of spikes in each of those steps.
  spikeCounts: number[];
  // The neurons of all these spikes; indices count through the network.
  neurons: Uint32Array;
}

const IS_LITTLE_ENDIAN_HOST = endianness() === "LE";

export function decodeSpikes(
  batch: SpikeBatch,
  encoding: SpikeEncoding,
): Spikes {
  const steps = decodeSteps(batch);
  const spikeCounts = batch.spike_counts;
  if (spikeCounts.length !== steps.length) {
    throw new Error(
      `bad spike batch: ${steps.length} steps, ` +
        `but ${spikeCounts.length} spike counts`,
    );
  }
  const neurons =
    encoding === "FIXED32_BYTES"
      ? decodeFixed32(batch.neurons_u32)
      : decodeDeltas(batch.neuron_deltas, spikeCounts);

  // Without this check, a stream in the other encoding would look like silence.
  let spikeCount = 0;
  for (const count of spikeCounts) {
    spikeCount += count;
  }
  if (spikeCount !== neurons.length) {
    throw new Error(
      `bad spike batch: the steps have ${spikeCount} spikes, ` +
        `but there are ${neurons.length} neurons`,
    );
  }
  return { steps, spikeCounts, neurons };
}

function decodeSteps(batch: SpikeBatch): number[] {
  const firstStep = toNumber(batch.first_step);
  const endStep = toNumber(batch.end_step);
  const steps: number[] = [];
  let step = firstStep;
  for (const offset of batch.step_offsets) {
    // Only the first step with spikes may have an offset of 0.
    const smallestOffset = steps.length === 0 ? 0 : 1;
    step += offset;
    if (offset < smallestOffset || step >= endStep) {
      throw new Error(
        `bad spike batch: step ${step} is out of order ` +
          `or not in [${firstStep}, ${endStep})`,
      );
    }
    steps.push(step);
  }
  return steps;
}

export function decodeFixed32(bytes: Uint8Array): Uint32Array {
  if (bytes.byteLength % Uint32Array.BYTES_PER_ELEMENT !== 0) {
    throw new Error(
      `bad spike batch: ${bytes.byteLength} bytes are not 32-bit integers`,
    );
  }
  const neuronCount = bytes.byteLength / Uint32Array.BYTES_PER_ELEMENT;
  const isAligned = bytes.byteOffset % Uint32Array.BYTES_PER_ELEMENT === 0;
  if (IS_LITTLE_ENDIAN_HOST && isAligned) {
    return new Uint32Array(bytes.buffer, bytes.byteOffset, neuronCount);
  }
  // Copied, because the slice of the received message may begin at any byte,
  // but a typed array must be aligned.
  const copy = Uint8Array.from(bytes);
  if (!IS_LITTLE_ENDIAN_HOST) {
    Buffer.from(copy.buffer).swap32();
  }
  return new Uint32Array(copy.buffer);
}

export function decodeDeltas(
  deltas: readonly number[],
  spikeCounts: readonly number[],
): Uint32Array {
  const neurons = new Uint32Array(deltas.length);
  let spike = 0;
  for (const spikeCount of spikeCounts) {
    const stepEnd = Math.min(spike + spikeCount, deltas.length);
    let neuron = 0; // Deltas restart in each step.
    for (; spike < stepEnd; spike++) {
      neuron += deltas[spike]!;
      neurons[spike] = neuron;
    }
  }
  return neurons;
}
