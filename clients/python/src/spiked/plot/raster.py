# SPDX-License-Identifier: Apache-2.0
"""The spikes of a network: raster by column and layer, rate below."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from spiked.analysis import population_rate_hz
from spiked.plot.palette import (
    GRID,
    INK,
    SHADE,
    STIMULUS,
    layer_colors,
    mark_stimulus,
    tidy,
)
from spiked.plot.rows import Rows, arrange
from spiked.populations import Population
from spiked.spikes import SpikeBatch


def plot_raster(
    spikes: SpikeBatch,
    populations: Iterable[Population],
    *,
    stimulus_ms: tuple[float, float] | None = None,
    stimulus_columns: Collection[int] = (),
    rate_bin_ms: float = 10.0,
    title: str = "",
) -> Figure:
    """Draws all spikes and the population rate; returns the figure.

    Args:
      spikes: spikes of the steps to draw. Neurons of other populations are left
        out.
      populations: populations whose neurons get a row each, see `rows.arrange`.
      stimulus_ms: [begin, end) of a stimulus in ms, to be shaded.
      stimulus_columns: stimulated columns, to be marked; may be empty.
      rate_bin_ms: width in ms of the bins of the population rate.
      title: above the figure.
    """
    ordered = list(populations)
    rows = arrange(ordered)
    shown = _only(spikes, rows)
    figure = Figure(figsize=(13, 9), layout="constrained")
    raster, rate = figure.subplots(
        2, sharex=True, height_ratios=(5, 1), gridspec_kw={"hspace": 0.02}
    )
    colors = layer_colors(rows.layers)
    _draw_columns(raster, rows, stimulus_ms, stimulus_columns)
    _draw_spikes(raster, shown, rows, list(colors.values()))
    _draw_rate(rate, shown, int((rows.row_of >= 0).sum()), rate_bin_ms)
    mark_stimulus(rate, stimulus_ms)
    rate.set_xlim(
        spikes.first_step * spikes.dt_ms / 1000,
        max(spikes.end_step, spikes.first_step + 1) * spikes.dt_ms / 1000,
    )
    _add_legend(figure, colors, stimulus_ms is not None)
    figure.suptitle(title, color=INK, fontsize=12)
    return figure


def _only(spikes: SpikeBatch, rows: Rows) -> SpikeBatch:
    """Returns the spikes of neurons that have a row."""
    inside = spikes.where(spikes.neurons < len(rows.row_of))
    return inside.where(rows.row_of[inside.neurons] >= 0)


def _draw_columns(
    axes: Axes,
    rows: Rows,
    stimulus_ms: tuple[float, float] | None,
    stimulated: Collection[int],
) -> None:
    """Shades every other column, labels all, marks the stimulated ones."""
    bounds = rows.column_bounds
    for column, (begin, end) in enumerate(
        zip(bounds, bounds[1:], strict=False)
    ):
        if column % 2:
            axes.axhspan(begin, end, color=SHADE, linewidth=0, zorder=0)
    if not stimulated:
        mark_stimulus(axes, stimulus_ms)
    elif stimulus_ms is not None:
        for column in stimulated:
            axes.fill_between(
                [stimulus_ms[0] / 1000, stimulus_ms[1] / 1000],
                bounds[column],
                bounds[column + 1],
                color=STIMULUS,
                alpha=0.35,
                linewidth=0,
                zorder=0.5,
            )
    middles = (bounds[:-1] + bounds[1:]) / 2
    every = max(1, len(middles) // 40)
    axes.set_yticks(middles[::every], np.arange(len(middles))[::every])
    axes.set_ylim(0, max(1, bounds[-1]))
    axes.set_ylabel("column")


def _draw_spikes(
    axes: Axes, spikes: SpikeBatch, rows: Rows, colors: list[str]
) -> None:
    """Draws a dot per spike, as an image: files stay small."""
    if not len(spikes):
        return
    palette = np.array(colors)
    axes.scatter(
        spikes.times_ms / 1000,
        rows.row_of[spikes.neurons] + 0.5,
        c=palette[rows.layer_of[spikes.neurons]],
        s=_dot_size(len(spikes)),
        marker=".",
        linewidths=0,
        rasterized=True,
    )
    tidy(axes)


def _dot_size(spike_count: int) -> float:
    """Returns the area of a dot in points^2: smaller for more spikes."""
    return float(np.clip(3e5 / max(1, spike_count), 1.5, 12))


def _draw_rate(
    axes: Axes, spikes: SpikeBatch, neuron_count: int, bin_ms: float
) -> None:
    """Draws the mean rate of all neurons against time."""
    times_ms, rate_hz = population_rate_hz(spikes, max(1, neuron_count), bin_ms)
    axes.fill_between(
        times_ms / 1000, rate_hz, color=INK, alpha=0.8, step="mid"
    )
    axes.set_ylim(bottom=0)
    axes.set_xlabel("model time (s)")
    axes.set_ylabel(f"rate (Hz)\nin {bin_ms:g} ms")
    axes.grid(axis="y", color=GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    tidy(axes)


def _add_legend(figure: Figure, colors: dict[str, str], stimulus: bool) -> None:
    handles = [
        Line2D([], [], color=color, marker="o", linestyle="", label=layer)
        for layer, color in colors.items()
    ]
    if stimulus:
        handles.append(
            Line2D([], [], color=STIMULUS, alpha=0.6, lw=8, label="stimulus")
        )
    if handles:
        figure.legend(
            handles=handles,
            loc="outside lower center",
            ncols=len(handles),
            frameon=False,
        )
