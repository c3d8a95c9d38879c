# SPDX-License-Identifier: Apache-2.0
"""Closed loops: a stream of stimuli, each answered."""

from __future__ import annotations

import queue
from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType
from typing import Any

import grpc
import numpy as np

from spiked._rpc.status import error_from_call
from spiked.errors import DataLoss, InvalidArgument, OutOfRange
from spiked.stimuli import (
    StimulusAck,
    encoder_values,
    late_policy,
    stimulus,
)
from spiked.v1 import network_pb2, stimulus_pb2, stimulus_pb2_grpc

_END = None


class StimulusStream:
    """Sends stimuli and waits for the answer to each.

    A context manager: its end tells the server that the input is complete, or
    cancels the stream after an error. Only one thread may use it.
    """

    def __init__(
        self,
        stub: stimulus_pb2_grpc.StimulusServiceStub,
        session_name: str,
        incarnation_id: str,
        *,
        refuse_late: bool = False,
    ) -> None:
        """Opens the stream; errors come with the first answer."""
        self._session_name = session_name
        self._incarnation_id = incarnation_id
        self._late_policy = late_policy(refuse_late)
        self._sequence = 0
        self._requests: queue.SimpleQueue[
            stimulus_pb2.StreamStimuliRequest | None
        ] = queue.SimpleQueue()
        self._closed = False
        self._call = stub.StreamStimuli(self._outgoing())

    def send(self, population: str, **arguments: Any) -> StimulusAck:
        """Sends one stimulus and returns the step at which it acts.

        Args:
          population: name of the population of the neurons.
          **arguments: arguments of `spiked.stimulus`.

        Raises:
          InvalidArgument: the server accepted none of it; the stream goes on.
          OutOfRange: it is late and `refuse_late` is set; the stream goes on.
          SpikedError: the stream has failed.
        """
        return self.send_all([stimulus(population, **arguments)])

    def encode(
        self,
        encoder: str,
        values: float | Sequence[float] | np.ndarray,
        **arguments: Any,
    ) -> StimulusAck:
        """Sends values to an encoder; see `send`.

        Args:
          encoder: name of the encoder.
          values: one number for each of its dimensions.
          **arguments: other arguments of `spiked.encoder_values`.
        """
        return self.send_all([encoder_values(encoder, values, **arguments)])

    def send_all(
        self, stimuli: Iterable[network_pb2.Stimulus] = ()
    ) -> StimulusAck:
        """Sends several stimuli at once, all or none; see `send`.

        Without stimuli, `applied_step` is the session's step.
        """
        return self._exchange(list(stimuli), end_of_input=False)

    def close(self) -> None:
        """Ends the input and waits until the server has confirmed it.

        Raises:
          SpikedError: the stream has failed.
        """
        if self._closed:
            return
        self._exchange([], end_of_input=True)
        self._closed = True
        self._requests.put(_END)
        try:
            for _ in self._call:
                raise DataLoss("an answer came after the last one")
        except grpc.RpcError:
            raise error_from_call(self._call) from None

    def cancel(self) -> None:
        """Cancels the stream; stimuli without an answer may be lost."""
        self._closed = True
        self._requests.put(_END)
        self._call.cancel()

    def __enter__(self) -> StimulusStream:
        """Returns the stream itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Closes the stream; cancels it if there is an error."""
        if error is None:
            self.close()
        else:
            self.cancel()

    def _exchange(
        self, stimuli: list[network_pb2.Stimulus], end_of_input: bool
    ) -> StimulusAck:
        """Sends a message and returns its answer."""
        if self._closed:
            raise ValueError("the stream is closed")
        sequence = self._sequence
        self._sequence += 1
        self._requests.put(
            stimulus_pb2.StreamStimuliRequest(
                session=self._session_name,
                expected_incarnation_id=self._incarnation_id,
                sequence=sequence,
                stimuli=stimuli,
                end_of_input=end_of_input,
                late_policy=self._late_policy,
            )
        )
        answer = self._next_answer(sequence)
        if answer.error and answer.late_count:
            raise OutOfRange(
                answer.error,
                reason="LATE_STIMULUS",
                metadata={"late_count": str(answer.late_count)},
            )
        if answer.error:
            raise InvalidArgument(answer.error)
        return StimulusAck(
            answer.applied_step, answer.late_count, answer.credits
        )

    def _next_answer(self, sequence: int) -> stimulus_pb2.StreamStimuliResponse:
        try:
            answer = next(self._call)
        except (grpc.RpcError, StopIteration) as error:
            self._closed = True
            self._requests.put(_END)
            if isinstance(error, grpc.RpcError):
                raise error_from_call(self._call) from None
            raise DataLoss("the stream ended without an answer") from None
        if answer.sequence != sequence:
            self.cancel()
            raise DataLoss(
                f"the answer to message {sequence} is missing: that to "
                f"{answer.sequence} came instead"
            )
        return answer

    def _outgoing(self) -> Iterator[stimulus_pb2.StreamStimuliRequest]:
        """Yields the requests to gRPC's own thread, until the end."""
        while (request := self._requests.get()) is not _END:
            yield request
