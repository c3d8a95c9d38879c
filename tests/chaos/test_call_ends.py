# SPDX-License-Identifier: Apache-2.0
"""Ends of calls by the end of a process: killed clients and daemons.

All others are tested in one process, see stream_ends_test.cc in
tests/server/rpc/streams.
"""

import os
import signal

import numpy as np
import pytest

import networks
from clients import ClientProcess
from spiked import Client, LocalServer
from watch import eventually, read_metrics, succeeded, unfinished_calls

CREATE = "/spiked.v1.SessionService/CreateSession"
KINDS = [
    *("unary", "create"),
    *("server_stream", "states", "rates", "watch", "synapses"),
    *("bidi", "upload"),
]


def make_session(client, kind):
    network = networks.many_synapses if kind == "synapses" else networks.noisy
    return client.create_session(network(), pacing="lockstep")


def names(client) -> list[str]:
    return [session.name for session in client.list_sessions()]


def open_streams(server) -> float:
    return sum(
        value
        for name, value in read_metrics(server).items()
        if name.startswith("spiked_streams{")
    )


def used_memory(server) -> float:
    """Bytes of sessions and uploads, as the daemon counts them."""
    return read_metrics(server)["spiked_memory_bytes"]


def wait_until_open(client, session, kind):
    # A unary call answers only when it ends.
    if kind == "unary":
        assert eventually(lambda: session.refresh().step > 0)
    if kind == "create":
        assert eventually(lambda: "sessions/other" in names(client))


@pytest.mark.parametrize("kind", KINDS)
def test_killed_client_leaves_nothing_behind(shared_watch, kind):
    watched = shared_watch
    streams = open_streams(watched)
    calls = unfinished_calls(watched)
    memory = used_memory(watched)
    with Client(watched.address) as client:
        session = make_session(client, kind)
        created = succeeded(watched, CREATE)
        with ClientProcess(watched.address, session.name, kind) as process:
            wait_until_open(client, session, kind)
            process.kill()
        assert eventually(lambda: open_streams(watched) == streams)
        assert eventually(lambda: unfinished_calls(watched) == calls)
        # No steps are left running once the session has heard of the end, and
        # it accepts calls.
        assert eventually(
            lambda: session.refresh().step + 5 == session.advance(5).end_step
        )
        session.delete()
        # A network without a waiting client isn't kept, unless it was built
        # before.
        if succeeded(watched, CREATE) > created:
            client.session("sessions/other").delete()
        assert eventually(lambda: names(client) == ["sessions/canary"])
        assert eventually(lambda: used_memory(watched) == memory)


@pytest.mark.parametrize("kind", KINDS)
def test_sigterm_ends_every_call_and_exits_with_0(spiked_binary, kind):
    server = LocalServer(spiked_binary, "--grace-period-s", "1")
    with Client(server.address) as client:
        session = make_session(client, kind)
        with ClientProcess(server.address, session.name, kind) as process:
            wait_until_open(client, session, kind)
            assert server.stop() == 0
            result = process.result()
    if kind == "server_stream":
        assert result == {"sent": result["sent"], "dropped": 0}
    elif kind in ("states", "rates"):
        assert result == {}
    elif kind in ("create", "synapses"):
        # It may have been built, or all may have been read, within the grace
        # period.
        assert result in ({}, {"error": "Unavailable"})
    else:
        # A unary call gets the steps taken so far; the call for the rest fails.
        assert result == {"error": "Unavailable"}


def test_stream_has_all_spikes_when_the_daemon_stops(spiked_binary, replay):
    server = LocalServer(spiked_binary)
    with Client(server.address) as client:
        session = client.create_session(networks.noisy(), pacing="free_run")
        with session.spikes(on_loss="raise", batch_window_ms=100) as stream:
            session.start()
            batches = [next(stream)]
            while batches[-1].end_step < 1000:
                batches.append(next(stream))
            assert server.stop() == 0
            batches.extend(stream)
            assert stream.ended
    rows = [np.stack([b.steps, b.neurons], axis=1) for b in batches]
    np.testing.assert_array_equal(
        np.concatenate(rows), replay(networks.noisy(), batches[-1].end_step)
    )


@pytest.mark.parametrize("kind", KINDS)
def test_killed_daemon_ends_every_call_of_its_clients(spiked_binary, kind):
    server = LocalServer(spiked_binary)
    with Client(server.address) as client:
        session = make_session(client, kind)
        with ClientProcess(server.address, session.name, kind) as process:
            wait_until_open(client, session, kind)
            server.kill()
            assert process.result() == {"error": "Unavailable"}


def test_second_sigterm_stops_at_once(spiked_binary):
    server = LocalServer(spiked_binary, "--grace-period-s", "600")
    with Client(server.address) as client:
        session = client.create_session(networks.noisy(), pacing="lockstep")
        with ClientProcess(server.address, session.name, "bidi") as process:
            os.kill(server.pid, signal.SIGTERM)
            assert eventually(lambda: "draining" in server.logs())
            os.kill(server.pid, signal.SIGTERM)
            assert server.stop() == 128 + signal.SIGTERM
            assert process.result() == {"error": "Unavailable"}
