# SPDX-License-Identifier: Apache-2.0
"""The two pictures of the demo."""

from __future__ import annotations

from pathlib import Path

from demo_recording import Recorded
from spiked.analysis import mean_rate_hz
from spiked.plot import plot_raster, plot_trace

DPI = 150


def draw(recorded: Recorded, folder: Path) -> list[Path]:
    """Writes neuron-trace.png and spikes.png to a folder; returns the paths."""
    spikes = recorded.spikes
    span_ms = recorded.stimulation.span_ms
    trace = plot_trace(
        recorded.trace_times_ms,
        recorded.trace_v_mv,
        spike_times_ms=spikes.times_ms[spikes.neurons == recorded.traced],
        stimulus_ms=span_ms,
        zoom_ms=_around(span_ms),
        title=f"Membrane potential of {_name(recorded)}",
    )
    raster = plot_raster(
        spikes,
        recorded.populations,
        stimulus_ms=span_ms,
        stimulus_columns=recorded.stimulation.columns,
        title=(
            f"{len(spikes):,} spikes of {recorded.info.neuron_count:,} "
            f"neurons, {recorded.info.synapse_count:,} synapses, "
            f"{mean_rate_hz(spikes, recorded.info.neuron_count):.1f} Hz"
        ),
    )
    files = [folder / "neuron-trace.png", folder / "spikes.png"]
    for figure, path in zip((trace, raster), files, strict=True):
        figure.savefig(path, dpi=DPI)
    return files


def _around(span_ms: tuple[float, float]) -> tuple[float, float]:
    """Returns a span three times as long, with the stimulus in its middle."""
    margin_ms = span_ms[1] - span_ms[0]
    return max(0.0, span_ms[0] - margin_ms), span_ms[1] + margin_ms


def _name(recorded: Recorded) -> str:
    """Returns a description of the traced neuron."""
    for population in recorded.populations:
        index = recorded.traced - population.first_neuron
        if 0 <= index < population.size:
            column = index // population.column_size
            return f"neuron {index} of {population.name}, column {column}"
    raise ValueError(f"no neuron {recorded.traced}")
