# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from fake_session import encode
from spiked import DataLoss, SpikeBatch, v1


def random_message(rng, encoding):
    """Returns a message with random spikes, and its steps and neurons."""
    step_count = rng.integers(0, 20)
    steps = np.sort(rng.choice(1000, step_count, replace=False))
    parts = [
        np.sort(rng.choice(2**31 - 1, rng.integers(1, 30), replace=False))
        for _ in steps
    ]
    message = v1.SpikeBatch(
        first_step=10**12,
        end_step=10**12 + 1000,
        step_offsets=np.diff(steps, prepend=0).tolist(),
        spike_counts=[len(part) for part in parts],
    )
    encode(message, parts, encoding)
    counts = [len(part) for part in parts]
    return (
        message,
        10**12 + np.repeat(steps, counts),
        np.concatenate([np.empty(0, int), *parts]),
    )


@pytest.mark.parametrize("encoding", [v1.FIXED32_BYTES, v1.DELTA_VARINT])
def test_decoding_inverts_encoding(encoding):
    rng = np.random.default_rng(1)
    for _ in range(200):
        message, steps, neurons = random_message(rng, encoding)
        batch = SpikeBatch.from_message(message, dt_ms=0.1)
        np.testing.assert_array_equal(batch.steps, steps)
        np.testing.assert_array_equal(batch.neurons, neurons)
        assert batch.steps.dtype == batch.neurons.dtype == np.int64


@pytest.mark.parametrize(
    "fields",
    [
        {"step_offsets": [0], "spike_counts": [1]},
        {"step_offsets": [0], "spike_counts": [], "neuron_deltas": []},
        {"step_offsets": [], "spike_counts": [], "neuron_deltas": [1]},
        {"step_offsets": [0], "spike_counts": [2], "neurons_u32": b"1234"},
        {"step_offsets": [0], "spike_counts": [1], "neurons_u32": b"123"},
    ],
)
def test_inconsistent_messages_are_refused(fields):
    with pytest.raises(DataLoss, match="inconsistent"):
        SpikeBatch.from_message(v1.SpikeBatch(**fields), dt_ms=1)


def test_partial_integer_at_the_end_is_refused():
    message = v1.SpikeBatch(
        step_offsets=[0], spike_counts=[1], neurons_u32=b"12345"
    )
    with pytest.raises(DataLoss, match="inconsistent"):
        SpikeBatch.from_message(message, dt_ms=1)
