#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the twenty firing patterns of Izhikevich 2004 and draws them.

Each is a session of its own with one neuron, stepped as the published figure1.m
does it. Prints the spikes of each and writes a picture like figure 1 of the
paper, doi:10.1109/TNN.2004.832719.

    firing_patterns.py --server build/release/server/spiked
    firing_patterns.py --address localhost:50051 --output figure1.png
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import itertools
import sys
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from firing_patterns_table import PATTERNS, Pattern
from spiked import Client, LocalServer, ServerProcessError, SpikedError
from spiked.plot.palette import INK, STIMULUS

PEAK_MV = 30


@dataclasses.dataclass(frozen=True)
class Trace:
    """The potential and the spikes of a neuron.

    Attributes:
      v_mv: membrane potential after each step; its peak in steps of spikes.
      spikes_ms: starts of the steps of spikes, as figure1.m stamps them.
    """

    v_mv: np.ndarray
    spikes_ms: np.ndarray


def network_of(pattern: Pattern) -> dict[str, Any]:
    """Returns the network: one neuron, and a stimulus for each new current."""
    parameters = {
        "a": pattern.a,
        "b": pattern.b,
        "c": pattern.c,
        "d": pattern.d,
    }
    parameters |= pattern.others
    initial_values = {"v_mv": pattern.v0}
    if "u" in parameters:
        initial_values["u"] = parameters.pop("u")
    neuron = {
        "name": "neuron",
        "size": 1,
        "model": "izhikevich",
        "scheme": "euler",  # as published: v, then u with the new v
        "parameters": constants(parameters),
        "initial_values": constants(initial_values),
    }
    stimuli = []
    start_step = 0
    for current, run in itertools.groupby(pattern.currents):
        length = len(list(run))
        if current != 0:
            stimuli.append(
                {
                    "population": "neuron",
                    "start_step": start_step,
                    "current": {
                        "amplitudes": [current],
                        "duration_ms": length * pattern.dt_ms,
                    },
                }
            )
        start_step += length
    return {
        "dt_ms": pattern.dt_ms,
        "precision": "FLOAT64",
        "populations": [neuron],
        "stimuli": stimuli,
    }


def constants(values: dict[str, float]) -> dict[str, dict[str, float]]:
    """Returns numbers as values of a network file."""
    return {name: {"constant": value} for name, value in values.items()}


def run(client: Client, pattern: Pattern) -> Trace:
    """Runs a pattern from its start to its end."""
    network = network_of(pattern)
    with client.create_session(network, pacing="lockstep") as session:
        with session.record("neuron", ["v_mv"], float64=True) as samples:
            spikes = session.advance(pattern.step_count)
            batches = []
            for batch in samples:
                batches.append(batch)
                if pattern.step_count in batch.steps:
                    break
    steps = np.concatenate([batch.steps for batch in batches])
    v_mv = np.concatenate([batch["v_mv"][:, 0] for batch in batches])
    v_mv = v_mv[steps > 0]
    v_mv[spikes.steps] = PEAK_MV
    return Trace(v_mv, spikes.steps * pattern.dt_ms)


def draw(traces: list[Trace]) -> Figure:
    """Draws all patterns in the order of the published figure."""
    figure = Figure(figsize=(13, 9), layout="constrained")
    panels = figure.subplots(5, 4).flat
    for i, (panel, pattern, trace) in enumerate(
        zip(panels, PATTERNS, traces, strict=True)
    ):
        draw_panel(panel, pattern, trace)
        panel.set_title(
            f"({chr(65 + i)}) {pattern.name}", color=INK, fontsize=10
        )
    figure.suptitle(
        "Potential (blue, from -90 to 30 mV) and injected current (yellow) of "
        "twenty Izhikevich neurons; the bars are 20 ms",
        color=INK,
        fontsize=11,
    )
    return figure


def draw_panel(panel: Axes, pattern: Pattern, trace: Trace) -> None:
    """Draws the potential, the current below it and a bar of 20 ms."""
    times_ms = np.arange(pattern.step_count) * pattern.dt_ms
    panel.plot(times_ms, trace.v_mv, color="#0072b2", linewidth=0.9)
    current = np.array(pattern.currents)
    height_mv = 12 / (current.max() - current.min())
    panel.plot(
        times_ms,
        -106 + height_mv * (current - current.min()),
        color=STIMULUS,
        linewidth=1.2,
    )
    end_ms = pattern.duration_ms
    panel.plot([end_ms - 20, end_ms], [-113, -113], color=INK, linewidth=2)
    panel.set_xlim(0, end_ms)
    panel.set_ylim(-116, PEAK_MV + 3)
    panel.set_axis_off()


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
        "--output",
        type=Path,
        default="izhikevich-2004.png",
        help="of the picture",
    )
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Runs and draws all patterns; returns the exit status."""
    options = parse_arguments(arguments)
    traces = []
    try:
        with contextlib.ExitStack() as stack:
            address = options.address
            if address is None:
                server = stack.enter_context(LocalServer(options.server))
                address = server.address
            client = stack.enter_context(Client(address))
            for i, pattern in enumerate(PATTERNS):
                trace = run(client, pattern)
                times = " ".join(f"{t:g}" for t in trace.spikes_ms)
                print(f"{chr(65 + i)} {pattern.name}: {times}")
                traces.append(trace)
        draw(traces).savefig(options.output, dpi=90)
    except (SpikedError, ServerProcessError, OSError) as error:
        print(f"firing_patterns: {error}", file=sys.stderr)
        return 1
    print(f"picture: {options.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
