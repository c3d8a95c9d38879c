# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the end-to-end tests: the daemon, a client, small networks.

The daemon is the file that the environment variable SPIKED_BINARY names.
"""

import os
from pathlib import Path

import pytest

from spiked import Client, LocalServer

NETWORKS = Path(__file__).resolve().parents[3] / "clients" / "networks"


@pytest.fixture(scope="session")
def spiked_binary() -> str:
    """The path of the daemon."""
    path = os.environ.get("SPIKED_BINARY", "")
    if not os.access(path, os.X_OK) or not os.path.isfile(path):
        pytest.fail(
            f"SPIKED_BINARY={path!r}: must be the path of the daemon, e.g. "
            "SPIKED_BINARY=build/release/server/spiked",
            pytrace=False,
        )
    return path


@pytest.fixture(scope="session")
def server(spiked_binary):
    """A daemon that all tests share."""
    with LocalServer(spiked_binary) as it:
        yield it


@pytest.fixture
def client(server):
    """A client of the shared daemon; at its end no session is left."""
    with Client(server.address) as it:
        yield it
        for session in list(it.list_sessions()):
            session.delete()


@pytest.fixture
def own_server(spiked_binary):
    """A daemon for one test."""
    with LocalServer(spiked_binary) as it:
        yield it


@pytest.fixture(scope="session")
def columnar() -> Path:
    """The path of the columnar network."""
    return NETWORKS / "columnar.yaml"


@pytest.fixture(scope="session")
def population_code() -> Path:
    """The path of the network with population codes."""
    return NETWORKS / "population_code.yaml"


@pytest.fixture
def network() -> dict:
    """A small noisy network: 100 excitatory and 25 inhibitory neurons."""
    return {
        "dt_ms": 1,
        "seed": 7,
        "populations": [
            {
                "name": "exc",
                "size": 100,
                "model": "izhikevich",
                "cell_class": "regular_spiking",
                "column_count": 4,
                "layer": "a",
            },
            {
                "name": "inh",
                "size": 25,
                "model": "izhikevich",
                "cell_class": "fast_spiking",
            },
        ],
        "projections": [
            {
                "source": source,
                "target": target,
                "pairwise_bernoulli": {"probability": 0.2},
                "weight": {"constant": weight},
                "delay_ms": {"discrete_uniform": {"low": 1, "high": 5}},
            }
            for source, target, weight in (
                ("exc", "exc", 2),
                ("exc", "inh", 3),
                ("inh", "exc", -4),
            )
        ],
        "inputs": [
            {
                "population": name,
                "model": "normal_noise_current",
                "parameters": {"std": {"constant": 6}},
            }
            for name in ("exc", "inh")
        ],
    }
