# SPDX-License-Identifier: Apache-2.0
"""Live changes of a network, at a named step."""

import numpy as np
import pytest

import spiked


@pytest.fixture
def session(client, network):
    """A lockstep session of the small network."""
    return client.create_session(network, pacing="lockstep")


def change_everything(session, at_step):
    """Makes one change of each kind at one step."""
    return session.change(
        [
            spiked.set_parameters(
                "exc",
                {"d": {"uniform": {"low": 2, "high": 6}}},
                neurons=range(50),
            ),
            spiked.set_state("exc", {"v_mv": -60.0}),
            spiked.set_input("normal_noise_current->exc", {"std": 9.0}),
            spiked.set_weights("exc->inh", factor=2.0),
            spiked.silence("inh", neurons=[0, 3]),
        ],
        at_step=at_step,
    )


def test_the_same_changes_at_the_same_step_repeat_a_run(client, network):
    """With waiting changes or not, any calls and any number of threads."""
    states = []
    for pacing, threads, early in (
        ("lockstep", 1, True),
        ("lockstep", 2, False),
        ("free_run", 1, True),
    ):
        info = client.server_info()
        with client.create_session(
            network,
            pacing=pacing,
            thread_count=min(threads, info.max_session_thread_count or 1),
        ) as session:
            if early:
                ack = change_everything(session, at_step=130)
                assert ack == spiked.ChangeAck(130, 0, 0)
            if pacing == "lockstep":
                session.advance(130)
                if not early:
                    ack = change_everything(session, at_step=None)
                    assert ack == spiked.ChangeAck(130, 130, 0)
                session.advance(270)
            else:
                session.start(stop_step=400)
                session.wait()
            states.append(session.state_hash())
    assert states[0].step == 400
    assert states[1:] == states[:-1]


def test_reset_goes_back_to_the_network_as_created(session):
    created = session.state_hash()
    plain = session.advance(200)
    session.reset()
    change_everything(session, at_step=50)
    session.advance(200)
    session.reset()
    assert session.state_hash().hash == created.hash
    again = session.advance(200)
    np.testing.assert_array_equal(again.steps, plain.steps)
    np.testing.assert_array_equal(again.neurons, plain.neurons)


def test_silenced_neurons_do_not_spike(session):
    session.silence("exc", neurons=range(0, 100, 2), at_step=100)
    session.silence("exc", silenced=False, at_step=300)
    spikes = session.advance(500)
    exc = spikes.of(session.populations["exc"])
    silenced = exc.neurons % 2 == 0  # exc comes first
    lesion = (exc.steps >= 100) & (exc.steps < 300)
    assert (silenced & lesion).sum() == 0
    assert (silenced & ~lesion).sum() > 50
    assert (~silenced & lesion).sum() > 20


def test_the_session_tells_who_is_silenced(session):
    session.silence("inh", neurons=[1, 2, 4])
    info = session.refresh()
    assert {p.name: p.silenced_count for p in info.populations} == {
        "exc": 0,
        "inh": 3,
    }


def test_weights_are_read_as_they_were_set(client, network):
    for projection in network["projections"][:2]:
        low_high = {"low": 1, "high": 3}
        projection["weight"] = {"uniform": low_high}
    network["projections"][0]["synapse"] = {
        "model": "stdp_pair",
        "parameters": {"weight_max": {"constant": 10}},
    }
    session = client.create_session(network, pacing="lockstep")
    before = session.synapses("exc->inh")
    session.set_weights("exc->inh", before.weights[::-1])
    after = session.synapses("exc->inh")
    np.testing.assert_array_equal(after.weights, before.weights[::-1])
    plastic = session.synapses("exc->exc")
    session.set_weights(
        "exc->exc",
        [7, 8],
        sources=plastic.sources[[3, 99]],
        targets=plastic.targets[[3, 99]],
    )
    session.set_weights("inh->exc", -1.5)
    weights = plastic.weights.copy()
    weights[[3, 99]] = [7, 8]
    np.testing.assert_array_equal(session.synapses("exc->exc").weights, weights)
    assert set(session.synapses("inh->exc").weights) == {-1.5}


def test_a_running_session_is_changed(client, network):
    """The answer names a step; from it on the neurons are silent."""
    with client.create_session(network, pace=20) as session:
        stream = session.spikes()
        session.start(stop_step=2_000)
        ack = session.change([spiked.silence("exc"), spiked.silence("inh")])
        assert 0 <= ack.applied_step == ack.step
        last = -1
        for batch in stream:
            last = max([last, *batch.steps.tolist()])
            if batch.end_step == 2_000:
                break
        assert last < ack.applied_step
        stream.close()


def test_mistakes_are_told_with_their_paths(session):
    session.advance(5)
    before = session.state_hash()
    with pytest.raises(spiked.InvalidArgument) as caught:
        session.change(
            [
                spiked.silence("exc"),
                spiked.set_parameters("inh", {"e": 1.0}),
                spiked.set_weights("exc->inh", [1], sources=[0], targets=[99]),
            ]
        )
    assert [field for field, _ in caught.value.violations] == [
        'changes[1].set_parameters.parameters["e"]',
        "changes[2].set_weights.pairs",
    ]
    with pytest.raises(spiked.FailedPrecondition) as caught:
        session.silence("exc", at_step=4)
    assert caught.value.reason == "STEP_PASSED"
    assert caught.value.metadata == {"current_step": "5", "epoch": "0"}
    assert session.state_hash() == before
