# SPDX-License-Identifier: Apache-2.0
"""Fixtures: a fake server, a client of it, a small session."""

import pytest

from fake_server import FakeServer
from small_network import NETWORK
from spiked import Client


@pytest.fixture
def server():
    fake = FakeServer()
    yield fake
    fake.stop()


@pytest.fixture
def client(server):
    with Client(server.address) as it:
        yield it


@pytest.fixture
def session(client):
    return client.create_session(NETWORK, session_id="small")
