// SPDX-License-Identifier: Apache-2.0
//
// TypeScript types of the messages and fields of the API that this client uses.

// A 64-bit integer: proto-loader returns it as text, and accepts text or a
// number.
export type Int64 = string;

// A network that is ready to be sent; networks are checked by the server.
export type NetworkMessage = Record<string, unknown>;

export type Pacing = "REAL_TIME" | "FREE_RUN";

export type SpikeEncoding = "FIXED32_BYTES" | "DELTA_VARINT";

export interface CreateSessionRequest {
  session_id: string;
  network: NetworkMessage;
  pacing: Pacing;
}

export interface Session {
  name: string;
  state: "CREATING" | "PAUSED" | "RUNNING" | "FAILED" | "DELETING";
  dt_ms: number;
  step: Int64;
  stop_step: Int64;
  epoch: Int64;
  neuron_count: Int64;
  synapse_count: Int64;
  populations: PopulationInfo[];
  failure: string;
}

export interface PopulationInfo {
  name: string;
  layer: string;
  model: string;
  first_neuron: Int64;
  size: Int64;
  column_count: number;
}

export interface StartSessionRequest {
  name: string;
  stop_step: number;
}

export interface WatchSessionResponse {
  session: Session | null;
}

export interface Stimulus {
  population: string;
  columns: number[];
  start_ms: number;
  current: { amplitudes: number[]; duration_ms: number };
}

export interface InjectStimulusRequest {
  session: string;
  stimuli: Stimulus[];
}

export interface InjectStimulusResponse {
  applied_step: Int64;
  late_count: Int64;
}

export interface StreamSpikesRequest {
  session: string;
  start_step: number;
  encoding: SpikeEncoding;
}

export interface SpikeBatch {
  sequence: Int64;
  epoch: Int64;
  first_step: Int64;
  end_step: Int64;
  step_offsets: number[];
  spike_counts: number[];
  neuron_deltas: number[];
  neurons_u32: Uint8Array;
  dropped_spike_count: Int64;
  session_step: Int64;
  end_of_stream: boolean;
}

// Steps and counts stay far below 2^53 in practice. A larger number would be
// rounded silently, so it is an error.
export function toNumber(value: Int64): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) {
    throw new RangeError(`${value} is too large for this client`);
  }
  return number;
}
