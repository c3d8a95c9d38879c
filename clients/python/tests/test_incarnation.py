# SPDX-License-Identifier: Apache-2.0
"""Another session of the same name, and another start of the server."""

import threading

import pytest

import spiked
from small_network import NETWORK


@pytest.fixture
def other(client, session):
    """A session that has the name of `session`, which is deleted."""
    session.delete()
    return client.create_session(NETWORK, session_id="small")


def test_a_session_knows_its_incarnation(server, client, session):
    known = server.sessions[session.name].info.incarnation_id
    assert session.incarnation_id == known
    assert client.session("small").incarnation_id == known
    (listed,) = client.list_sessions()
    assert listed.incarnation_id == known


@pytest.mark.parametrize(
    "call",
    [
        lambda s: s.spikes(epoch=0, start_step=0).__next__(),
        lambda s: s.advance(1, expected_step=0),
        lambda s: s.watch().__next__(),
        lambda s: s.stimulus_stream().send("a", current=1.0, duration_ms=1),
        lambda s: s.delete(),
    ],
    ids=["spikes", "advance", "watch", "stimuli", "delete"],
)
def test_no_call_reaches_another_session(session, other, call):
    with pytest.raises(spiked.SessionReplaced) as caught:
        call(session)
    assert isinstance(caught.value, spiked.NotFound)
    assert other.refresh().step == 0


def test_the_end_of_a_block_leaves_another_session_alone(client, session):
    with session:
        session.delete()
        client.create_session(NETWORK, session_id="small")
    assert client.session("small").incarnation_id != session.incarnation_id


def test_attaching_by_incarnation(client, session, other):
    kept = other.incarnation_id
    assert client.session("small", incarnation_id=kept).name == other.name
    with pytest.raises(spiked.SessionReplaced):
        client.session("small", incarnation_id=session.incarnation_id)


def test_a_repeated_request_is_for_one_start_of_the_server(server, client):
    client.create_session(NETWORK, session_id="one", request_id="r")
    server.sessions.clear()
    server.boot_id = "c" * 32
    with pytest.raises(spiked.ServerRestarted):
        client.create_session(NETWORK, session_id="one", request_id="r")
    assert not server.sessions
    # Other requests are for the new start.
    client.create_session(NETWORK, session_id="two", request_id="s")
    client.create_session(NETWORK, session_id="three")
    assert sorted(server.sessions) == ["sessions/three", "sessions/two"]


def test_the_first_try_counts_whichever_thread_makes_it(server, client):
    demands = []
    begin = threading.Barrier(8)

    def demand():
        begin.wait()
        demands.append(client._boot_ids.demand("r", None))

    threads = [threading.Thread(target=demand) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(demands) == {(("spiked-boot-id", server.boot_id),)}
    assert client._boot_ids.demand("", None) == ()
