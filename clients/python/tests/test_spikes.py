# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from spiked import Population, SpikeBatch


def batch(steps, neurons, first_step=0, end_step=10, **fields):
    return SpikeBatch(
        np.array(steps), np.array(neurons), first_step, end_step, 0.5, **fields
    )


def test_spikes_are_stamped_at_the_end_of_their_step():
    np.testing.assert_array_equal(batch([0, 3], [1, 1]).times_ms, [0.5, 2.0])


def test_choosing_population_and_time():
    population = Population("p", "", "m", first_neuron=2, size=2)
    chosen = batch([0, 1, 5, 9], [1, 2, 3, 4]).of(population)
    np.testing.assert_array_equal(chosen.neurons, [2, 3])
    between = chosen.between_ms(2, 100)
    np.testing.assert_array_equal(between.steps, [5])
    assert (between.first_step, between.end_step) == (4, 10)
    assert len(chosen.between_ms(50, 60)) == 0


def test_concatenation():
    whole = SpikeBatch.concatenate(
        [batch([1], [0], dropped=2), batch([10], [0], 10, 20)]
    )
    assert (whole.first_step, whole.end_step, whole.dropped) == (0, 20, 2)
    np.testing.assert_array_equal(whole.steps, [1, 10])


def test_epochs_are_not_mixed():
    with pytest.raises(ValueError, match=r"batches\[1\]: epoch is 1"):
        SpikeBatch.concatenate([batch([], []), batch([], [], epoch=1)])
    with pytest.raises(ValueError, match="at least one"):
        SpikeBatch.concatenate([])


def test_columns_of_a_population():
    population = Population("p", "", "m", 100, size=12, column_count=4)
    np.testing.assert_array_equal(
        population.columns([3, 0]), [109, 110, 111, 100, 101, 102]
    )
    assert population.column_size == 3
    with pytest.raises(ValueError, match="columns 0 to 3"):
        population.columns([4])
