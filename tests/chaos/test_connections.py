# SPDX-License-Identifier: Apache-2.0
"""Many connections at a time."""

import contextlib
import resource
import socket
import time

from http2 import Connection, grpc_message
from spiked import LocalServer
from watch import eventually, open_files, read_metrics, resident_bytes

COUNT = 1000
INFO = "/spiked.v1.ServerService/GetServerInfo"
# Bound of memory per connection; 35 kB was measured with a stream.
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


def start_with_limit(binary: str, option: str) -> LocalServer:
    """A daemon that is started with 64 descriptors."""
    return LocalServer(
        "/bin/sh",
        *("-c", f'ulimit {option} 64; exec "{binary}" "$@"', "spiked"),
        *("--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0"),
    )


def test_descriptors_are_as_many_as_the_daemon_may_have(spiked_binary):
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert hard > 300
    with start_with_limit(spiked_binary, "-S -n") as server:
        assert read_metrics(server)["process_max_fds"] == hard
        with contextlib.ExitStack() as stack:
            connections = [
                stack.enter_context(Connection(server.address))
                for _ in range(200)
            ]
            for connection in connections:
                connection.call(INFO, grpc_message(b""))
            for connection in connections:
                assert connection.end_of() == "answered"


def test_out_of_file_descriptors_the_daemon_ends_by_itself(spiked_binary):
    # gRPC never accepts again after that, so the daemon can only detect it.
    server = start_with_limit(spiked_binary, "-n")
    host, port = server.address.rsplit(":", 1)
    with contextlib.ExitStack() as stack:
        for _ in range(100):
            connection = stack.enter_context(socket.socket())
            connection.setblocking(False)
            connection.connect_ex((host, int(port)))
        begin = time.monotonic()
        assert server._process.wait(20) == 70
        assert time.monotonic() - begin < 10
    assert "a listener is dead" in server.logs()
