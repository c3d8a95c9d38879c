# SPDX-License-Identifier: Apache-2.0
"""The files of docker/ fit together. Needs promtool."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from dashboard import DASHBOARDS, ROOT, load, panels

DOCKER = ROOT / "docker"
PROVISIONING = DOCKER / "grafana/provisioning"


def read_yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


COMPOSE = read_yaml(DOCKER / "compose.yaml")
SERVICES = COMPOSE["services"]


def mounts(service: str) -> dict[str, Path]:
    """Returns the files of this repository by where the service finds them."""
    bound = [volume.split(":") for volume in SERVICES[service]["volumes"]]
    return {
        target: DOCKER / source
        for source, target, *_ in bound
        if source not in COMPOSE["volumes"]
    }


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_restricted(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["restart"] == "unless-stopped"
    assert service["stop_grace_period"] == "30s"
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    # Images of others are named by version, so that they don't change by
    # themselves.
    assert "build" in service or re.search(
        r":v?\d+\.\d+\.\d+$", service["image"]
    )


def test_mounted_files_exist_and_are_read_only() -> None:
    for name in ("prometheus", "grafana"):
        assert mounts(name)
        assert all(path.exists() for path in mounts(name).values())
        for volume in SERVICES[name]["volumes"]:
            assert volume.endswith(":ro") or not volume.startswith(".")


def test_options_of_the_daemon_exist() -> None:
    binary = os.environ.get(
        "SPIKED_BINARY", ROOT / "build/release/server/spiked"
    )
    with_tls = read_yaml(DOCKER / "compose.tls.yaml")
    known = ""
    for arguments in (["--help"], ["probe", "--help"]):
        known += subprocess.run(
            [binary, *arguments],
            capture_output=True,
            check=True,
            text=True,
            timeout=60,
        ).stdout
    for service in (SERVICES["spiked"], with_tls["services"]["spiked"]):
        for name in service["environment"]:
            assert name in known, name


def test_the_image_is_built_from_this_repository() -> None:
    build = SERVICES["spiked"]["build"]
    assert (DOCKER / build["context"]).resolve() == ROOT
    assert (ROOT / build["dockerfile"]).is_file()


def test_the_builder_gets_what_the_dockerfile_copies() -> None:
    dockerfile = (DOCKER / "Dockerfile").read_text(encoding="utf-8")
    ignored = (DOCKER / "Dockerfile.dockerignore").read_text(encoding="utf-8")
    copied = {
        source
        for sources in re.findall(r"^COPY (?!--)(.+) \S+$", dockerfile, re.M)
        for source in sources.split()
    }
    assert copied == set(re.findall(r"^!(\S+)$", ignored, re.M))
    binary = "build/release/server/spiked"
    assert all((ROOT / path).exists() for path in copied - {binary})


def test_prometheus_takes_its_configuration() -> None:
    subprocess.run(
        ["promtool", "check", "config", DOCKER / "prometheus/prometheus.yml"],
        check=True,
        timeout=60,
    )


def test_prometheus_finds_its_alerts() -> None:
    config = read_yaml(DOCKER / "prometheus/prometheus.yml")
    found = mounts("prometheus")
    for name in config["rule_files"]:
        assert found[f"/etc/prometheus/{name}"].is_file()
    assert config["rule_files"]


def test_alerts_go_off_when_they_should() -> None:
    test = Path(__file__).with_name("alerts_test.yml")
    played = subprocess.run(
        ["promtool", "test", "rules", test],
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )
    assert played.returncode == 0, played.stdout + played.stderr


def test_every_alert_is_played() -> None:
    (group,) = read_yaml(DOCKER / "prometheus/alerts.yml")["groups"]
    test = read_yaml(Path(__file__).with_name("alerts_test.yml"))
    played = {
        case["alertname"]
        for part in test["tests"]
        for case in part["alert_rule_test"]
        if case.get("exp_alerts")
    }
    assert played == {rule["alert"] for rule in group["rules"]}


def test_prometheus_scrapes_the_daemon() -> None:
    config = read_yaml(DOCKER / "prometheus/prometheus.yml")
    (target,) = config["scrape_configs"][0]["static_configs"][0]["targets"]
    name, port = target.split(":")
    assert any(spec.endswith(f":{port}") for spec in SERVICES[name]["ports"])


def test_grafana_asks_prometheus() -> None:
    (datasource,) = read_yaml(PROVISIONING / "datasources/prometheus.yaml")[
        "datasources"
    ]
    config = read_yaml(DOCKER / "prometheus/prometheus.yml")
    interval = config["global"]["scrape_interval"]
    assert datasource["url"] == "http://prometheus:9090"
    assert datasource["jsonData"]["timeInterval"] == interval
    for path in DASHBOARDS:
        by_name = {v["name"]: v for v in load(path)["templating"]["list"]}
        chosen = by_name["datasource"]["current"]["value"]
        assert chosen == datasource["uid"]


def test_grafana_finds_its_dashboards() -> None:
    (provider,) = read_yaml(PROVISIONING / "dashboards/spiked.yaml")[
        "providers"
    ]
    found = mounts("grafana")
    assert provider["allowUiUpdates"] is False
    assert found[provider["options"]["path"]] == DOCKER / "./grafana/dashboards"
    for kind in ("datasources", "dashboards"):
        target = f"/etc/grafana/provisioning/{kind}"
        assert found[target] == PROVISIONING / kind
    home = Path(
        SERVICES["grafana"]["environment"][
            "GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"
        ]
    )
    assert (found[str(home.parent)] / home.name).is_file()


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_a_dashboard_is_in_order(path: Path) -> None:
    dashboard = load(path)
    assert dashboard["uid"] == path.stem
    shown = list(panels(dashboard))
    assert len({panel["id"] for panel in shown}) == len(shown)
    taken = set()
    for panel in shown:
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not cells & taken, f"{panel['title']} covers another panel"
        taken |= cells
        if panel["type"] == "row":
            continue
        assert panel["description"]
        for asked in (panel, *panel["targets"]):
            assert asked["datasource"]["uid"] == "${datasource}"
