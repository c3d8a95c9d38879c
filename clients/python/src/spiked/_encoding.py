# SPDX-License-Identifier: Apache-2.0
"""Decodes the arrays of a SpikeBatch message, without a loop over spikes."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import numpy.typing as npt

from spiked.errors import DataLoss
from spiked.v1 import recording_pb2

_Integers = npt.NDArray[np.int64]


def decode_spikes(
    message: recording_pb2.SpikeBatch,
) -> tuple[_Integers, _Integers]:
    """Returns the spikes of a message, in either encoding.

    Returns:
      (steps, neurons), both int64 with the shape [spikes], ordered by step,
      then by neuron. int64 although the wire has 32 bits, so that differences
      don't wrap around.

    Raises:
      DataLoss: the arrays don't fit together.
    """
    counts = _integers(message.spike_counts)
    offsets = _integers(message.step_offsets)
    raw = message.neurons_u32
    if raw and len(raw) % 4 == 0:
        neurons = np.frombuffer(raw, dtype="<u4").astype(np.int64)
    else:
        neurons = _integers(message.neuron_deltas)
    if len(counts) != len(offsets) or counts.sum() != len(neurons):
        raise DataLoss(
            f"spike batch {message.sequence} is inconsistent: "
            f"{len(offsets)} steps, {len(counts)} counts that add up to "
            f"{counts.sum()}, {len(neurons)} neurons in {len(raw)} bytes"
        )
    if not raw:
        neurons = _sum_within_steps(neurons, counts)
    steps = message.first_step + np.cumsum(offsets)
    return np.repeat(steps, counts), neurons


def _sum_within_steps(deltas: _Integers, counts: _Integers) -> _Integers:
    """Returns the sums of the deltas, restarting at the first of each step.

    Args:
      deltas: shape [spikes].
      counts: spikes in each step, each at least 1, with sum len(deltas).
    """
    if not len(deltas):
        return deltas
    sums: _Integers = np.cumsum(deltas)
    firsts = np.cumsum(counts) - counts
    before: _Integers = sums[firsts] - deltas[firsts]
    return sums - np.repeat(before, counts)


def _integers(field: Collection[int]) -> _Integers:
    """Returns a repeated integer field as int64, shape [len(field)]."""
    return np.fromiter(field, dtype=np.int64, count=len(field))
