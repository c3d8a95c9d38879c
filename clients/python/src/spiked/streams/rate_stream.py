# SPDX-License-Identifier: Apache-2.0
"""The stream of spike counts in bins of model time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from spiked._batch import check_joins, equal
from spiked.errors import DataLoss
from spiked.populations import Population
from spiked.streams.recording_stream import OnLoss, RecordingStream
from spiked.v1 import recording_pb2, recording_pb2_grpc


@dataclass(frozen=True)
class RateGroup:
    """Neurons that are counted together.

    Attributes:
      population: their population.
      column: their column; None: all columns.
      size: number of neurons.
    """

    population: str
    column: int | None
    size: int


@dataclass(frozen=True, eq=False)
class RateBatch:
    """Consecutive bins, all of them whole.

    Attributes:
      first_step: first step of the first bin.
      counts: number of spikes; int32, shape [bins, groups].
      groups: the counted groups, in the order of `counts`.
      bin_steps: length of a bin in steps.
      dt_ms: length of a step in ms.
      epoch: counts the session's resets.
      dropped: spikes lost just before this batch because it was read too
        slowly; their bins are left out.
      session_step: the session's step when the batch was written.
      sequence: number of the message in its stream.
    """

    first_step: int
    counts: np.ndarray
    groups: tuple[RateGroup, ...]
    bin_steps: int
    dt_ms: float
    epoch: int = 0
    dropped: int = 0
    session_step: int = field(default=0, compare=False)
    sequence: int = field(default=0, compare=False)

    __eq__ = equal

    def __len__(self) -> int:
        """Returns the number of bins."""
        return len(self.counts)

    @property
    def end_step(self) -> int:
        """First step after the last bin."""
        return self.first_step + len(self) * self.bin_steps

    @property
    def times_ms(self) -> np.ndarray:
        """Model time at which each bin begins in ms, shape [bins]."""
        bins = np.arange(len(self))
        return (self.first_step + bins * self.bin_steps) * self.dt_ms

    @property
    def rates_hz(self) -> np.ndarray:
        """Mean rate of a neuron of each group in Hz, shape [bins, groups]."""
        sizes = np.array([group.size for group in self.groups], dtype=float)
        return self.counts / (sizes * self.bin_steps * self.dt_ms / 1000)

    @staticmethod
    def concatenate(
        batches: Sequence[RateBatch],
    ) -> RateBatch:
        """Returns consecutive batches as one.

        Raises:
          ValueError: there is no batch, they don't follow each other, or bins
            are missing between them, so that `times_ms` would be wrong.
        """
        check_joins(
            batches,
            [batch.first_step for batch in batches],
            [batch.end_step for batch in batches],
            "bin_steps",
            "groups",
            allow_gaps=False,
        )
        return replace(
            batches[0],
            counts=np.concatenate([batch.counts for batch in batches]),
            dropped=sum(batch.dropped for batch in batches),
            session_step=batches[-1].session_step,
        )


class RateStream(RecordingStream[RateBatch]):
    """Bins as they are completed.

    Attributes:
      groups: the counted groups, in the order of `RateBatch.counts`.
    """

    _unit = "spikes"

    def __init__(
        self,
        stub: recording_pb2_grpc.RecordingServiceStub,
        request: recording_pb2.StreamRatesRequest,
        *,
        populations: dict[str, Population],
        dt_ms: float,
        on_loss: OnLoss,
    ) -> None:
        """Opens the stream; see `Session.rates`."""
        self.groups = groups_of(
            populations, request.populations, request.by_column
        )
        self._bin_steps = request.bin_steps
        self._dt_ms = dt_ms
        super().__init__(stub.StreamRates, request, on_loss)

    def _item(self, message: recording_pb2.RateBatch) -> RateBatch | None:
        self._check(
            message.sequence,
            message.dropped_spike_count,
            message.end_of_stream,
        )
        only_the_end = message.end_of_stream and not message.spike_counts
        if only_the_end and not message.dropped_spike_count:
            return None
        bins = (message.end_step - message.first_step) // self._bin_steps
        counts = np.fromiter(
            message.spike_counts, np.int32, len(message.spike_counts)
        )
        if len(counts) != bins * len(self.groups):
            raise DataLoss(
                f"rate batch {message.sequence} is inconsistent: "
                f"{len(counts)} counts, but [bins, groups] = "
                f"{[bins, len(self.groups)]}"
            )
        return RateBatch(
            first_step=message.first_step,
            counts=counts.reshape(bins, len(self.groups)),
            groups=self.groups,
            bin_steps=self._bin_steps,
            dt_ms=self._dt_ms,
            epoch=message.epoch,
            dropped=message.dropped_spike_count,
            session_step=message.session_step,
            sequence=message.sequence,
        )


def groups_of(
    populations: dict[str, Population],
    names: Iterable[str],
    by_column: bool,
) -> tuple[RateGroup, ...]:
    """Returns the groups that the server counts, in the network's order."""
    wanted = set(names) or set(populations)
    groups: list[RateGroup] = []
    for population in populations.values():
        if population.name not in wanted:
            continue
        if not by_column:
            groups.append(RateGroup(population.name, None, population.size))
            continue
        columns = population.column_count
        groups.extend(
            RateGroup(population.name, column, population.size // columns)
            for column in range(columns)
        )
    return tuple(groups)
