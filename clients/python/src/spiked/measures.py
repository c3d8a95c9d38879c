# SPDX-License-Identifier: Apache-2.0
"""Statistics of weights and spikes that the server computes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from spiked.v1 import recording_pb2


@dataclass(frozen=True)
class WeightHistogram:
    """The distribution of the weights of a projection, between two steps.

    Attributes:
      counts: number of weights in each bin; int64, shape [bins].
      edges: edges of the bins, the last one inclusive; float64, shape [bins +
        1].
      below: number of weights less than the first edge.
      above: number of weights greater than the last edge.
      synapse_count: number of synapses of the projection.
      mean: mean of all weights, in the unit of the receptor.
      standard_deviation: root of the mean squared deviation of all weights.
      smallest: the smallest weight.
      largest: the largest weight.
      step: step of the session when the weights were read.
      epoch: counts the session's resets.
    """

    counts: np.ndarray
    edges: np.ndarray
    below: int
    above: int
    synapse_count: int
    mean: float
    standard_deviation: float
    smallest: float
    largest: float
    step: int
    epoch: int = 0


class PopulationSpectrum(NamedTuple):
    """The power spectrum of a population's spike count.

    Attributes:
      frequencies_hz: frequencies in Hz, ascending, without 0; float64, shape
        [frequencies].
      power: power in spikes^2 / s; float64, shape [frequencies].
      first_step: first step of the window, inclusive.
      end_step: end of the window, exclusive.
      spike_count: number of spikes of the population in the window.
    """

    frequencies_hz: np.ndarray
    power: np.ndarray
    first_step: int
    end_step: int
    spike_count: int


def histogram_from_message(
    message: recording_pb2.GetWeightHistogramResponse,
) -> WeightHistogram:
    """Converts an answer of the server."""
    return WeightHistogram(
        counts=np.array(message.counts, dtype=np.int64),
        edges=np.linspace(
            message.min_weight, message.max_weight, len(message.counts) + 1
        ),
        below=message.below_count,
        above=message.above_count,
        synapse_count=message.synapse_count,
        mean=message.mean,
        standard_deviation=message.standard_deviation,
        smallest=message.smallest,
        largest=message.largest,
        step=message.step,
        epoch=message.epoch,
    )


def spectrum_from_message(
    message: recording_pb2.GetPopulationSpectrumResponse,
) -> PopulationSpectrum:
    """Converts an answer of the server."""
    return PopulationSpectrum(
        frequencies_hz=np.array(message.frequencies_hz),
        power=np.array(message.power),
        first_step=message.first_step,
        end_step=message.end_step,
        spike_count=message.spike_count,
    )
