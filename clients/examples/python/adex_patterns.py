#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Draws the firing patterns of the adaptive exponential model.

One neuron of each cell class `naud_2008_*` gets a step of current, in one
session: the figure of Naud et al. 2008 (doi:10.1007/s00422-008-0264-7).

    adex_patterns.py --server build/release/server/spiked
    adex_patterns.py --address localhost:50051 --output patterns.png
"""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from demo_collector import Collector
from spiked import (
    Client,
    LocalServer,
    ServerProcessError,
    SpikeBatch,
    SpikedError,
    StateBatch,
)
from spiked.plot.palette import INK, STIMULUS, tidy

# Cell class without its prefix: current in pA.
PATTERNS = {
    "tonic": 500,
    "adaptation": 500,
    "initial_burst": 400,
    "regular_bursting": 210,
    "delayed_accelerating": 300,
    "delayed_regular_bursting": 110,
    "transient": 180,
    "irregular": 160,
}
DT_MS = 0.1
START_MS, DURATION_MS, END_MS = 50, 500, 600
SLICE_STEPS = 500
PATIENCE_S = 30.0
# Top of the strokes that show spikes: v is reset within a step, so samples
# never show the peak.
PEAK_MV = 20
LINE = "#0072b2"


def parse_arguments(arguments: list[str] | None) -> argparse.Namespace:
    """Returns the options; exits with 2 if they are wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0],
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--server", help="path of the daemon to start, if not the installed one"
    )
    where.add_argument("--address", help="host:port of a running server")
    parser.add_argument(
        "--output", type=Path, default="adex-patterns.png", help="the picture"
    )
    return parser.parse_args(arguments)


@contextlib.contextmanager
def server_address(options: argparse.Namespace) -> Iterator[str]:
    """Yields the address of a server; stops it at the end if started here."""
    if options.address:
        yield options.address
    else:
        with LocalServer(options.server) as server:
            yield server.address


def network() -> dict:
    """Returns one neuron for each pattern, and its current."""
    return {
        "description": "Firing patterns of the adaptive exponential model.",
        "dt_ms": DT_MS,
        "precision": "FLOAT64",
        "populations": [
            {
                "name": name,
                "size": 1,
                "model": "adex",
                "cell_class": f"naud_2008_{name}",
            }
            for name in PATTERNS
        ],
        "stimuli": [
            {
                "population": name,
                "start_ms": START_MS,
                "current": {"amplitudes": [pa], "duration_ms": DURATION_MS},
            }
            for name, pa in PATTERNS.items()
        ],
    }


def record(address: str) -> tuple[dict[str, list[StateBatch]], SpikeBatch]:
    """Runs the network; returns the samples of each neuron and all spikes."""
    with Client(address) as client:
        with client.create_session(network(), pacing="lockstep") as session:
            traces: dict[str, Collector[StateBatch]] = {
                name: Collector(session.record(name, ["v_mv"], on_loss="raise"))
                for name in PATTERNS
            }
            spikes = []
            for step in range(0, round(END_MS / DT_MS), SLICE_STEPS):
                spikes.append(session.advance(SLICE_STEPS))
                for name, trace in traces.items():
                    if not trace.wait_for(step + SLICE_STEPS, PATIENCE_S):
                        raise TimeoutError(f"no samples of {name}")
            return (
                {name: trace.finish() for name, trace in traces.items()},
                SpikeBatch.concatenate(spikes),
            )


def draw(traces: dict[str, list[StateBatch]], spikes: SpikeBatch) -> Figure:
    """Returns the figure: a panel for each pattern, its current below."""
    figure = Figure(figsize=(11, 10), layout="constrained")
    panels = figure.subplots(4, 2, sharex=True, sharey=True)
    for i, (name, axes) in enumerate(zip(PATTERNS, panels.flat, strict=True)):
        batches = [batch for batch in traces[name] if len(batch)]
        times_ms = np.concatenate([batch.times_ms for batch in batches])
        v_mv = np.concatenate([batch["v_mv"][:, 0] for batch in batches])
        own_ms = spikes.times_ms[spikes.neurons == i]
        _draw_pattern(axes, times_ms, v_mv, own_ms)
        axes.set_title(
            f"{name.replace('_', ' ')}, {PATTERNS[name]} pA",
            color=INK,
            fontsize=11,
            loc="left",
        )
    for axes in panels[-1]:
        axes.set_xlabel("model time (ms)")
    for axes in panels[:, 0]:
        axes.set_ylabel("v (mV)")
    figure.suptitle(
        "Adaptive exponential neurons: cell classes naud_2008_*",
        color=INK,
        fontsize=12,
    )
    return figure


def _draw_pattern(
    axes: Axes, times_ms: np.ndarray, v_mv: np.ndarray, spikes_ms: np.ndarray
) -> None:
    axes.plot(times_ms, v_mv, color=LINE, linewidth=0.8)
    # A stroke begins at the last sample before the spike.
    feet_mv = v_mv[np.searchsorted(times_ms, spikes_ms - DT_MS / 2) - 1]
    axes.vlines(spikes_ms, feet_mv, PEAK_MV, color=LINE, linewidth=0.8)
    axes.hlines(
        -95, START_MS, START_MS + DURATION_MS, color=STIMULUS, linewidth=4
    )
    axes.set_xlim(0, END_MS)
    tidy(axes)


def main(arguments: list[str] | None = None) -> int:
    """Draws the picture and returns the exit status."""
    options = parse_arguments(arguments)
    try:
        with server_address(options) as address:
            traces, spikes = record(address)
        draw(traces, spikes).savefig(options.output, dpi=110)
    except (SpikedError, ServerProcessError, OSError) as error:
        print(f"adex_patterns: {error}", file=sys.stderr)
        return 1
    for i, name in enumerate(PATTERNS):
        print(f"{name}: {(spikes.neurons == i).sum()} spikes")
    print(options.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
