# SPDX-License-Identifier: Apache-2.0
"""Edits of a paused network."""

import numpy as np
import pytest

import spiked

ADDITION = {
    "populations": [{"name": "late", "size": 20, "model": "izhikevich"}],
    "projections": [
        {
            "source": "exc",
            "target": "late",
            "fixed_indegree": {"degree": 10},
            "weight": {"constant": 3},
            "delay_ms": {"constant": 2},
        }
    ],
}


@pytest.fixture
def session(client, network):
    """A lockstep session of the small network."""
    return client.create_session(network, pacing="lockstep")


def test_what_stays_goes_on_and_what_is_added_joins_in(
    client, session, network
):
    with client.create_session(network, pacing="lockstep") as plain:
        expected = plain.advance(400)
    before = session.advance(200)
    names = list(session.populations)
    assert session.edit(ADDITION) == 200
    assert list(session.populations) == [*names, "late"]
    assert session.info.epoch == 1
    assert session.info.network_revision == 1
    after = session.advance(200)
    # The added population has no effect on others.
    first_late = session.populations["late"].first_neuron
    old = after.neurons < first_late
    np.testing.assert_array_equal(
        np.concatenate([before.steps, after.steps[old]]), expected.steps
    )
    np.testing.assert_array_equal(
        np.concatenate([before.neurons, after.neurons[old]]), expected.neurons
    )
    assert session.edit(remove_populations=["late"]) == 400
    assert list(session.populations) == names


def test_the_same_edits_repeat_a_run(client, network):
    hashes = []
    for threads in (1, 2, 1):
        most = client.server_info().max_session_thread_count or 1
        with client.create_session(
            network, pacing="lockstep", thread_count=min(threads, most)
        ) as session:
            session.advance(100)
            session.edit(ADDITION, remove_projections=["exc->inh"])
            session.advance(100)
            hashes.append(session.state_hash())
    assert hashes[0].step == 200
    assert hashes[0] == hashes[1] == hashes[2]


def test_a_stream_ends_and_the_next_goes_on_without_a_gap(session):
    with session.spikes() as stream:
        session.advance(100)
        session.edit(ADDITION)
        first = list(stream)
    assert stream.ended
    assert first[-1].end_step == 100
    with session.spikes(start_step=100) as stream:
        session.advance(50)
        assert next(iter(stream)).first_step == 100


def test_mistakes_are_told_with_their_place(session, tmp_path):
    file = tmp_path / "addition.yaml"
    file.write_text(
        "populations:\n"
        "  - name: late\n"
        "    size: 20\n"
        "    model: izhikevitch\n"
        "projections:\n"
        "  - source: exc\n"
        "    target: late\n"
        "    all_to_all: {}\n"
        "    weight: {constant: 1.0}\n"
        "    delay_ms: {constant: 0.01}\n"
    )
    with pytest.raises(spiked.InvalidNetworkError) as error:
        session.edit(file)
    text = str(error.value)
    assert "addition.yaml:4" in text
    assert "did you mean izhikevich?" in text
    assert "addition.yaml:10" in text
    with pytest.raises(spiked.InvalidArgument) as error:
        session.edit(remove_populations=["ex"])
    assert error.value.violations[0][0] == "remove_populations[0]"
    with pytest.raises(spiked.InvalidArgument):
        session.edit()
    assert session.refresh().network_revision == 0


def test_a_running_session_is_not_edited(client, network):
    with client.create_session(network, pacing="free_run") as session:
        session.start()
        with pytest.raises(spiked.FailedPrecondition, match="PAUSED"):
            session.edit(ADDITION)
        session.pause()
        step = session.edit(ADDITION)
        assert step == session.refresh().step
