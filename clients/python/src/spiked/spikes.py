# SPDX-License-Identifier: Apache-2.0
"""Spikes of a range of steps, as arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np

from spiked._batch import check_joins, equal
from spiked._encoding import decode_spikes
from spiked._rpc.model_time import first_step_at
from spiked.populations import Population
from spiked.v1 import recording_pb2


@dataclass(frozen=True, eq=False)
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
      populations: the session's populations by name, for `of`.
    """

    steps: np.ndarray
    neurons: np.ndarray
    first_step: int
    end_step: int
    dt_ms: float
    epoch: int = 0
    dropped: int = 0
    session_step: int = field(default=0, compare=False)
    sequence: int = field(default=0, compare=False)
    populations: Mapping[str, Population] = field(
        default_factory=dict, compare=False, repr=False
    )

    __eq__ = equal

    def __len__(self) -> int:
        """Returns the number of spikes."""
        return len(self.steps)

    @property
    def times_ms(self) -> np.ndarray:
        """Model time of each spike in ms, [spikes]: the end of its step."""
        return (self.steps + 1) * self.dt_ms

    def of(self, population: str | Population) -> SpikeBatch:
        """Returns only the spikes of one population.

        Raises:
          ValueError: the session has no population of that name.
        """
        if isinstance(population, str):
            if population not in self.populations:
                raise ValueError(
                    f"population: {population!r}: is not one of "
                    f"{', '.join(self.populations) or 'none that are known'}"
                )
            population = self.populations[population]
        return self.where(population.contains(self.neurons))

    def where(self, mask: np.ndarray) -> SpikeBatch:
        """Returns only the spikes where `mask`, bool of [spikes], is true."""
        return replace(self, steps=self.steps[mask], neurons=self.neurons[mask])

    def between_ms(self, begin_ms: float, end_ms: float) -> SpikeBatch:
        """Returns only the steps that begin in [begin_ms, end_ms).

        Windows that follow each other have each step once: times may be off the
        beginning of a step by a millionth of it.
        """
        first = max(self.first_step, first_step_at(begin_ms, self.dt_ms))
        end = min(self.end_step, first_step_at(end_ms, self.dt_ms))
        end = max(first, end)
        inside = self.where((self.steps >= first) & (self.steps < end))
        return replace(inside, first_step=first, end_step=end)

    @staticmethod
    def from_message(
        message: recording_pb2.SpikeBatch,
        dt_ms: float,
        populations: Mapping[str, Population] = MappingProxyType({}),
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
            populations=populations,
        )

    @staticmethod
    def concatenate(
        batches: Sequence[SpikeBatch], *, allow_gaps: bool = False
    ) -> SpikeBatch:
        """Returns consecutive batches as one.

        Args:
          batches: in their order, of one epoch.
          allow_gaps: whether steps may be missing between them, or data may
            have been dropped.

        Raises:
          ValueError: there is no batch, they don't follow each other, or
            something is missing.
        """
        check_joins(
            batches,
            [batch.first_step for batch in batches],
            [batch.end_step for batch in batches],
            allow_gaps=allow_gaps,
        )
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
            populations=batches[-1].populations,
        )
