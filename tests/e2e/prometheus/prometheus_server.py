# SPDX-License-Identifier: Apache-2.0
"""A Prometheus that a test starts and stops."""

import json
import re
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

import yaml

_LISTENING = re.compile(r'msg="Listening on".* address=(\S+)')


def wait_for(what: str, condition: Callable[[], Any], timeout_s: float) -> Any:
    """Returns the condition's first true value; fails when time is over."""
    deadline = time.monotonic() + timeout_s
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {timeout_s:g} s")
        time.sleep(0.1)
    return value


class PrometheusServer:
    """Scrapes one target on loopback; a context manager."""

    def __init__(
        self, config: Path, target: str, scrape_interval: str, folder: Path
    ) -> None:
        """Starts Prometheus and waits until it has scraped.

        Args:
          config: configuration of the composition; target and times are
            replaced.
          target: "host:port" to scrape.
          scrape_interval: as in the configuration, e.g. "200ms".
          folder: for data, configuration and log; empty.
        """
        settings = yaml.safe_load(config.read_text(encoding="utf-8"))
        settings["global"]["scrape_interval"] = scrape_interval
        settings["global"]["scrape_timeout"] = scrape_interval
        settings["global"]["evaluation_interval"] = scrape_interval
        # Paths are relative to the configuration file.
        settings["rule_files"] = [
            str(config.parent / name) for name in settings["rule_files"]
        ]
        (job,) = settings["scrape_configs"]
        job["static_configs"] = [{"targets": [target]}]
        own_config = folder / "prometheus.yml"
        own_config.write_text(yaml.safe_dump(settings), encoding="utf-8")
        self._log = folder / "log"
        with self._log.open("w", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                [
                    "prometheus",
                    f"--config.file={own_config}",
                    f"--storage.tsdb.path={folder / 'data'}",
                    "--web.listen-address=127.0.0.1:0",
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            address = wait_for("Prometheus listens", self._listening, 30)
            self._url = f"http://{address}/api/v1"
            wait_for("Prometheus scrapes", self._scraped, 30)
        except BaseException:
            self.stop()
            raise

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Returns the result of an instant query, a list of series."""
        return self._get("query", query=expression)["result"]

    def label_values(self, label: str, series: str) -> list[str]:
        """Returns the values of a label, as Grafana's variables request."""
        return self._get(f"label/{label}/values", **{"match[]": series})

    def rules(self) -> list[dict[str, Any]]:
        """Returns the alerting rules with their state and health."""
        groups = self._get("rules", type="alert")["groups"]
        return [rule for group in groups for rule in group["rules"]]

    def stop(self) -> None:
        """Ends this Prometheus."""
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> "PrometheusServer":
        """Returns the server itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stops the server."""
        self.stop()

    def _listening(self) -> str:
        """Returns the address, once the log tells which port was free."""
        log = self._log.read_text(encoding="utf-8")
        if self._process.poll() is not None:
            raise RuntimeError(f"prometheus ended:\n{log}")
        found = _LISTENING.search(log)
        return found[1] if found else ""

    def _scraped(self) -> bool:
        try:
            targets = self._get("targets")["activeTargets"]
        except OSError:  # not ready, though it listens
            return False
        return [target["health"] for target in targets] == ["up"]

    def _get(self, path: str, **parameters: str) -> Any:
        url = f"{self._url}/{path}?{urllib.parse.urlencode(parameters)}"
        with urllib.request.urlopen(url, timeout=10) as answer:
            return json.load(answer)["data"]
