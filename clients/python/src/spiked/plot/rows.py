# SPDX-License-Identifier: Apache-2.0
"""The row of each neuron in a raster: by column, then by layer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from spiked.populations import Population


@dataclass(frozen=True)
class Rows:
    """The rows of a raster.

    Attributes:
      row_of: row of each neuron of the network; int64, shape [neurons], -1 for
        neurons that are in no population given.
      layer_of: index in `layers` of each neuron's layer; int64, shape
        [neurons].
      layers: labels in the order of their first population.
      column_bounds: row at which each column begins, and the last one's end;
        shape [columns + 1].
    """

    row_of: np.ndarray
    layer_of: np.ndarray
    layers: list[str]
    column_bounds: np.ndarray


def arrange(populations: Iterable[Population]) -> Rows:
    """Returns the rows for some populations.

    Rows are ordered by column, then by layer, then by population as given. A
    population without a layer label is a layer of its own. A population with
    fewer columns than others is missing in the later columns.
    """
    ordered = list(populations)
    labels = [p.layer or p.name for p in ordered]
    layers = list(dict.fromkeys(labels))
    neuron_count = max((p.end_neuron for p in ordered), default=0)
    row_of = np.full(neuron_count, -1, dtype=np.int64)
    layer_of = np.zeros(neuron_count, dtype=np.int64)

    bounds = [0]
    for column in range(max((p.column_count for p in ordered), default=0)):
        end = bounds[-1]
        for layer_index, layer in enumerate(layers):
            for population, label in zip(ordered, labels, strict=True):
                if label != layer or column >= population.column_count:
                    continue
                neurons = population.columns([column])
                row_of[neurons] = end + np.arange(len(neurons))
                layer_of[neurons] = layer_index
                end += len(neurons)
        bounds.append(end)
    return Rows(row_of, layer_of, layers, np.array(bounds))
