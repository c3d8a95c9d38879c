# SPDX-License-Identifier: Apache-2.0
"""The daemon's memory: bounded whatever clients send, and given back.

SPIKED_MEMORY_FUZZ_S, SPIKED_MEMORY_FUZZ_SEED: for how many seconds to send
anything, and which. Without the first nothing is sent, because what a network
takes only while it is built is not reserved, and may come on top of the rest.
"""

import contextlib
import os

import grpc
import pytest

import networks
from clients import ClientProcess
from memory_fuzz import fuzz
from memory_group import MemoryGroup
from spiked import Client, LocalServer
from test_large_messages import peak_bytes
from watch import eventually, resident_bytes, unfinished_calls

MB = 1_000_000
MEMORY_LIMIT_MB = 200
HISTORY_MB = 16
# Beside what is on the daemon's books: its program and threads, connections,
# and what the C library keeps.
BESIDE_MB = 64
FUZZ_S = float(os.environ.get("SPIKED_MEMORY_FUZZ_S", "0"))
CONNECTIONS = 100
SEED = int(os.environ.get("SPIKED_MEMORY_FUZZ_SEED", "1"))


@pytest.mark.skipif(FUZZ_S == 0, reason="asked for by SPIKED_MEMORY_FUZZ_S")
def test_memory_stays_below_its_limit_whatever_is_sent(spiked_binary, tmp_path):
    bound = (MEMORY_LIMIT_MB + HISTORY_MB + BESIDE_MB) * MB
    try:
        # A wall behind the bound: it ends the daemon, not the machine.
        group = MemoryGroup(bound * 5 // 4)
    except OSError as error:
        pytest.skip(f"no control group can be made: {error}")
    with contextlib.closing(group):
        program = group.program(spiked_binary, tmp_path / "spiked-in-group")
        with LocalServer(
            program,
            *("--memory-limit-mb", str(MEMORY_LIMIT_MB)),
            *("--history-mb", "1", "--history-total-mb", str(HISTORY_MB)),
            *("--max-sessions", "20"),
        ) as server:
            codes = fuzz(server.address, FUZZ_S, CONNECTIONS, SEED)
            # If the wall has ended the daemon, there is no such file.
            peak = peak_bytes(server.pid)
            print(
                f"{peak / MB:.0f} of {bound / MB:.0f} MB; the group (version "
                f"{group.version}): {group.peak_bytes()}; {dict(codes)}"
            )
            with Client(server.address) as client:
                client.server_info()
        assert peak < bound
        # The fuzz has reached what it is for.
        assert codes[grpc.StatusCode.OK] > 0
        assert codes[grpc.StatusCode.RESOURCE_EXHAUSTED] > 0


def test_memory_goes_back_when_clients_and_sessions_are_gone(spiked_binary):
    kept_mb = 40
    with (
        LocalServer(spiked_binary, "--history-total-mb", "256") as server,
        Client(server.address) as client,
    ):
        for session in [client.create_session(networks.noisy())]:
            session.delete()
        before = resident_bytes(server.pid)
        sessions = [
            client.create_session(
                networks.busy(), session_id=f"s{i}", pacing="free_run"
            )
            for i in range(20)
        ]
        with contextlib.ExitStack() as stack:
            readers = [
                stack.enter_context(
                    ClientProcess(server.address, session.name, "server_stream")
                )
                for session in sessions
            ]
            for reader in readers:
                reader.suspend()  # so that spikes wait for it
            for session in sessions:
                session.start()
            # More than is kept, or the test shows nothing.
            assert eventually(
                lambda: resident_bytes(server.pid) - before > 2 * kept_mb * MB
            )
            for reader in readers:
                reader.kill()
        for session in sessions:
            session.delete()
        assert eventually(lambda: unfinished_calls(server) == 0)
        # Tried every five seconds for as long as it pays.
        assert eventually(
            lambda: resident_bytes(server.pid) - before < kept_mb * MB, 60
        )
