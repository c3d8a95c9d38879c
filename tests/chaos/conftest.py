# SPDX-License-Identifier: Apache-2.0
"""Fixtures: a daemon for each test, and checks that it works on.

SPIKED_BINARY names the daemon, SPIKED_REPLAY the program that steps a network
without a daemon (tests/chaos/replay.cc).
"""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from spiked import LocalServer
from spiked.network_file import load_network

sys.path.insert(0, str(Path(__file__).parent))

import networks  # noqa: E402
from watch import (  # noqa: E402
    HEALTH_LIMIT_S,
    MAX_GROWTH_BYTES,
    Canary,
    HealthProbe,
    eventually,
    resident_bytes,
    unfinished_calls,
)


def _program(variable: str) -> str:
    path = os.environ.get(variable, "")
    if not os.access(path, os.X_OK) or not os.path.isfile(path):
        pytest.fail(f"{variable}={path!r} is no program", pytrace=False)
    return path


@pytest.fixture(scope="session")
def spiked_binary() -> str:
    return _program("SPIKED_BINARY")


@pytest.fixture(scope="session")
def replay():
    """A function of (network, steps): spikes [n, 2] made without a server."""
    program = _program("SPIKED_REPLAY")

    def run(network: dict, steps: int) -> np.ndarray:
        message = load_network(network)
        output = subprocess.run(
            [program, str(steps)],
            input=message.SerializeToString(),
            stdout=subprocess.PIPE,
            check=True,
        ).stdout
        return np.frombuffer(output, dtype="<i8").reshape(-1, 2)

    return run


@pytest.fixture
def server(spiked_binary):
    """A daemon; it must exit with 0."""
    with LocalServer(spiked_binary, "--history-mb", "1") as it:
        yield it


@contextlib.contextmanager
def watch(server, replay):
    """Health and a canary session of a daemon are watched meanwhile.

    Health calls must be answered within a second, the canary must keep its pace
    and make the same spikes as without a server, memory must stay bounded, and
    every call must end.
    """
    canary = Canary(server.address)
    probe = HealthProbe(server.address)
    memory = resident_bytes(server.pid)
    yield
    assert resident_bytes(server.pid) - memory < MAX_GROWTH_BYTES
    spikes, steps = canary.finish()
    probe.stop()
    assert not probe.failures
    assert probe.worst_s < HEALTH_LIMIT_S
    np.testing.assert_array_equal(spikes, replay(networks.noisy(), steps))
    # The pace of a blocked session is near 0; a busy machine slows it less.
    assert canary.metrics.pace_ratio > 0.5
    assert eventually(lambda: unfinished_calls(server) == 0)


@pytest.fixture
def watched(server, replay):
    """A daemon for one test, which is watched."""
    with watch(server, replay):
        yield server


@pytest.fixture(scope="module")
def shared_watch(spiked_binary, replay):
    """One daemon for all tests of a module, watched from first to last."""
    with LocalServer(spiked_binary, "--history-mb", "1") as server:
        with watch(server, replay):
            yield server
