# SPDX-License-Identifier: Apache-2.0
"""Another session of the same name, and another start of the daemon."""

import pytest

import spiked
from spiked import Client, LocalServer

CALLS = {
    "start": lambda s: s.start(),
    "update": lambda s: s.update(labels={"a": "b"}),
    "wait_until_built": lambda s: s.wait_until_built(),
    "pause": lambda s: s.pause(),
    "reset": lambda s: s.reset(),
    "refresh": lambda s: s.refresh(),
    "wait": lambda s: s.wait(),
    "advance": lambda s: s.advance(1),
    "advance_counts": lambda s: s.advance_counts(1, bin_ms=1),
    "watch": lambda s: next(s.watch()),
    "metrics": lambda s: s.metrics(),
    "change": lambda s: s.change([spiked.silence("exc")]),
    "edit": lambda s: s.edit(remove_populations=["inh"]),
    "inject_all": lambda s: s.inject_all(
        [spiked.stimulus("exc", current=1, duration_ms=1)]
    ),
    "stimulus_stream": lambda s: s.stimulus_stream().send(
        "exc", current=1, duration_ms=1
    ),
    "spikes": lambda s: next(s.spikes()),
    "record": lambda s: next(s.record("exc", ["v_mv"])),
    "rates": lambda s: next(s.rates(bin_ms=1)),
    "synapses": lambda s: s.synapses("exc->inh"),
    "weight_histogram": lambda s: s.weight_histogram("exc->inh"),
    "population_spectrum": lambda s: s.population_spectrum(
        "exc", window_ms=4, bin_ms=1
    ),
    "state_hash": lambda s: s.state_hash(),
    "delete": lambda s: s.delete(),
}
# They only make one of the other calls.
BY_OTHERS = {
    "set_parameters",
    "set_state",
    "set_input",
    "set_weights",
    "silence",
    "inject",
    "set_plasticity",
    "dopamine",
    "encode",
}


@pytest.fixture
def replaced(client, network):
    """Returns a session that is gone, and another that has its name."""
    sessions = []
    for _ in range(2):
        for session in sessions:
            session.delete()
        sessions.append(
            client.create_session(
                network, session_id="demo", pacing="lockstep", seed=1
            )
        )
    return sessions


def test_every_method_is_tested():
    methods = {
        name
        for name in dir(spiked.Session)
        if not name.startswith("_") and callable(getattr(spiked.Session, name))
    }
    assert methods == CALLS.keys() | BY_OTHERS


@pytest.mark.parametrize("name", CALLS)
def test_no_call_reaches_another_session(replaced, name):
    gone, other = replaced
    with pytest.raises(spiked.SessionReplaced) as caught:
        CALLS[name](gone)
    assert caught.value.reason == "INCARNATION_MISMATCH"
    assert caught.value.metadata == {
        "incarnation_id": other.incarnation_id,
        "expected_incarnation_id": gone.incarnation_id,
    }
    assert str(caught.value) == (
        'session "sessions/demo" was deleted and created again: its '
        f"incarnation is {other.incarnation_id}, not {gone.incarnation_id}"
    )
    info = other.refresh()
    assert (info.step, info.epoch, info.network_revision) == (0, 0, 0)
    assert not info.labels


def test_a_resumed_stream_is_not_spliced(client, network):
    session = client.create_session(
        network, session_id="demo", pacing="lockstep"
    )
    with session.spikes() as stream:
        session.advance(100)
        batch = next(stream)
        while batch.end_step < 100:
            batch = next(stream)
    position = {"epoch": batch.epoch, "start_step": batch.end_step}
    # In the same session it goes on.
    with session.spikes(**position) as stream:
        assert next(stream).first_step == 100
    client.session("demo").delete()
    other = client.create_session(network, session_id="demo", pacing="lockstep")
    other.advance(200)
    with pytest.raises(spiked.SessionReplaced):
        next(session.spikes(**position))
    with pytest.raises(spiked.SessionReplaced):
        session.advance(1, expected_step=200)
    assert other.refresh().step == 200


def test_attaching_again_gives_the_present_session(client, replaced):
    gone, other = replaced
    attached = client.session("demo")
    assert attached.incarnation_id == other.incarnation_id
    assert attached.advance(1).end_step == 1
    kept = other.incarnation_id
    assert client.session("demo", incarnation_id=kept).name == other.name
    with pytest.raises(spiked.SessionReplaced):
        client.session("demo", incarnation_id=gone.incarnation_id)
    with pytest.raises(spiked.InvalidArgument, match="32 hexadecimal digits"):
        client.session("demo", incarnation_id="x")


def test_a_retry_after_a_restart_creates_no_second_session(
    spiked_binary, network
):
    first = LocalServer(spiked_binary)
    with Client(first.address) as client:
        client.create_session(network, request_id="once")
        boot_id = client.server_info().boot_id
        first.kill()
        with pytest.raises(spiked.Unavailable):
            client.create_session(network, request_id="once")
        with LocalServer(spiked_binary, "--listen", first.address):
            client.wait_until_ready()
            for _ in range(2):
                with pytest.raises(spiked.ServerRestarted) as caught:
                    client.create_session(network, request_id="once")
            assert caught.value.metadata == {
                "boot_id": client.server_info().boot_id,
                "expected_boot_id": boot_id,
            }
            assert list(client.list_sessions()) == []
            client.create_session(network, request_id="another").delete()
