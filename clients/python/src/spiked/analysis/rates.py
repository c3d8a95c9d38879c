# SPDX-License-Identifier: Apache-2.0
"""Rates and counts of spikes."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from spiked.populations import Population
from spiked.spikes import SpikeBatch


def mean_rate_hz(spikes: SpikeBatch, neuron_count: int) -> float:
    """Returns the mean rate of `neuron_count` neurons over the batch, in Hz.

    The rate is 0 if the batch covers no time or the count is 0.
    """
    duration_s = (spikes.end_step - spikes.first_step) * spikes.dt_ms / 1000
    if duration_s <= 0 or neuron_count <= 0:
        return 0.0
    return len(spikes) / neuron_count / duration_s


def mean_rates_hz(
    spikes: SpikeBatch, populations: Iterable[Population]
) -> dict[str, float]:
    """Returns the mean rate of each population's neurons in Hz, by name."""
    return {
        population.name: mean_rate_hz(spikes.of(population), population.size)
        for population in populations
    }


def spike_counts(spikes: SpikeBatch, bin_ms: float) -> np.ndarray:
    """Returns the number of spikes in each bin of model time.

    Args:
      spikes: spikes of any neurons.
      bin_ms: width of a bin in ms, rounded to whole steps, at least one. A
        remainder at the end is left out, so that all bins are equally long.

    Returns:
      int64, shape [bins]; bin 0 begins at `first_step`.
    """
    bin_steps = bin_width_steps(spikes, bin_ms)
    bin_count = (spikes.end_step - spikes.first_step) // bin_steps
    bins = (spikes.steps - spikes.first_step) // bin_steps
    return np.bincount(bins, minlength=bin_count)[:bin_count]


def population_rate_hz(
    spikes: SpikeBatch, neuron_count: int, bin_ms: float
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the rate of a population against time.

    Args:
      spikes: spikes of the population only.
      neuron_count: number of neurons of the population; at least 1.
      bin_ms: see `spike_counts`.

    Returns:
      (times_ms, rate_hz), both [bins]: the middle of each bin in ms of model
      time, and the mean rate of a neuron in it.
    """
    counts = spike_counts(spikes, bin_ms)
    width_ms = bin_width_steps(spikes, bin_ms) * spikes.dt_ms
    begin_ms = spikes.first_step * spikes.dt_ms
    times_ms = begin_ms + (np.arange(len(counts)) + 0.5) * width_ms
    return times_ms, counts * 1000 / (neuron_count * width_ms)


def bin_width_steps(spikes: SpikeBatch, bin_ms: float) -> int:
    """Returns the width of a bin in whole steps; ValueError if not positive."""
    if not bin_ms > 0:
        raise ValueError(f"bin_ms: {bin_ms!r}: must be greater than 0")
    return max(1, round(bin_ms / spikes.dt_ms))
