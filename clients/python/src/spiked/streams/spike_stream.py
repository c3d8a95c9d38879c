# SPDX-License-Identifier: Apache-2.0
"""The stream of a session's spikes."""

from __future__ import annotations

from spiked.populations import Population
from spiked.spikes import SpikeBatch
from spiked.streams.recording_stream import OnLoss, RecordingStream
from spiked.v1 import recording_pb2, recording_pb2_grpc


class SpikeStream(RecordingStream[SpikeBatch]):
    """Spikes as they come, in batches of consecutive steps.

    In silent times, batches without spikes move `end_step`.
    """

    _unit = "spikes"

    def __init__(
        self,
        stub: recording_pb2_grpc.RecordingServiceStub,
        request: recording_pb2.StreamSpikesRequest,
        *,
        dt_ms: float,
        populations: dict[str, Population],
        on_loss: OnLoss,
    ) -> None:
        """Opens the stream; see `Session.spikes`."""
        self._dt_ms = dt_ms
        self._populations = populations
        super().__init__(stub.StreamSpikes, request, on_loss)

    def _item(self, message: recording_pb2.SpikeBatch) -> SpikeBatch | None:
        self._check(
            message.sequence, message.dropped_spike_count, message.end_of_stream
        )
        batch = SpikeBatch.from_message(message, self._dt_ms, self._populations)
        only_the_end = (
            message.end_of_stream
            and batch.first_step == batch.end_step
            and not batch.dropped
        )
        return None if only_the_end else batch
