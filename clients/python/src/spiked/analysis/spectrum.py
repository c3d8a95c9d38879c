# SPDX-License-Identifier: Apache-2.0
"""Rhythms of a population."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from spiked.analysis.rates import bin_width_steps, spike_counts
from spiked.spikes import SpikeBatch


class SpectrumPeak(NamedTuple):
    """The strongest rhythm of a population.

    Attributes:
      frequency_hz: frequency of the rhythm; NaN if there is none.
      prominence: power at that frequency / median power of the band; 1 means no
        rhythm.
    """

    frequency_hz: float
    prominence: float


def population_spectrum(
    spikes: SpikeBatch, bin_ms: float = 5.0, segment_ms: float = 2000.0
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the power spectrum of a population's spike count.

    Welch's method: the mean over half-overlapping segments, each without its
    mean and under a Hann window.

    Args:
      spikes: of the population only.
      bin_ms: width of the count's bins; frequencies reach up to 500 / bin_ms.
      segment_ms: length of a segment; frequencies are 1000 / segment_ms apart.
        Shortened to the whole batch if that is shorter.

    Returns:
      (frequencies_hz, power), both [frequencies], without frequency 0; the
      power's unit is arbitrary. Empty if there are fewer than 4 bins.
    """
    counts = spike_counts(spikes, bin_ms).astype(float)
    width_ms = bin_width_steps(spikes, bin_ms) * spikes.dt_ms
    length = min(len(counts), max(4, round(segment_ms / width_ms)))
    if length < 4:
        return np.empty(0), np.empty(0)
    segments = np.lib.stride_tricks.sliding_window_view(counts, length)
    segments = segments[:: max(1, length // 2)]
    segments = segments - segments.mean(axis=1, keepdims=True)
    transforms = np.fft.rfft(segments * np.hanning(length), axis=1)
    power = (np.abs(transforms) ** 2).mean(axis=0)
    frequencies_hz = np.fft.rfftfreq(length, width_ms / 1000)
    return frequencies_hz[1:], power[1:]


def spectrum_peak(
    spikes: SpikeBatch,
    low_hz: float = 1.0,
    high_hz: float = 100.0,
    bin_ms: float = 5.0,
    segment_ms: float = 2000.0,
) -> SpectrumPeak:
    """Returns the strongest frequency of a population in a band.

    Args:
      spikes: of the population only.
      low_hz: begin of the band, inclusive.
      high_hz: end of the band, inclusive.
      bin_ms: see `population_spectrum`.
      segment_ms: see `population_spectrum`.
    """
    frequencies_hz, power = population_spectrum(spikes, bin_ms, segment_ms)
    band = (frequencies_hz >= low_hz) & (frequencies_hz <= high_hz)
    if not power[band].any():
        return SpectrumPeak(float("nan"), 1.0)
    peak = int(power[band].argmax())
    median = float(np.median(power[band]))
    prominence = power[band][peak] / median if median else float("inf")
    return SpectrumPeak(float(frequencies_hz[band][peak]), float(prominence))
