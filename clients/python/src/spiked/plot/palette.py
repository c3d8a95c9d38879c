# SPDX-License-Identifier: Apache-2.0
"""Colours and style that all plots share."""

from __future__ import annotations

from collections.abc import Iterable

from matplotlib.axes import Axes

INK = "#24292f"
GRID = "#d8dee4"
SHADE = "#f3f5f7"
STIMULUS = "#f2b134"

# Five of Okabe and Ito's colours, which people with any kind of colour vision
# can distinguish, and three more. Two that vanish on white or mark stimuli are
# left out.
_LAYER_COLORS = (
    "#0072b2",
    "#d55e00",
    "#009e73",
    "#cc79a7",
    "#5f6b76",
    "#56b4e9",
    "#7a5195",
    "#8c6d31",
)


def layer_colors(layers: Iterable[str]) -> dict[str, str]:
    """Returns a colour for each layer, in order; they repeat after eight."""
    return {
        layer: _LAYER_COLORS[i % len(_LAYER_COLORS)]
        for i, layer in enumerate(dict.fromkeys(layers))
    }


def tidy(axes: Axes) -> None:
    """Removes decoration: two spines and heavy ticks."""
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(INK)
    axes.tick_params(colors=INK, labelsize=9, length=3)
    axes.xaxis.label.set_color(INK)
    axes.yaxis.label.set_color(INK)


def mark_stimulus(axes: Axes, span_ms: tuple[float, float] | None) -> None:
    """Shades the time of a stimulus, given as [begin, end) in ms."""
    if span_ms is not None:
        axes.axvspan(
            span_ms[0] / 1000,
            span_ms[1] / 1000,
            color=STIMULUS,
            alpha=0.35,
            linewidth=0,
            zorder=0.5,
        )
