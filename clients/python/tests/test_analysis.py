# SPDX-License-Identifier: Apache-2.0
import math

import numpy as np
import pytest

from spiked import Population, SpikeBatch, analysis


def spikes_of(fires, dt_ms=1.0, first_step=0):
    """Returns the spikes of a bool array [steps, neurons]."""
    steps, neurons = np.nonzero(fires)
    return SpikeBatch(
        steps + first_step, neurons, first_step, first_step + len(fires), dt_ms
    )


def poisson(rng, rate_hz, steps, neurons):
    return rng.random((steps, neurons)) < rate_hz / 1000


def test_mean_rates():
    fires = np.zeros((2000, 4), bool)
    fires[::100, 0] = True
    fires[::200, 2] = True
    spikes = spikes_of(fires, dt_ms=0.5)
    assert analysis.mean_rate_hz(spikes, 4) == pytest.approx(7.5)
    populations = [
        Population("a", "", "m", 0, 2),
        Population("b", "", "m", 2, 2),
    ]
    assert analysis.mean_rates_hz(spikes, populations) == pytest.approx(
        {"a": 10, "b": 5}
    )


def test_no_time_means_no_rate():
    assert analysis.mean_rate_hz(spikes_of(np.zeros((0, 1))), 1) == 0


def test_rate_against_time_leaves_out_a_partial_bin():
    fires = np.zeros((25, 2), bool)
    fires[[3, 12, 13, 24], 0] = True
    spikes = spikes_of(fires, first_step=100)
    np.testing.assert_array_equal(analysis.spike_counts(spikes, 10), [1, 2])
    times_ms, rate_hz = analysis.population_rate_hz(spikes, 2, 10)
    np.testing.assert_allclose(times_ms, [105, 115])
    np.testing.assert_allclose(rate_hz, [50, 100])
    with pytest.raises(ValueError, match="bin_ms"):
        analysis.spike_counts(spikes, 0)


def test_intervals_stay_within_a_neuron():
    fires = np.zeros((30, 3), bool)
    fires[[0, 10, 25], 0] = True
    fires[[5, 6], 2] = True
    neurons, intervals_ms = analysis.interspike_intervals_ms(spikes_of(fires))
    np.testing.assert_array_equal(neurons, [0, 0, 2])
    np.testing.assert_array_equal(intervals_ms, [10, 15, 1])


def test_cv_of_a_clock_is_zero_and_of_poisson_one():
    clock = np.zeros((1000, 1), bool)
    clock[::10] = True
    assert analysis.mean_isi_cv(spikes_of(clock)) == 0
    rng = np.random.default_rng(1)
    noise = spikes_of(poisson(rng, 10, 100_000, 20))
    assert analysis.mean_isi_cv(noise) == pytest.approx(1, abs=0.05)


def test_cv_needs_enough_intervals():
    fires = np.zeros((30, 1), bool)
    fires[[1, 5, 9]] = True
    assert math.isnan(analysis.mean_isi_cv(spikes_of(fires)))
    assert analysis.mean_isi_cv(spikes_of(fires), min_intervals=2) == 0


@pytest.mark.parametrize("frequency_hz", [5, 12, 40])
def test_spectrum_finds_a_rhythm(frequency_hz):
    rng = np.random.default_rng(2)
    times_s = np.arange(10_000) / 1000
    rate = 10 * (1 + np.sin(2 * np.pi * frequency_hz * times_s))
    fires = rng.random((10_000, 100)) < rate[:, None] / 1000
    peak = analysis.spectrum_peak(spikes_of(fires))
    assert peak.frequency_hz == pytest.approx(frequency_hz, abs=0.5)
    assert peak.prominence > 20


def test_spectrum_of_noise_has_no_prominent_peak():
    rng = np.random.default_rng(3)
    peak = analysis.spectrum_peak(spikes_of(poisson(rng, 10, 20_000, 100)))
    assert peak.prominence < 6


def test_spectrum_without_spikes_or_time():
    silent = analysis.spectrum_peak(spikes_of(np.zeros((5000, 2), bool)))
    assert math.isnan(silent.frequency_hz)
    short = analysis.spectrum_peak(spikes_of(np.ones((4, 2), bool)))
    assert math.isnan(short.frequency_hz)


def test_synchrony_from_independent_to_identical():
    rng = np.random.default_rng(4)
    independent = spikes_of(poisson(rng, 20, 50_000, 100))
    assert analysis.synchrony(independent, 100) == pytest.approx(0.1, rel=0.1)
    one = poisson(rng, 20, 50_000, 1)
    same = spikes_of(np.repeat(one, 100, axis=1))
    assert analysis.synchrony(same, 100) == pytest.approx(1)
    assert analysis.fano_factor(same) > 50 * analysis.fano_factor(independent)


def test_synchrony_agrees_with_its_definition():
    rng = np.random.default_rng(5)
    fires = poisson(rng, 50, 1003, 7) | poisson(rng, 20, 1003, 1)
    counts = fires[:1000].reshape(200, 5, 7).sum(axis=1)
    expected = np.sqrt(counts.mean(axis=1).var() / counts.var(axis=0).mean())
    assert analysis.synchrony(spikes_of(fires), 7) == pytest.approx(expected)


def test_silence_has_no_synchrony():
    silent = spikes_of(np.zeros((100, 2), bool))
    assert math.isnan(analysis.synchrony(silent, 2))
    assert math.isnan(analysis.fano_factor(silent))
