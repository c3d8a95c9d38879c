# SPDX-License-Identifier: Apache-2.0
"""The synapses of a projection at one step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spiked.errors import DataLoss
from spiked.streams.server_stream import ServerStream
from spiked.v1 import recording_pb2, recording_pb2_grpc


@dataclass(frozen=True)
class Synapses:
    """Synapses, ordered by source, then descending delay, then target.

    Attributes:
      sources: indices within the source population; int32, shape [synapses].
      targets: indices within the target population; int32, shape [synapses].
      delays_ms: delays in ms; float64, shape [synapses].
      weights: weights in the unit of the receptor, as stored; float32 or
        float64, shape [synapses].
      step: step of the session when the weights were read.
      epoch: counts the session's resets.
    """

    sources: np.ndarray
    targets: np.ndarray
    delays_ms: np.ndarray
    weights: np.ndarray
    step: int
    epoch: int

    def __len__(self) -> int:
        """Returns the number of synapses."""
        return len(self.weights)

    def matrix(self, source_count: int, target_count: int) -> np.ndarray:
        """Returns the weights as a matrix, shape [sources, targets].

        Weights of synapses between the same two neurons are added up; 0 without
        synapses.
        """
        result = np.zeros((source_count, target_count))
        np.add.at(result, (self.sources, self.targets), self.weights)
        return result


class _SynapseStream(ServerStream[recording_pb2.SynapseBatch]):
    """The messages of one reading."""

    def _item(
        self, message: recording_pb2.SynapseBatch
    ) -> recording_pb2.SynapseBatch:
        return message


def read_synapses(
    stub: recording_pb2_grpc.RecordingServiceStub,
    request: recording_pb2.ReadSynapsesRequest,
    dt_ms: float,
) -> Synapses:
    """Reads all messages; see `Session.synapses`."""
    with _SynapseStream(stub.ReadSynapses, request) as stream:
        batches = list(stream)
    numbers = [batch.sequence for batch in batches]
    complete = bool(batches) and batches[-1].end_of_stream
    if not complete or numbers != list(range(len(batches))):
        raise DataLoss("the list of synapses is not complete")
    double = request.encoding == recording_pb2.FLOAT64_BYTES
    weights = b"".join(batch.weights for batch in batches)
    return Synapses(
        sources=_joined(batches, "source_indices"),
        targets=_joined(batches, "target_indices"),
        delays_ms=_joined(batches, "delay_steps") * dt_ms,
        weights=np.frombuffer(weights, "<f8" if double else "<f4"),
        step=batches[0].step,
        epoch=batches[0].epoch,
    )


def _joined(
    batches: list[recording_pb2.SynapseBatch], field: str
) -> np.ndarray:
    return np.concatenate(
        [np.asarray(getattr(batch, field), np.int32) for batch in batches]
    )
