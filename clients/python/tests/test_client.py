# SPDX-License-Identifier: Apache-2.0
import pytest

import spiked
from fake_server import FakeServer
from small_network import NETWORK
from spiked import v1


def test_session_knows_its_populations(session):
    assert session.name == "sessions/small"
    assert list(session.populations) == ["in", "out"]
    out = session.populations["out"]
    assert (out.first_neuron, out.end_neuron, out.layer) == (40, 100, "deep")
    assert "small" in repr(session)


def test_seed_overrides_the_networks(client):
    assert client.create_session(NETWORK).info.seed == 3
    assert client.create_session(NETWORK, seed=9).info.seed == 9
    assert client.create_session(NETWORK, seed=0).info.seed == 0


def test_pacing_is_given_by_name(client):
    session = client.create_session(NETWORK, pacing="free_run")
    assert session.info.pacing == v1.FREE_RUN
    with pytest.raises(ValueError, match='"real_time", "free_run"'):
        client.create_session(NETWORK, pacing="fast")


def test_list_sessions_reads_all_pages(client):
    for i in range(7):
        client.create_session(NETWORK, session_id=f"s{i}")
    names = [s.name for s in client.list_sessions(page_size=3)]
    assert names == [f"sessions/s{i}" for i in range(7)]


def test_session_is_found_by_name_and_by_id(client, session):
    assert client.session("small").name == session.name
    assert client.session("sessions/small").name == session.name


def test_leaving_a_session_deletes_it(client):
    with client.create_session(NETWORK) as session:
        pass
    with pytest.raises(spiked.NotFound):
        session.refresh()


def test_deleting_inside_of_the_context_is_fine(client):
    with client.create_session(NETWORK) as session:
        session.delete()


def test_models_and_server_info(client):
    assert [m.name for m in client.list_models()] == ["izhikevich", "static"]
    assert [m.name for m in client.list_models("synapse")] == ["static"]
    assert client.server_info().version == "0.0.0"


def test_missing_server_is_unavailable():
    with spiked.Client("127.0.0.1:1") as client:
        with pytest.raises(spiked.Unavailable):
            client.server_info(timeout_s=5)
        with pytest.raises(spiked.Unavailable, match="127.0.0.1:1"):
            client.wait_until_ready(timeout_s=0.1)


def test_each_client_has_a_connection_of_its_own(server):
    with (
        spiked.Client(server.address) as one,
        spiked.Client(server.address) as other,
    ):
        one.server_info()
        other.server_info()
    assert len(server.peers) == 2


def test_a_server_that_comes_back_is_found_soon(server):
    port = int(server.address.rpartition(":")[2])
    server.stop()
    with spiked.Client(server.address) as client:
        # As many failures as would make gRPC wait for half a minute.
        for _ in range(10):
            with pytest.raises(spiked.Unavailable):
                client.wait_until_ready(timeout_s=0.5)
        server = FakeServer(port)
        try:
            client.wait_until_ready(timeout_s=2)
        finally:
            server.stop()


def test_lists_by_labels_and_states(client):
    for session_id, team in (("a", "red"), ("b", "blue"), ("c", "red")):
        client.create_session(
            NETWORK, session_id=session_id, labels={"team": team, "x": "y"}
        )
    client.session("c").start()

    def names(**filters):
        return [s.name for s in client.list_sessions(page_size=1, **filters)]

    assert names(labels={"team": "red"}) == ["sessions/a", "sessions/c"]
    assert names(states=["running"]) == ["sessions/c"]
    assert names(labels={"team": "blue"}, states=["running"]) == []
    with pytest.raises(ValueError, match="states: 'busy'"):
        names(states=["busy"])
