# SPDX-License-Identifier: Apache-2.0
"""Reads the dashboards of docker/grafana."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[3]
DASHBOARDS = sorted((ROOT / "docker/grafana/dashboards").glob("*.json"))


class Query(NamedTuple):
    """A query of a panel, as written in the dashboard."""

    panel: str
    ref: str
    expression: str


def load(path: Path) -> dict[str, Any]:
    """Returns a dashboard."""
    return json.loads(path.read_text(encoding="utf-8"))


def panels(dashboard: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yields the panels, also those in folded rows."""
    for panel in dashboard["panels"]:
        yield panel
        yield from panel.get("panels", [])


def queries(dashboard: dict[str, Any]) -> list[Query]:
    """Returns the queries of all panels."""
    return [
        Query(panel["title"], target["refId"], target["expr"])
        for panel in panels(dashboard)
        for target in panel.get("targets", [])
    ]


def substitute(expression: str, rate_interval: str) -> str:
    """Returns the expression as Grafana sends it, for all instances."""
    for name, value in (
        ("$__rate_interval", rate_interval),
        ("$instance", ".+"),
    ):
        expression = expression.replace(name, value)
    if "$" in expression:
        raise ValueError(f"{expression}: has a variable this test doesn't know")
    return expression
