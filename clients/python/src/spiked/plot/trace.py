# SPDX-License-Identifier: Apache-2.0
"""The membrane potential of one neuron against time."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spiked.plot.palette import GRID, INK, mark_stimulus, tidy

_LINE = "#0072b2"


def plot_trace(
    times_ms: np.ndarray,
    v_mv: np.ndarray,
    *,
    spike_times_ms: np.ndarray | None = None,
    spike_peak_mv: float = 30.0,
    stimulus_ms: tuple[float, float] | None = None,
    zoom_ms: tuple[float, float] | None = None,
    title: str = "",
) -> Figure:
    """Draws the membrane potential of a neuron; returns the figure.

    Models with a reset, like Izhikevich's, jump from the threshold to the
    reset within a step, so that samples never show the peak. Spikes are drawn
    as vertical strokes up to `spike_peak_mv`.

    Args:
      times_ms: times of the samples in ms, shape [samples], ascending.
      v_mv: membrane potential in mV, shape [samples].
      spike_times_ms: times of the neuron's spikes in ms, shape [spikes].
      spike_peak_mv: top of the strokes in mV.
      stimulus_ms: [begin, end) of a stimulus in ms, to be shaded.
      zoom_ms: [begin, end) in ms that a second panel shows in detail.
      title: above the figure.

    Raises:
      ValueError: the arrays don't have the same shape [samples].
    """
    times_ms, v_mv = np.asarray(times_ms), np.asarray(v_mv)
    if times_ms.ndim != 1 or times_ms.shape != v_mv.shape:
        raise ValueError(
            f"times_ms and v_mv need the same shape [samples]: "
            f"{times_ms.shape} and {v_mv.shape}"
        )
    spikes = np.asarray([] if spike_times_ms is None else spike_times_ms)
    panel_count = 1 if zoom_ms is None else 2
    figure = Figure(figsize=(11, 1 + 2.9 * panel_count), layout="constrained")
    for i, axes in enumerate(np.atleast_1d(figure.subplots(panel_count))):
        _draw(axes, times_ms, v_mv, spikes, spike_peak_mv)
        mark_stimulus(axes, stimulus_ms)
        span = zoom_ms if i and zoom_ms else _extent(times_ms)
        axes.set_xlim(span[0] / 1000, span[1] / 1000)
    axes.set_xlabel("model time (s)")
    figure.suptitle(title, color=INK, fontsize=12)
    return figure


def _draw(
    axes: Axes,
    times_ms: np.ndarray,
    v_mv: np.ndarray,
    spikes_ms: np.ndarray,
    peak_mv: float,
) -> None:
    """Draws samples and strokes, each from the last sample before a spike."""
    axes.plot(times_ms / 1000, v_mv, color=_LINE, linewidth=0.8)
    if len(spikes_ms) and len(times_ms):
        before = np.searchsorted(times_ms, spikes_ms) - 1
        feet_mv = v_mv[np.clip(before, 0, len(v_mv) - 1)]
        axes.vlines(
            spikes_ms / 1000, feet_mv, peak_mv, color=_LINE, linewidth=0.8
        )
    axes.grid(axis="y", color=GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.set_ylabel("membrane potential (mV)")
    tidy(axes)


def _extent(times_ms: np.ndarray) -> tuple[float, float]:
    """Returns first and last time, for an axis; (0, 1) without samples."""
    if not len(times_ms):
        return 0.0, 1.0
    first, last = float(times_ms[0]), float(times_ms[-1])
    return first, max(last, first + 1.0)
