# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from spiked._rpc import upload


def test_arrays_arrive_whole(server, client, monkeypatch):
    monkeypatch.setattr(upload, "CHUNK_SIZE", 300)
    random = np.random.default_rng(1)
    sources = random.integers(0, 2**31, 1000)
    targets = random.integers(0, 2**31, 1000, dtype=np.uint32)
    weights = random.normal(size=1000)
    name = client.upload_synapses(
        sources, targets, weights.astype(np.float32), weights.tolist()
    )
    got = server.uploads[name]
    np.testing.assert_array_equal(got["source_indices"], sources)
    np.testing.assert_array_equal(got["target_indices"], targets)
    np.testing.assert_array_equal(got["weights"], weights.astype(np.float32))
    np.testing.assert_array_equal(got["delays_ms"], weights)


def test_weights_and_delays_may_be_left_out(server, client):
    got = server.uploads[client.upload_synapses([1, 2], (3, 4))]
    assert got == {"source_indices": [1, 2], "target_indices": [3, 4]}
    got = server.uploads[client.upload_synapses([1], [3], delays_ms=[2])]
    assert got["delays_ms"] == [2]
    assert "weights" not in got


@pytest.mark.parametrize(
    ("lists", "text"),
    [
        (([1], [1, 2]), r"same length: source_indices \(1,\)"),
        (([[1]], [[1]]), "same length"),
        (([1], [1], [1, 2]), "same length"),
        (([1.5], [1]), "sources: must be integers, not float64"),
        (([1], [2**31]), "targets: an index must be less"),
    ],
)
def test_wrong_lists_are_refused(client, lists, text):
    with pytest.raises(ValueError, match=text):
        client.upload_synapses(*lists)


@pytest.mark.parametrize("number", [0, 127, 128, 300, 2**31])
def test_varint(number):
    encoded = upload._varint(number)
    assert number == sum((b & 0x7F) << (7 * i) for i, b in enumerate(encoded))
    assert encoded[-1] < 128
