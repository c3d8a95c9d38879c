# SPDX-License-Identifier: Apache-2.0
"""What a soak measures, once in an interval: one row of its table.

The session that is watched belongs to a tenant of its own, is started first,
and is never paused, because what fits is decided in the order of starts.
"""

import os
import threading
import time

import grpc
import numpy as np

import networks
from spiked import Client
from watch import open_files, read_metrics, resident_bytes

COLUMNS = [
    "time_s",  # end of the interval
    "rss_mb",
    "descriptors",
    "reserved_mb",  # what the daemon has on its books
    "sessions",
    "streams",
    "load",  # of all sessions in real time, in worker threads
    "calls_per_s",
    "pace",  # of the watched session: achieved / wanted
    "tick_late_p50_ms",  # its ticks, by the daemon, since its start
    "tick_late_p99_ms",
    "message_late_p50_ms",  # its messages at their client, in the interval
    "message_late_p99_ms",
    "dropped_spikes",  # of its stream, so far
    "health_p50_ms",  # in the interval
    "health_p99_ms",
    "health_failures",  # so far
    "internal_errors",  # calls that ended so, so far
    "machine_load",  # threads that run or wait to, in the last minute
]
HEALTH = "/grpc.health.v1.Health/Check"
HEALTH_PERIOD_S = 0.05


class Timings:
    """Numbers that one thread adds and another one takes."""

    def __init__(self):
        self._lock = threading.Lock()
        self._values: list[float] = []

    def add(self, value: float):
        with self._lock:
            self._values.append(value)

    def take(self) -> list[float]:
        with self._lock:
            values, self._values = self._values, []
        return values


class Health:
    """Asks for health all the time, on a connection of its own."""

    def __init__(self, address: str):
        self.latencies_s = Timings()
        self.failures = 0
        self._stopped = threading.Event()
        self._channel = grpc.insecure_channel(address)
        self._check = self._channel.unary_unary(HEALTH)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        while not self._stopped.wait(HEALTH_PERIOD_S):
            begin = time.monotonic()
            try:
                self.failures += self._check(b"", timeout=20) != b"\x08\x01"
            except grpc.RpcError:
                self.failures += 1
            self.latencies_s.add(time.monotonic() - begin)

    def stop(self):
        self._stopped.set()
        self._thread.join()
        self._channel.close()


class Watched:
    """A session in real time with a stream."""

    STEP_S = 0.001

    def __init__(self, address: str, token: str):
        self._client = Client(address, token=token)
        self._session = self._client.create_session(
            networks.noisy(), session_id="watched"
        )
        self._stream = self._session.spikes(
            on_loss="ignore", batch_window_ms=20
        )
        # When each message came, less the time of its last step.
        self.arrivals_s = Timings()
        self.dropped = 0
        self.error = ""
        self._stopping = False
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        self._session.start()

    def _read(self):
        try:
            for batch in self._stream:
                self.dropped += batch.dropped
                self.arrivals_s.add(
                    time.monotonic() - batch.end_step * self.STEP_S
                )
            if not self._stopping:
                self.error = "its stream ended"
        except Exception as error:  # reported by the verdict
            if not self._stopping:
                self.error = str(error)

    def metrics(self):
        return self._session.metrics()

    def close(self):
        self._stopping = True
        self._stream.close()
        self._thread.join()
        self._session.delete()
        self._client.close()


def quantiles_ms(values_s: list[float]) -> tuple[float, float]:
    """Median and 99 % quantile; NaN of nothing."""
    if not values_s:
        return float("nan"), float("nan")
    p50, p99 = np.quantile(values_s, [0.5, 0.99]) * 1000
    return float(p50), float(p99)


class Watch:
    """Takes the rows."""

    def __init__(self, server, token: str):
        self.server = server
        self.watched = Watched(server.address, token)
        self.health = Health(server.address)
        self._begin = time.monotonic()
        self._last = (self._begin, self.watched.metrics().step, 0.0)

    def row(self) -> dict[str, float]:
        asked = time.monotonic()
        metrics = self.watched.metrics()
        now = (asked + time.monotonic()) / 2  # of its step
        series = read_metrics(self.server)

        def total(prefix: str, part: str = "") -> float:
            return sum(
                value
                for name, value in series.items()
                if name.startswith(prefix) and part in name.lower()
            )

        calls = total("grpc_server_handled_total")
        last_time, last_step, last_calls = self._last
        self._last = (now, metrics.step, calls)
        seconds = now - last_time
        arrivals = self.watched.arrivals_s.take()
        on_time = min(arrivals, default=0.0)
        late_p50, late_p99 = quantiles_ms([a - on_time for a in arrivals])
        health_p50, health_p99 = quantiles_ms(self.health.latencies_s.take())
        values = [
            now - self._begin,
            resident_bytes(self.server.pid) / 1e6,
            open_files(self.server.pid),
            series["spiked_memory_bytes"] / 1e6,
            total("spiked_sessions{"),
            total("spiked_streams{"),
            series["spiked_expected_load"],
            (calls - last_calls) / seconds,
            (metrics.step - last_step) * Watched.STEP_S / seconds,
            metrics.lateness_p50_s * 1000,
            metrics.lateness_p99_s * 1000,
            late_p50,
            late_p99,
            self.watched.dropped,
            health_p50,
            health_p99,
            self.health.failures,
            total("grpc_server_handled_total", '"internal"'),
            os.getloadavg()[0],
        ]
        return dict(zip(COLUMNS, values, strict=True))

    def stop(self):
        self.health.stop()
        self.watched.close()
