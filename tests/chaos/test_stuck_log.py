# SPDX-License-Identifier: Apache-2.0
"""A standard error that nothing reads."""

import contextlib
import os
import signal
import time

import networks
from spiked import Client, LocalServer
from watch import HealthProbe, eventually, read_metrics


@contextlib.contextmanager
def full_pipe(path):
    """A named pipe that is full; nothing reads it."""
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    writer = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
    try:
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(writer, b"x" * 512)
        yield path
    finally:
        os.close(writer)
        os.close(reader)


def test_log_that_is_not_read_holds_up_neither_calls_nor_the_end(
    spiked_binary, tmp_path
):
    quotas = tmp_path / "quotas"
    quotas.write_text("* sessions=1000\n")
    with full_pipe(tmp_path / "stderr") as stderr:
        server = LocalServer(
            "/bin/sh",
            *("-c", f'exec "{spiked_binary}" "$@" 2>"{stderr}"', "spiked"),
            *("--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0"),
            *("--quota-file", str(quotas)),
        )
        probe = HealthProbe(server.address)
        with Client(server.address) as client:
            session = client.create_session(networks.noisy())
            session.start()
            # Each of these writes a line.
            for limit in range(1, 51):
                quotas.write_text(f"* sessions={limit}\n")
                os.kill(server.pid, signal.SIGHUP)
                assert eventually(
                    lambda limit=limit: (
                        client.server_info().quotas[0].limit == limit
                    )
                )
            assert session.pause().step > 0
        probe.stop()
        assert not probe.failures
        assert read_metrics(server)["spiked_log_lines_dropped_total"] == 0
        begin = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - begin < 10
