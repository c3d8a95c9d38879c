# SPDX-License-Identifier: Apache-2.0
"""Large requests that never end, and their effect on other calls.

gRPC has one limit of memory for the messages of all connections. When it is
reached, gRPC ends calls of any client, so no client must be able to reach it.
"""

import contextlib
import subprocess
import threading
import time

import pytest

import networks
from http2 import (
    DATA,
    END_STREAM,
    Connection,
    SlowBody,
    StalledBodies,
    frame,
    grpc_message,
)
from spiked import Client, LocalServer
from watch import HealthProbe, eventually, resident_bytes

CREATE = "/spiked.v1.SessionService/CreateSession"
STREAM = "/spiked.v1.RecordingService/StreamSpikes"
UPLOAD = "/spiked.v1.UploadService/UploadSynapses"
HEALTH = "/grpc.health.v1.Health/Check"
WATCH = "/grpc.health.v1.Health/Watch"
CONNECTIONS = 4
CALLS = 20  # of 15 MiB on each connection: 1.2 GB if all were read
SECONDS = 5
# 16 requests of a tenant, 8 for health, and messages in transit.
MAX_BYTES = 500 << 20
# Of a call beside them; most take a millisecond. Before turns were kept for
# connections without unfinished requests, it was 2 s and more.
MAX_WAIT_S = 1
UPLOADS = 20  # more than are read at a time
UPLOADS_END_S = 60


class Streams:
    """Streams of a session, which must go on without a gap."""

    def __init__(self, client: Client, count: int = 10):
        self.session = client.create_session(
            networks.noisy(), session_id="watched"
        )
        self.ends: list = [0] * count
        self.errors: list[str] = []
        self._streams = [
            self.session.spikes(on_loss="raise") for _ in range(count)
        ]
        self._threads = [
            threading.Thread(target=self._read, args=(i,), daemon=True)
            for i in range(count)
        ]
        for thread in self._threads:
            thread.start()
        self.session.start()

    def _read(self, i: int):
        try:
            for batch in self._streams[i]:
                self.ends[i] = batch.end_step
        except Exception as error:  # checked by the test
            self.errors.append(str(error))

    def close(self):
        for stream in self._streams:
            stream.close()
        for thread in self._threads:
            thread.join()


def make_token(binary: str, file, tenant: str) -> str:
    return subprocess.run(
        [binary, "token", "--tenant", tenant, "--file", str(file)],
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    ).stdout.split()[-1]


@contextlib.contextmanager
def stalled(address: str, paths: list[str], *headers, count: int):
    connections = [
        StalledBodies(
            address, [paths[k % len(paths)] for k in range(CALLS)], *headers
        )
        for _ in range(count)
    ]
    try:
        yield connections
    finally:
        for connection in connections:
            connection.stop()


def check(server, client, paths, *headers, count: int = CONNECTIONS):
    """Other streams go on, health and calls are answered meanwhile."""
    client.server_info()
    streams = Streams(client)
    probe = HealthProbe(server.address)
    before = resident_bytes(server.pid)
    peak = 0
    worst_s = 0.0
    with stalled(server.address, paths, *headers, count=count) as connections:
        time.sleep(1)
        begin_steps = list(streams.ends)
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            begin = time.monotonic()
            client.server_info()
            worst_s = max(worst_s, time.monotonic() - begin)
            peak = max(peak, resident_bytes(server.pid) - before)
            time.sleep(0.05)
        end_steps = list(streams.ends)
        sent = sum(connection.sent_bytes for connection in connections)
    probe.stop()
    assert not streams.errors
    # Real time is 1000 steps a second; half of it is allowed on a busy machine.
    for begin_step, end_step in zip(begin_steps, end_steps, strict=True):
        assert end_step - begin_step > 500 * SECONDS
    assert not probe.failures
    assert probe.worst_s < 1
    assert worst_s < MAX_WAIT_S
    assert peak < MAX_BYTES
    streams.close()
    streams.session.delete()
    return sent


@pytest.mark.parametrize("path", [HEALTH, WATCH])
def test_request_for_health_that_never_ends_is_cancelled(server, path):
    stalled = StalledBodies(server.address, [path])
    try:
        # Each call that ends is followed by another.
        assert eventually(lambda: stalled.ended_calls >= 3)
    finally:
        stalled.stop()


@pytest.fixture
def tenants(spiked_binary, tmp_path):
    """A daemon with tokens of two tenants, and the tokens."""
    file = tmp_path / "tokens"
    a, b = (make_token(spiked_binary, file, name) for name in ("a", "b"))
    with LocalServer(spiked_binary, "--token-file", str(file)) as server:
        yield server, a, b


@pytest.mark.parametrize(
    "paths",
    [[CREATE, STREAM, UPLOAD], [HEALTH, WATCH]],
    ids=["calls", "health"],
)
def test_of_strangers_harm_nobody(tenants, paths):
    server, _, token = tenants
    with Client(server.address, token=token) as client:
        check(server, client, paths)


def test_of_a_tenant_harm_no_other(tenants):
    server, evil, token = tenants
    with Client(server.address, token=token) as client:
        bearer = ("authorization", f"Bearer {evil}")
        sent = check(server, client, [CREATE, STREAM], bearer)
        # Requests were read, as many as are allowed at a time.
        assert sent > 10 * StalledBodies.MESSAGE_BYTES


@pytest.mark.parametrize("count", [4, 30])
def test_without_tenants_others_dont_wait(server, count):
    with Client(server.address) as client:
        check(server, client, [CREATE, STREAM], count=count)


def test_slow_uploads_end_neither_by_calls_nor_by_each_other(server):
    uploads = [SlowBody(server.address, CREATE) for _ in range(UPLOADS)]
    end = time.monotonic() + UPLOADS_END_S
    worst_s = 0.0
    with Client(server.address) as client:
        while time.monotonic() < end:
            if all(upload.ended.is_set() for upload in uploads):
                break
            begin = time.monotonic()
            client.server_info()
            worst_s = max(worst_s, time.monotonic() - begin)
    for upload in uploads:
        upload.stop()
    assert all(upload.is_whole for upload in uploads)
    assert worst_s < MAX_WAIT_S


def test_a_slow_request_is_served_if_nobody_waits(server):
    message = grpc_message(b"")
    with Connection(server.address) as connection:
        connection.call(
            "/spiked.v1.ServerService/GetServerInfo", message[:3], end=False
        )
        time.sleep(3)
        connection.send(frame(DATA, END_STREAM, 1, message[3:]))
        assert connection.end_of() == "answered"
