# SPDX-License-Identifier: Apache-2.0
"""The series that Prometheus scrapes, and the dashboard's queries of them.

Needs the packages prometheus and promtool; SPIKED_BINARY names the daemon.
"""

import math
import re
import subprocess
import urllib.request
from typing import Any

import pytest

from activity import NEURONS
from dashboard import DASHBOARDS, Query, load, queries, substitute
from prometheus_server import PrometheusServer, wait_for
from spiked import LocalServer

# Covers several scrapes; short, so that the first results come soon.
RATE_INTERVAL = "3s"
TIMEOUT_S = 30

QUERIES = [query for path in DASHBOARDS for query in queries(load(path))]


def finite(result: list[dict[str, Any]]) -> list[float]:
    """Returns the values that are numbers: 0/0 is not."""
    values = [float(series["value"][1]) for series in result]
    return [value for value in values if math.isfinite(value)]


def value_of(prometheus: PrometheusServer, expression: str) -> float:
    """Returns the only value of an expression."""
    (value,) = finite(
        prometheus.query(substitute(expression, RATE_INTERVAL))
    ) or [math.nan]
    return value


def test_the_metrics_follow_the_conventions(daemon: LocalServer) -> None:
    with urllib.request.urlopen(daemon.metrics_url, timeout=10) as answer:
        kind = answer.headers["Content-Type"]
        metrics = answer.read()
    # Prometheus 3 refuses an answer without a content type.
    assert kind.startswith("text/plain; version=0.0.4")
    check = subprocess.run(
        ["promtool", "check", "metrics"],
        input=metrics,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert check.stderr.decode() == ""
    assert check.stdout.decode() == ""
    assert check.returncode == 0


def test_there_are_queries() -> None:
    assert len(QUERIES) > 30


@pytest.mark.parametrize(
    "query", QUERIES, ids=[f"{query.panel}-{query.ref}" for query in QUERIES]
)
def test_a_panel_has_data(prometheus: PrometheusServer, query: Query) -> None:
    expression = substitute(query.expression, RATE_INTERVAL)
    wait_for(
        f"{query.panel}: {expression}: a number",
        lambda: finite(prometheus.query(expression)),
        TIMEOUT_S,
    )


def test_the_instance_can_be_chosen(
    prometheus: PrometheusServer, daemon: LocalServer
) -> None:
    instances = prometheus.label_values("instance", "spiked_build_info")
    assert instances == [daemon.metrics_url.split("/")[2]]


@pytest.mark.parametrize(
    "expression, low, high",
    [
        ('sum(spiked_sessions{state="running", pacing="real_time"})', 1, 1),
        ("sum(spiked_neurons)", 3 * NEURONS, 4 * NEURONS),
        ("spiked_memory_bytes <= spiked_memory_limit_bytes", 1, math.inf),
        # About 1, within wide bounds, because a busy machine is no error.
        (
            'rate(spiked_simulated_seconds_total{pacing="real_time"}'
            "[$__rate_interval])",
            0.05,
            5,
        ),
        (
            'rate(spiked_spikes_total{pacing="real_time"}[$__rate_interval])',
            NEURONS,
            1000 * NEURONS,
        ),
        ('spiked_stimuli_total{kind="current"}', 1, math.inf),
        ('spiked_stimuli_total{kind="spikes"}', 2, math.inf),
        ("spiked_late_stimuli_total", 1, math.inf),
        ("spiked_streams{method='StreamSpikes'}", 1, 1),
        ("spiked_streams{method='StreamState'}", 1, 1),
        (
            'sum(grpc_server_handled_total{grpc_method="GetSession", '
            'grpc_code="NotFound"})',
            1,
            math.inf,
        ),
        ("process_open_fds / process_max_fds", 0.00001, 0.5),
    ],
)
def test_the_numbers_are_plausible(
    prometheus: PrometheusServer, expression: str, low: float, high: float
) -> None:
    def plausible() -> bool:
        return low <= value_of(prometheus, expression) <= high

    wait_for(f"{expression} in [{low}, {high}]", plausible, TIMEOUT_S)


def series_in(expression: str) -> set[str]:
    """Returns the names of the series in an expression."""
    return set(re.findall(r"\b(?:spiked|process|grpc)_\w+", expression)) - {
        "grpc_code",
        "grpc_method",
        "grpc_type",
    }


def test_alerts_are_about_what_there_is(prometheus: PrometheusServer) -> None:
    def evaluated() -> bool:
        return all(rule["health"] == "ok" for rule in prometheus.rules())

    wait_for("all alerts are evaluated", evaluated, TIMEOUT_S)
    rules = prometheus.rules()
    assert {"SpikedDown", "SpikedFdsHigh"} <= {rule["name"] for rule in rules}
    for rule in rules:
        for series in series_in(rule["query"]):
            assert prometheus.query(series), f"{rule['name']}: {series}"
        assert rule["labels"]["severity"] in ("warning", "critical")
    # A busy daemon fires no alerts.
    firing = {rule["name"] for rule in rules if rule["state"] == "firing"}
    assert not firing & {"SpikedDown", "SpikedFdsHigh", "SpikedCrashLoop"}
