# SPDX-License-Identifier: Apache-2.0
"""Spikes of a range of steps, as arrays."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from spiked._encoding import decode_spikes
from spiked.populations import Population
from spiked.v1 import recording_pb2


@dataclass(frozen=True)
class SpikeBatch:
    """The spikes of the steps [first_step, end_step) of one epoch.

    Attributes:
      steps: step of each spike; int64, shape [spikes], ascending.
      neurons: neuron of each spike, counted through the network; int64, shape
        [spikes], ascending within a step.
      first_step: first step covered, inclusive.
      end_step: last step covered, exclusive. It also moves without spikes.
      dt_ms: length of a step in ms.
      epoch: counts the session's resets.
      dropped: spikes lost just before this batch because it was read too
        slowly.
      session_step: the session's step when the batch was written.
      sequence: number of the message in its stream.
    """

    steps: np.ndarray
    neurons: np.ndarray
    first_step: int
    end_step: int
    dt_ms: float
    epoch: int = 0
    dropped: int = 0
    session_step: int = 0
    sequence: int = 0

    def __len__(self) -> int:
        """Returns the number of spikes."""
        return len(self.steps)

    @property
    def times_ms(self) -> np.ndarray:
        """Model time of each spike in ms, [spikes]: the end of its step."""
        return (self.steps + 1) * self.dt_ms

    def of(self, population: Population) -> SpikeBatch:
        """Returns only the spikes of one population."""
        return self.where(population.contains(self.neurons))

    def where(self, mask: np.ndarray) -> SpikeBatch:
        """Returns only the spikes where `mask`, bool of [spikes], is true."""
        return replace(self, steps=self.steps[mask], neurons=self.neurons[mask])

    def between_ms(self, begin_ms: float, end_ms: float) -> SpikeBatch:
        """Returns only the steps that begin in [begin_ms, end_ms)."""
        first = max(self.first_step, math.ceil(begin_ms / self.dt_ms))
        end = min(self.end_step, math.ceil(end_ms / self.dt_ms))
        end = max(first, end)
        inside = self.where((self.steps >= first) & (self.steps < end))
        return replace(inside, first_step=first, end_step=end)

    @staticmethod
    def from_message(
        message: recording_pb2.SpikeBatch, dt_ms: float
    ) -> SpikeBatch:
        """Decodes a message; raises DataLoss if its arrays don't fit."""
        steps, neurons = decode_spikes(message)
        return SpikeBatch(
            steps=steps,
            neurons=neurons,
            first_step=message.first_step,
            end_step=message.end_step,
            dt_ms=dt_ms,
            epoch=message.epoch,
            dropped=message.dropped_spike_count,
            session_step=message.session_step,
            sequence=message.sequence,
        )

    @staticmethod
    def concatenate(batches: Sequence[SpikeBatch]) -> SpikeBatch:
        """Returns consecutive batches of one epoch as one.

        Raises:
          ValueError: there is no batch, or they are of several epochs.
        """
        if not batches:
            raise ValueError("batches: at least one is needed")
        if len({batch.epoch for batch in batches}) > 1:
            raise ValueError("batches: steps of several epochs don't compare")
        return SpikeBatch(
            steps=np.concatenate([batch.steps for batch in batches]),
            neurons=np.concatenate([batch.neurons for batch in batches]),
            first_step=batches[0].first_step,
            end_step=batches[-1].end_step,
            dt_ms=batches[0].dt_ms,
            epoch=batches[0].epoch,
            dropped=sum(batch.dropped for batch in batches),
            session_step=batches[-1].session_step,
            sequence=batches[0].sequence,
        )
