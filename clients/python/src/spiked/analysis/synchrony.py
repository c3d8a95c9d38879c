# SPDX-License-Identifier: Apache-2.0
"""The synchrony of the neurons of a population."""

from __future__ import annotations

import numpy as np

from spiked.analysis.rates import bin_width_steps, spike_counts
from spiked.spikes import SpikeBatch


def synchrony(
    spikes: SpikeBatch, neuron_count: int, bin_ms: float = 5.0
) -> float:
    """Returns the synchrony index chi of a population, about in [0, 1].

    chi^2 is the variance over time of the population's mean spike count in a
    bin, divided by the mean over neurons of the variance of their own counts
    (Golomb 2007, Scholarpedia 2(1):1347, for spike counts). 1 means that all
    neurons spike together; independent neurons have 1 / sqrt(neuron_count).

    Args:
      spikes: spikes of the population only.
      neuron_count: number of neurons of the population, including silent ones;
        at least 1.
      bin_ms: width of the bins in ms, within which spikes count as together.

    Returns:
      chi; NaN if no count varies.
    """
    counts = spike_counts(spikes, bin_ms)
    if not len(counts):
        return float("nan")
    variance_of_mean = (counts / neuron_count).var()
    mean_variance = _sum_of_variances(spikes, bin_ms, len(counts))
    mean_variance /= neuron_count
    if mean_variance <= 0:
        return float("nan")
    return float(np.sqrt(variance_of_mean / mean_variance))


def fano_factor(spikes: SpikeBatch, bin_ms: float = 5.0) -> float:
    """Returns variance / mean of the population's spike count in a bin.

    About 1 for independent neurons that spike rarely; grows with synchrony and
    with the number of neurons. NaN without spikes.
    """
    counts = spike_counts(spikes, bin_ms)
    if not counts.any():
        return float("nan")
    return float(counts.var() / counts.mean())


def _sum_of_variances(
    spikes: SpikeBatch, bin_ms: float, bin_count: int
) -> float:
    """Returns the sum over neurons of the variance of their counts."""
    bins = (spikes.steps - spikes.first_step) // bin_width_steps(spikes, bin_ms)
    whole = bins < bin_count
    _, neurons = np.unique(spikes.neurons[whole], return_inverse=True)
    # Only bins with spikes are stored, so that memory grows with the spikes,
    # not with neurons x bins.
    _, counts = np.unique(neurons * bin_count + bins[whole], return_counts=True)
    means = np.bincount(neurons) / bin_count
    return float((counts**2).sum() / bin_count - (means**2).sum())
