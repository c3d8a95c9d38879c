# SPDX-License-Identifier: Apache-2.0
"""Health and a canary session, which must go on during a test."""

import os
import threading
import time
import urllib.request

import grpc
import numpy as np

import networks
from spiked import Client

HEALTH_LIMIT_S = 1.0
# Growth of the daemon's memory in a test, or in all tests of a module. Floods
# make gRPC keep some 100 MB, which it uses again.
MAX_GROWTH_BYTES = 256 << 20
# Least steps of a canary: with fewer its pace is uncertain.
MIN_STEPS = 300


class HealthProbe:
    """Asks for the daemon's health all the time, on its own connection."""

    def __init__(self, address: str):
        self.worst_s = 0.0
        self.failures: list[str] = []
        self._stopped = threading.Event()
        self._channel = grpc.insecure_channel(address)
        self._check = self._channel.unary_unary("/grpc.health.v1.Health/Check")
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        while not self._stopped.wait(0.02):
            begin = time.monotonic()
            try:
                answer = self._check(b"", timeout=20)
                if answer != b"\x08\x01":
                    self.failures.append(repr(answer))
            except grpc.RpcError as error:
                self.failures.append(str(error))
            self.worst_s = max(self.worst_s, time.monotonic() - begin)

    def stop(self):
        self._stopped.set()
        self._thread.join()
        self._channel.close()


class Canary:
    """A real-time session whose spikes are all recorded and checked."""

    def __init__(self, address: str):
        self._client = Client(address)
        self.session = self._client.create_session(
            networks.noisy(), session_id="canary"
        )
        self._stream = self.session.spikes(on_loss="raise")
        self._batches: list[np.ndarray] = []
        self._end_step = 0
        self._moved = threading.Condition()
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        self.session.start()
        self.wait_for_step(1)

    def _read(self):
        try:
            for batch in self._stream:
                with self._moved:
                    self._batches.append(
                        np.stack([batch.steps, batch.neurons], axis=1)
                    )
                    self._end_step = batch.end_step
                    self._moved.notify_all()
        except Exception as error:  # raised by check
            with self._moved:
                self._error = error
                self._moved.notify_all()

    def wait_for_step(self, step: int, timeout_s: float = 30):
        with self._moved:
            reached = self._moved.wait_for(
                lambda: self._error or self._end_step >= step, timeout_s
            )
            assert self._error is None, self._error
            assert reached, f"step {self._end_step} after {timeout_s} s"

    def finish(self) -> tuple[np.ndarray, int]:
        """Pauses; returns (step, neuron) of all spikes, and the step."""
        self.wait_for_step(MIN_STEPS)
        step = self.session.pause().step
        self.wait_for_step(step)
        metrics = self.session.metrics()
        self._stream.close()
        self._thread.join()
        self.session.delete()
        self._client.close()
        self.metrics = metrics
        return np.concatenate(self._batches), step


def resident_bytes(pid: int) -> int:
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * 4096


def open_files(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


def read_metrics(server) -> dict[str, float]:
    """All series of the daemon by name and labels, as written."""
    with urllib.request.urlopen(server.metrics_url, timeout=20) as response:
        text = response.read().decode()
    return {
        name: float(value)
        for name, value in (
            line.rsplit(" ", 1)
            for line in text.splitlines()
            if line and not line.startswith("#")
        )
    }


def unfinished_calls(server) -> float:
    """Calls that have begun and not ended, but for those of HealthProbe."""
    values = read_metrics(server)

    def total(prefix):
        return sum(
            value
            for name, value in values.items()
            if name.startswith(prefix) and "grpc.health" not in name
        )

    return total("grpc_server_started_total") - total(
        "grpc_server_handled_total"
    )


def succeeded(server, path: str) -> float:
    """Calls of a method that succeeded."""
    method = path.rsplit("/", 1)[1]
    return sum(
        value
        for name, value in read_metrics(server).items()
        if name.startswith("grpc_server_handled_total")
        and f'"{method}"' in name
        and '"OK"' in name
    )


def eventually(condition, timeout_s: float = 20) -> bool:
    """Whether a condition becomes true in time."""
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.01)
    return condition()
