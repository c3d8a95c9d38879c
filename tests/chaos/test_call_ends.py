# SPDX-License-Identifier: Apache-2.0
"""Ends of calls that take processes: clients and daemons that are killed.

All others are tested in one process: tests/server/rpc/stream_ends_test.cc.
"""

import os
import signal

import networks
import numpy as np
import pytest
from clients import ClientProcess
from spiked import Client, LocalServer
from watch import eventually, read_metrics, unfinished_calls

KINDS = ["unary", "server_stream", "bidi"]


def open_streams(server) -> float:
    return sum(
        value
        for name, value in read_metrics(server).items()
        if name.startswith("spiked_streams{")
    )


def wait_until_open(session, kind):
    # A unary call answers only when it ends.
    if kind == "unary":
        assert eventually(lambda: session.refresh().step > 0)


@pytest.mark.parametrize("kind", KINDS)
def test_killed_client_leaves_nothing_behind(watched, kind):
    streams = open_streams(watched)
    calls = unfinished_calls(watched)
    with Client(watched.address) as client:
        session = client.create_session(networks.noisy(), pacing="lockstep")
        with ClientProcess(watched.address, session.name, kind) as process:
            wait_until_open(session, kind)
            process.kill()
        assert eventually(lambda: open_streams(watched) == streams)
        assert eventually(lambda: unfinished_calls(watched) == calls)
        # Nothing is left running, and the session obeys.
        step = session.refresh().step
        assert session.advance(5).end_step == step + 5


@pytest.mark.parametrize("kind", KINDS)
def test_sigterm_ends_every_call_and_exits_with_0(spiked_binary, kind):
    server = LocalServer(spiked_binary, "--grace-period-s", "1")
    with Client(server.address) as client:
        session = client.create_session(networks.noisy(), pacing="lockstep")
        with ClientProcess(server.address, session.name, kind) as process:
            wait_until_open(session, kind)
            assert server.stop() == 0
            result = process.result()
    if kind == "server_stream":
        assert result == {"sent": result["sent"], "dropped": 0}
    else:
        # A unary call is told how far it came, and asks for the rest in vain.
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
        session = client.create_session(networks.noisy(), pacing="lockstep")
        with ClientProcess(server.address, session.name, kind) as process:
            wait_until_open(session, kind)
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
