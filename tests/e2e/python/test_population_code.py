# SPDX-License-Identifier: Apache-2.0
"""Encoded values appear as the place of the activity.

The network is clients/networks/population_code.yaml.
"""

import numpy as np
import pytest


@pytest.fixture
def senses(client, population_code):
    """A lockstep session of the network; it is silent until values come."""
    return client.create_session(population_code, pacing="lockstep")


def counts_of(session, duration_ms=500):
    """Runs, and returns the spikes of each neuron by population."""
    spikes = session.advance(duration_ms=duration_ms)
    return {
        name: np.bincount(
            spikes.neurons[p.contains(spikes.neurons)] - p.first_neuron,
            minlength=p.size,
        )
        for name, p in session.populations.items()
    }


def place(counts):
    """The mean of the preferred places, weighted by spikes."""
    return np.arange(len(counts)) @ counts / counts.sum() / (len(counts) - 1)


def test_nothing_comes_of_nothing(senses):
    assert all(c.sum() == 0 for c in counts_of(senses).values())


@pytest.mark.parametrize("value", [0.2, 0.5, 0.8])
def test_currents_and_rates_are_tuned_to_the_value(senses, value):
    senses.encode("eye", value)
    senses.encode("ear", value)
    counts = counts_of(senses, 1000)
    preferred = np.arange(100) / 99
    tuning = np.exp(-((preferred - value) ** 2) / (2 * 0.1**2))
    # Poisson counts of at most 80 Hz.
    expected = 80 * tuning
    assert np.all(np.abs(counts["ear"] - expected) <= 5 * np.sqrt(expected) + 2)
    # lif_exp: 40 MOhm, 10 ms, 15 mV, 2 ms; a spike more or less at the ends.
    current = 600 * tuning
    with np.errstate(invalid="ignore", divide="ignore"):
        interval_ms = 10 * np.log(current / (current - 375)) + 2
    expected = np.where(current > 375, 1000 / interval_ms, 0)
    assert np.all(np.abs(counts["eye"] - expected) <= 2)
    for name in ("eye", "ear", "both"):
        assert place(counts[name]) == pytest.approx(value, abs=0.02), name


def test_activity_follows_the_values(senses):
    for value in (0.3, 0.6, 0.4):
        senses.encode("eye", value)
        senses.encode("ear", value)
        counts_of(senses, 50)  # earlier activity decays
        for counts in counts_of(senses).values():
            assert place(counts) == pytest.approx(value, abs=0.03)


def test_one_sense_or_two_that_disagree_are_not_enough(senses):
    def both():
        return counts_of(senses, 1000)["both"].sum()

    senses.encode("eye", 0.25)
    eye_alone = both()
    senses.encode("ear", 0.75)
    apart = both()
    senses.encode("ear", 0.25)
    together = both()
    assert together > 300
    assert max(eye_alone, apart) < together / 20


def test_values_beyond_the_range_are_its_ends(senses):
    senses.encode("ear", 7)
    assert place(counts_of(senses)["ear"]) > 0.9
