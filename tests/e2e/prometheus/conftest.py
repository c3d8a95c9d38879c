# SPDX-License-Identifier: Apache-2.0
"""A busy daemon, and a Prometheus that scrapes it."""

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from activity import Activity
from dashboard import ROOT
from prometheus_server import PrometheusServer
from spiked import LocalServer

SCRAPE_INTERVAL = "200ms"


@pytest.fixture(scope="session")
def daemon() -> Iterator[LocalServer]:
    """The daemon under test, with something to do."""
    binary = os.environ.get(
        "SPIKED_BINARY", ROOT / "build/release/server/spiked"
    )
    with LocalServer(binary) as server, Activity(server.address):
        yield server


@pytest.fixture(scope="session")
def prometheus(
    daemon: LocalServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PrometheusServer]:
    """A Prometheus with the composition's configuration, but faster."""
    folder: Path = tmp_path_factory.mktemp("prometheus")
    with PrometheusServer(
        config=ROOT / "docker/prometheus/prometheus.yml",
        target=urlsplit(daemon.metrics_url).netloc,
        scrape_interval=SCRAPE_INTERVAL,
        folder=folder,
    ) as server:
        yield server
