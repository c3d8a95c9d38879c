// SPDX-License-Identifier: Apache-2.0
//
// Counts the spikes of a stream per population, and checks that the stream has
// no gaps other than those it reports.

import type { Session, SpikeBatch, SpikeEncoding } from "./messages.js";
import { toNumber } from "./messages.js";
import { decodeSpikes } from "./spikes.js";

export interface PopulationTally {
  name: string;
  layer: string;
  firstNeuron: number;
  neuronCount: number;
  spikeCount: number;
}

export class SpikeTally {
  readonly populations: PopulationTally[];
  // The steps [0, endStep) are counted.
  endStep = 0;
  // Spikes and steps lost because this client was too slow.
  droppedSpikeCount = 0;
  skippedStepCount = 0;

  private readonly epoch: string;
  private readonly neuronCount: number;
  private nextSequence = 0;

  constructor(
    session: Session,
    private readonly encoding: SpikeEncoding,
  ) {
    this.epoch = session.epoch;
    this.neuronCount = toNumber(session.neuron_count);
    this.populations = session.populations.map((population) => ({
      name: population.name,
      layer: population.layer,
      firstNeuron: toNumber(population.first_neuron),
      neuronCount: toNumber(population.size),
      spikeCount: 0,
    }));
  }

  add(batch: SpikeBatch): void {
    this.checkContinuity(batch);
    const { neurons } = decodeSpikes(batch, this.encoding);
    for (const neuron of neurons) {
      this.populationOf(neuron).spikeCount++;
    }
    this.droppedSpikeCount += toNumber(batch.dropped_spike_count);
  }

  private checkContinuity(batch: SpikeBatch): void {
    const sequence = toNumber(batch.sequence);
    if (sequence !== this.nextSequence) {
      throw new Error(
        `the spike stream has a gap: message ${sequence} came ` +
          `instead of ${this.nextSequence}`,
      );
    }
    if (batch.epoch !== this.epoch) {
      throw new Error("the session was reset by another client");
    }
    const firstStep = toNumber(batch.first_step);
    const endStep = toNumber(batch.end_step);
    if (firstStep < this.endStep || endStep < firstStep) {
      throw new Error(
        `the spike stream goes back: steps [${firstStep}, ${endStep}) ` +
          `came after step ${this.endStep}`,
      );
    }
    this.skippedStepCount += firstStep - this.endStep;
    this.endStep = endStep;
    this.nextSequence++;
  }

  // Binary search for the last population that begins at the neuron or before.
  private populationOf(neuron: number): PopulationTally {
    let low = 0;
    let high = this.populations.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (this.populations[middle]!.firstNeuron <= neuron) {
        low = middle;
      } else {
        high = middle;
      }
    }
    const population = this.populations[low];
    if (population === undefined || neuron >= this.neuronCount) {
      throw new Error(
        `bad spike batch: neuron ${neuron} of ${this.neuronCount}`,
      );
    }
    return population;
  }
}
