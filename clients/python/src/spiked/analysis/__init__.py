# SPDX-License-Identifier: Apache-2.0
"""Measures of spike trains: rates, regularity, rhythm, synchrony.

All functions take a `SpikeBatch`: select population and time first, with
`spikes.of(population)` and `spikes.between_ms(begin_ms, end_ms)`.
"""

from spiked.analysis.intervals import (
    interspike_intervals_ms,
    isi_cvs,
    mean_isi_cv,
)
from spiked.analysis.rates import (
    mean_rate_hz,
    mean_rates_hz,
    population_rate_hz,
    spike_counts,
)
from spiked.analysis.spectrum import (
    SpectrumPeak,
    population_spectrum,
    spectrum_peak,
)
from spiked.analysis.synchrony import fano_factor, synchrony

__all__ = [
    "SpectrumPeak",
    "fano_factor",
    "interspike_intervals_ms",
    "isi_cvs",
    "mean_isi_cv",
    "mean_rate_hz",
    "mean_rates_hz",
    "population_rate_hz",
    "population_spectrum",
    "spectrum_peak",
    "spike_counts",
    "synchrony",
]
