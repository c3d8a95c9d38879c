# SPDX-License-Identifier: Apache-2.0
"""Networks with lists that don't fit into a request."""

import numpy as np
import pytest

import spiked
from spiked._rpc import large_lists
from spiked._rpc.large_lists import upload_large_lists


def network(*lengths, weights=True):
    """A network whose projections list so many synapses."""
    return spiked.load_network(
        {
            "dt_ms": 0.5,
            "populations": [{"name": "in", "size": 40, "model": "izhikevich"}],
            "projections": [
                {
                    "source": "in",
                    "target": "in",
                    "explicit_pairs": {
                        "source_indices": np.arange(n) % 40,
                        "target_indices": np.arange(n) % 7,
                    },
                    "weight": (
                        {"list": {"values": np.arange(n) * 0.5}}
                        if weights
                        else {"constant": 2}
                    ),
                    "delay_ms": {"list": {"values": np.ones(n)}},
                }
                for n in lengths
            ],
        }
    )


@pytest.fixture
def stub(client):
    return client._stubs.upload


def test_small_networks_stay_as_they_are(server, stub):
    message = network(3, 5)
    assert upload_large_lists(message, stub) is message
    assert not server.uploads


def test_the_longest_lists_are_uploaded_until_the_rest_fits(server, stub):
    message = network(10, 3000, 200)
    before = message.SerializeToString(deterministic=True)
    smaller = upload_large_lists(message, stub, max_bytes=10_000)
    assert message.SerializeToString(deterministic=True) == before
    assert [p.explicit_pairs.upload for p in smaller.projections] == [
        "",
        "uploads/0",
        "",
    ]
    sent = server.uploads["uploads/0"]
    assert sent["source_indices"] == [i % 40 for i in range(3000)]
    assert sent["target_indices"] == [i % 7 for i in range(3000)]
    assert sent["weights"] == [i * 0.5 for i in range(3000)]
    assert sent["delays_ms"] == [1.0] * 3000
    uploaded = smaller.projections[1]
    assert not uploaded.HasField("weight")
    assert not uploaded.HasField("delay_ms")
    assert not uploaded.explicit_pairs.source_indices
    assert smaller.projections[0] == message.projections[0]


def test_values_that_are_no_lists_stay_in_the_network(server, stub):
    smaller = upload_large_lists(
        network(3000, weights=False), stub, max_bytes=1000
    )
    assert smaller.projections[0].weight.constant == 2
    assert "weights" not in server.uploads["uploads/0"]


def test_lists_of_different_lengths_are_left_to_the_server(server, stub):
    message = network(3000)
    message.projections[0].explicit_pairs.target_indices.pop()
    assert upload_large_lists(message, stub, max_bytes=1000) == message
    assert not server.uploads


def test_sessions_and_edits_upload_by_themselves(server, client, monkeypatch):
    monkeypatch.setattr(large_lists.upload_large_lists, "__defaults__", (1000,))
    session = client.create_session(network(3000))
    assert list(server.uploads) == ["uploads/0"]
    session.edit(network(3000))
    assert list(server.uploads) == ["uploads/0", "uploads/1"]
    assert server.edits[-1].add.projections[0].explicit_pairs.upload
