# SPDX-License-Identifier: Apache-2.0
"""Many connections at a time."""

import resource
import socket

from http2 import Connection, grpc_message
from watch import eventually, open_files, resident_bytes

COUNT = 1000
INFO = "/spiked.v1.ServerService/GetServerInfo"
# 35 kB was measured for a connection with a stream.
MAX_BYTES_EACH = 100_000


def test_thousand_connections_are_served_and_leave_nothing(watched):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = COUNT + 200
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    files = open_files(watched.pid)
    memory = resident_bytes(watched.pid)
    connections = []
    try:
        for _ in range(COUNT):
            connections.append(Connection(watched.address))
        for connection in connections:
            connection.call(INFO, grpc_message(b""))
        for connection in connections:
            assert connection.end_of() == "answered"
        assert open_files(watched.pid) >= files + COUNT
        growth = resident_bytes(watched.pid) - memory
        assert growth < COUNT * MAX_BYTES_EACH
    finally:
        for connection in connections:
            connection.close()
    assert eventually(lambda: open_files(watched.pid) <= files + 5)


def test_connections_that_say_nothing_are_closed_with_their_clients(watched):
    files = open_files(watched.pid)
    host, port = watched.address.rsplit(":", 1)
    silent = [
        socket.create_connection((host, int(port)), 20) for _ in range(200)
    ]
    for connection in silent:
        connection.close()
    assert eventually(lambda: open_files(watched.pid) <= files + 5)
