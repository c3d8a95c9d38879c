# SPDX-License-Identifier: Apache-2.0
"""The summary of a run in a few lines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from demo_recording import Recorded
from spiked import v1
from spiked.analysis import mean_rate_hz


def summary(recorded: Recorded, files: Sequence[Path]) -> str:
    """Returns the summary, one fact per line."""
    info = recorded.info
    rate_hz = mean_rate_hz(recorded.spikes, info.neuron_count)
    lines = {
        "network": (
            f"{info.neuron_count:,} neurons, {info.synapse_count:,} synapses"
        ),
        "model time": (
            f"{info.step * info.dt_ms / 1000:g} s in {recorded.wall_s:.1f} s"
        ),
        "spikes": f"{len(recorded.spikes):,}, mean rate {rate_hz:.2f} Hz",
        "timing": _timing(recorded),
        "dropped": f"{recorded.dropped}",
        "pictures": ", ".join(str(path) for path in files),
    }
    return "\n".join(f"{name + ':':<12}{text}" for name, text in lines.items())


def _timing(recorded: Recorded) -> str:
    metrics = recorded.metrics
    text = f"real-time factor {metrics.real_time_factor:.3f}"
    if recorded.info.pacing != v1.REAL_TIME:
        return text
    lateness_ms = [
        1000 * lateness_s
        for lateness_s in (
            metrics.lateness_p50_s,
            metrics.lateness_p99_s,
            metrics.lateness_max_s,
        )
    ]
    return (
        f"{text}, lateness p50 {lateness_ms[0]:.2f} ms, p99 "
        f"{lateness_ms[1]:.2f} ms, worst {lateness_ms[2]:.2f} ms, "
        f"{metrics.overrun_count} overruns"
    )
