# SPDX-License-Identifier: Apache-2.0
"""The regularity of spiking: intervals between the spikes of neurons."""

from __future__ import annotations

import numpy as np

from spiked.spikes import SpikeBatch


def interspike_intervals_ms(
    spikes: SpikeBatch,
) -> tuple[np.ndarray, np.ndarray]:
    """Returns all intervals between successive spikes of a neuron.

    Returns:
      (neurons, intervals_ms), both [intervals], ordered by neuron, then time.
    """
    order = np.lexsort((spikes.steps, spikes.neurons))
    neurons, steps = spikes.neurons[order], spikes.steps[order]
    same = neurons[1:] == neurons[:-1]
    return neurons[1:][same], np.diff(steps)[same] * spikes.dt_ms


def isi_cvs(
    spikes: SpikeBatch, min_intervals: int = 3
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the coefficient of variation of the intervals of each neuron.

    It is standard deviation / mean: 0 for a regular neuron, 1 for a Poisson
    process, more for bursts.

    Args:
      spikes: spikes of any neurons.
      min_intervals: neurons with fewer intervals are left out; at least 1.

    Returns:
      (neurons, cvs), both [neurons with enough intervals].
    """
    if min_intervals < 1:
        raise ValueError(f"min_intervals: {min_intervals}: must be at least 1")
    owners, intervals = interspike_intervals_ms(spikes)
    neurons, index, counts = np.unique(
        owners, return_inverse=True, return_counts=True
    )
    means = np.bincount(index, intervals, len(neurons)) / counts
    squares = (intervals - means[index]) ** 2
    variances = np.bincount(index, squares, len(neurons)) / counts
    enough = counts >= min_intervals
    return neurons[enough], np.sqrt(variances[enough]) / means[enough]


def mean_isi_cv(spikes: SpikeBatch, min_intervals: int = 3) -> float:
    """Returns the mean of `isi_cvs` over neurons; NaN if there are none."""
    _, cvs = isi_cvs(spikes, min_intervals)
    return float(cvs.mean()) if len(cvs) else float("nan")
