# SPDX-License-Identifier: Apache-2.0
"""Closed loops: a stream of stimuli, each answered."""

from __future__ import annotations

import queue
from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType

import grpc
import numpy as np

from spiked._rpc.status import error_from_call
from spiked._selection import Indices
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

    def send(
        self,
        population: str,
        *,
        current: float | Sequence[float] | np.ndarray | None = None,
        rates_hz: float | Sequence[float] | np.ndarray | None = None,
        duration_ms: float | None = None,
        offsets_ms: Iterable[float] | None = None,
        weight: float | None = None,
        receptor: str | None = None,
        neurons: Indices | None = None,
        columns: Indices | None = None,
        start_ms: float | None = None,
        start_step: int | None = None,
    ) -> StimulusAck:
        """Sends one stimulus and returns the step at which it acts.

        Args:
          population: name of the population of the neurons.
          current: amplitude of a current, with `duration_ms`. All arguments up
            to `start_step` are those of `spiked.stimulus`, which tells more.
          rates_hz: rates of Poisson spike trains.
          duration_ms: how long the current or the spike trains last.
          offsets_ms: arrival times of spikes after the start.
          weight: weight of the spikes.
          receptor: receptor on which spikes act.
          neurons: indices within the population, or a boolean mask; None means
            all.
          columns: the same of columns.
          start_ms: start in model time since step 0; None means at once.
          start_step: the same in steps.

        Raises:
          InvalidArgument: the server accepted none of it; the stream goes on.
          OutOfRange: it is late and `refuse_late` is set; the stream goes on.
          SpikedError: the stream has failed.
        """
        made = stimulus(
            population,
            current=current,
            rates_hz=rates_hz,
            duration_ms=duration_ms,
            offsets_ms=offsets_ms,
            weight=weight,
            receptor=receptor,
            neurons=neurons,
            columns=columns,
            start_ms=start_ms,
            start_step=start_step,
        )
        return self.send_all([made])

    def encode(
        self,
        encoder: str,
        values: float | Sequence[float] | np.ndarray,
        *,
        duration_ms: float | None = None,
        start_ms: float | None = None,
        start_step: int | None = None,
    ) -> StimulusAck:
        """Sends values to an encoder; see `send`.

        Args:
          encoder: name of the encoder.
          values: one number for each of its dimensions.
          duration_ms: longest time that the values act; None means until the
            next ones. See `spiked.encoder_values`.
          start_ms: start in model time since step 0; None means at once.
          start_step: the same in steps.
        """
        made = encoder_values(
            encoder,
            values,
            duration_ms=duration_ms,
            start_ms=start_ms,
            start_step=start_step,
        )
        return self.send_all([made])

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
