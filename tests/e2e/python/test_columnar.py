# SPDX-License-Identifier: Apache-2.0
"""The columnar network, as the demo and the benchmarks run it."""

import numpy as np
import pytest

from spiked import analysis


@pytest.fixture(scope="module")
def run(server, columnar):
    """Returns a function that gives the spikes of 500 ms for a seed."""
    from spiked import Client

    with Client(server.address) as client:

        def spikes(**arguments):
            with client.create_session(
                columnar, pacing="lockstep", **arguments
            ) as session:
                return session.advance(duration_ms=500)

        yield spikes


def test_has_the_seeds_neurons_and_synapses(client, columnar):
    session = client.create_session(columnar)
    assert session.info.neuron_count == 2000
    assert session.info.synapse_count == pytest.approx(109_320, rel=0.01)
    sizes = {name: p.size for name, p in session.populations.items()}
    assert sizes == {
        "motor": 200,
        "sensory": 200,
        "afferent": 200,
        "efferent": 200,
        "internal": 1200,
    }
    assert {p.column_count for p in session.populations.values()} == {20}


def test_same_seed_gives_the_same_spikes(run):
    first, again, other = run(seed=5), run(seed=5), run(seed=6)
    np.testing.assert_array_equal(first.steps, again.steps)
    np.testing.assert_array_equal(first.neurons, again.neurons)
    assert not np.array_equal(first.neurons, other.neurons)


def test_slices_and_encodings_change_nothing(run, client, columnar):
    whole = run()
    session = client.create_session(columnar, pacing="lockstep")
    parts = [
        session.advance(count, encoding=encoding)
        for count, encoding in (
            (1, "fixed32_bytes"),
            (249, "delta_varint"),
            (0, "delta_varint"),
            (250, "fixed32_bytes"),
        )
    ]
    assert [part.end_step for part in parts] == [1, 250, 250, 500]
    np.testing.assert_array_equal(
        np.concatenate([part.neurons for part in parts]), whole.neurons
    )
    np.testing.assert_array_equal(
        np.concatenate([part.steps for part in parts]), whole.steps
    )


def test_activity_is_that_of_the_published_rule(run):
    rate_hz = analysis.mean_rate_hz(run(), 2000)
    assert 3 < rate_hz < 12


def test_a_current_into_three_columns_is_seen_there_and_only_there(
    client, columnar
):
    session = client.create_session(columnar, pacing="lockstep")
    sensory = session.populations["sensory"]
    session.inject(
        "sensory",
        columns=[3, 4, 5],
        current=15.0,
        duration_ms=200,
        start_ms=100,
    )
    spikes = session.advance(duration_ms=400)
    stimulated = np.isin(spikes.neurons, sensory.columns([3, 4, 5]))
    others = np.isin(spikes.neurons, sensory.columns([0, 1, 2, 6, 7, 8]))
    during = spikes.where(stimulated).between_ms(100, 300)
    assert analysis.mean_rate_hz(during, 30) > 50
    after = spikes.where(stimulated).between_ms(310, 400)
    assert analysis.mean_rate_hz(after, 30) < 20
    elsewhere = spikes.where(others).between_ms(100, 300)
    assert analysis.mean_rate_hz(elsewhere, 60) < 20
    # From the first step of the stimulus on, and not before, spikes differ.
    session.reset()
    undisturbed = session.advance(duration_ms=400)
    np.testing.assert_array_equal(
        spikes.between_ms(0, 100).neurons,
        undisturbed.between_ms(0, 100).neurons,
    )
    assert (
        len(
            undisturbed.where(
                np.isin(undisturbed.neurons, sensory.columns([3, 4, 5]))
            )
        )
        < len(during) / 4
    )


def test_mixed_network_is_active_and_not_saturated(client, columnar):
    session = client.create_session(
        columnar.with_name("columnar_mixed.yaml"), pacing="lockstep"
    )
    spikes = session.advance(duration_ms=1500).between_ms(500, 1500)
    rates_hz = analysis.mean_rates_hz(spikes, session.populations.values())
    assert all(2 < rate < 30 for rate in rates_hz.values()), rates_hz
