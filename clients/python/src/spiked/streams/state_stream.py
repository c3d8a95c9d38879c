# SPDX-License-Identifier: Apache-2.0
"""The stream of state variables of some neurons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from spiked._batch import check_joins, equal
from spiked.errors import DataLoss
from spiked.streams.recording_stream import OnLoss, RecordingStream
from spiked.v1 import recording_pb2, recording_pb2_grpc


@dataclass(frozen=True, eq=False)
class StateBatch:
    """Consecutive samples of state variables.

    Attributes:
      steps: step of each sample, the state when the session was at that step;
        int64, shape [samples].
      values: values in the units of `Client.list_models`; float32 or float64,
        shape [samples, variables, neurons].
      variables: names of the variables, in order.
      neurons: indices within the population, in order; int64, shape [neurons].
      dt_ms: length of a step in ms.
      epoch: counts the session's resets.
      dropped: samples lost just before this batch because it was read too
        slowly.
      session_step: the session's step when the batch was written.
      sequence: number of the message in its stream.
    """

    steps: np.ndarray
    values: np.ndarray
    variables: tuple[str, ...]
    neurons: np.ndarray
    dt_ms: float
    epoch: int = 0
    dropped: int = 0
    session_step: int = field(default=0, compare=False)
    sequence: int = field(default=0, compare=False)

    __eq__ = equal

    def __len__(self) -> int:
        """Returns the number of samples."""
        return len(self.steps)

    def __getitem__(self, variable: str) -> np.ndarray:
        """Returns one variable, shape [samples, neurons].

        Raises:
          KeyError: there is no such variable.
          TypeError: it is no name: samples are rows of `values`.
        """
        if not isinstance(variable, str):
            raise TypeError(
                f"{variable!r}: a batch is indexed by the name of a variable; "
                f"it has {', '.join(self.variables) or 'none'}, each with "
                f"{len(self)} samples"
            )
        if variable not in self.variables:
            raise KeyError(
                f"{variable!r}: the batch has {', '.join(self.variables)}"
            )
        return self.values[:, self.variables.index(variable), :]

    @property
    def times_ms(self) -> np.ndarray:
        """Model time of each sample in ms, shape [samples]."""
        return self.steps * self.dt_ms

    @staticmethod
    def concatenate(
        batches: Sequence[StateBatch], *, allow_gaps: bool = False
    ) -> StateBatch:
        """Returns consecutive batches as one.

        Args:
          batches: in their order, of one epoch.
          allow_gaps: whether steps may be missing between them, or data may
            have been dropped.

        Raises:
          ValueError: there is no batch, they don't follow each other, or
            something is missing.
        """
        filled = [batch for batch in batches if len(batch)] or batches[:1]
        steps = np.concatenate([batch.steps for batch in filled])
        apart = np.diff(steps)
        interval = int(min(apart[apart > 0], default=1))
        check_joins(
            filled,
            [int(batch.steps[0]) if len(batch) else 0 for batch in filled],
            [
                int(batch.steps[-1]) + interval if len(batch) else 0
                for batch in filled
            ],
            "variables",
            "neurons",
            allow_gaps=allow_gaps,
        )
        return replace(
            filled[0],
            steps=steps,
            values=np.concatenate([batch.values for batch in filled]),
            dropped=sum(batch.dropped for batch in batches),
            session_step=batches[-1].session_step,
        )


class StateStream(RecordingStream[StateBatch]):
    """Samples as they come."""

    _unit = "samples"

    def __init__(
        self,
        stub: recording_pb2_grpc.RecordingServiceStub,
        request: recording_pb2.StreamStateRequest,
        *,
        neurons: np.ndarray,
        dt_ms: float,
        on_loss: OnLoss,
    ) -> None:
        """Opens the stream; see `Session.record`."""
        self._neurons = neurons
        self._variables = tuple(request.variables)
        double = request.encoding == recording_pb2.FLOAT64_BYTES
        self._dtype = np.dtype("<f8" if double else "<f4")
        self._dt_ms = dt_ms
        super().__init__(stub.StreamState, request, on_loss)

    def _item(self, message: recording_pb2.StateBatch) -> StateBatch | None:
        self._check(
            message.sequence,
            message.dropped_sample_count,
            message.end_of_stream,
        )
        only_the_end = message.end_of_stream and not message.steps
        if only_the_end and not message.dropped_sample_count:
            return None
        return StateBatch(
            steps=np.fromiter(message.steps, np.int64, len(message.steps)),
            values=self._values(message),
            variables=self._variables,
            neurons=self._neurons,
            dt_ms=self._dt_ms,
            epoch=message.epoch,
            dropped=message.dropped_sample_count,
            session_step=message.session_step,
            sequence=message.sequence,
        )

    def _values(self, message: recording_pb2.StateBatch) -> np.ndarray:
        """Returns the values, [samples, variables, neurons]."""
        shape = (len(message.steps), len(self._variables), len(self._neurons))
        wanted_bytes = int(np.prod(shape)) * self._dtype.itemsize
        if len(message.values) != wanted_bytes:
            raise DataLoss(
                f"state batch {message.sequence} is inconsistent: "
                f"{len(message.values)} bytes of values, but "
                f"[samples, variables, neurons] = {list(shape)}"
            )
        return np.frombuffer(message.values, self._dtype).reshape(shape)
