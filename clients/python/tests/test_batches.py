# SPDX-License-Identifier: Apache-2.0
"""What all batches have in common: comparison, and one out of several."""

from dataclasses import replace

import numpy as np
import pytest

import spiked
from spiked.streams.rate_stream import RateBatch, RateGroup
from spiked.streams.state_stream import StateBatch

GROUP = RateGroup("p", None, 4)


def spikes(first, end):
    steps = np.arange(first, end)
    return spiked.SpikeBatch(steps, steps % 3, first, end, 0.1)


def rates(first, end):
    counts = np.arange(first, end, dtype=np.int32)[:, None]
    return RateBatch(first, counts, (GROUP,), 1, 0.1)


def states(first, end):
    steps = np.arange(first, end)
    values = steps[:, None, None] * np.ones((1, 2, 3))
    return StateBatch(steps, values, ("v_mv", "u"), np.arange(3), 0.1)


KINDS = [spikes, rates, states]


@pytest.mark.parametrize("make", KINDS)
def test_comparison_is_one_truth(make):
    assert make(0, 10) == make(0, 10)
    assert make(0, 10) == replace(make(0, 10), sequence=7, session_step=3)
    assert make(0, 10) != make(0, 11)
    assert make(0, 10) != make(1, 11)
    assert make(0, 10) != replace(make(0, 10), dropped=1)
    assert make(0, 10) != replace(make(0, 10), dt_ms=0.2)
    assert make(0, 10) != "a batch"
    assert make(0, 10) in [make(1, 2), make(0, 10)]


def test_values_that_are_no_numbers_are_equal():
    batch = states(0, 2)
    batch.values[0] = np.nan
    assert batch == replace(batch, values=batch.values.copy())


@pytest.mark.parametrize("make", KINDS)
def test_parts_make_the_whole(make):
    concatenate = type(make(0, 1)).concatenate
    assert concatenate([make(0, 3), make(3, 4), make(4, 9)]) == make(0, 9)
    assert concatenate([make(5, 6)]) == make(5, 6)


@pytest.mark.parametrize("make", KINDS)
@pytest.mark.parametrize(
    "change, text",
    [
        (lambda make: [], "at least one"),
        (lambda make: [make(0, 3), make(4, 6)], r"batches\[1\]: something is"),
        (lambda make: [make(0, 3), make(2, 6)], r"batches\[1\]: begins at"),
        (
            lambda make: [make(0, 3), make(3, 6), replace(make(6, 7), epoch=1)],
            r"batches\[2\]: epoch is 1, that of batches\[0\] is 0",
        ),
        (
            lambda make: [make(0, 3), replace(make(3, 6), dt_ms=0.5)],
            r"batches\[1\]: dt_ms is 0.5",
        ),
        (
            lambda make: [make(0, 3), replace(make(3, 6), dropped=4)],
            "and 4 were dropped",
        ),
    ],
)
def test_parts_with_gaps_are_refused(make, change, text):
    batches = change(make)
    with pytest.raises(ValueError, match=text):
        type(make(0, 1)).concatenate(batches)


@pytest.mark.parametrize("make", [spikes, states])
def test_gaps_can_be_allowed(make):
    whole = type(make(0, 1)).concatenate(
        [make(0, 3), replace(make(5, 6), dropped=4)], allow_gaps=True
    )
    assert whole.dropped == 4
    np.testing.assert_array_equal(whole.steps, [0, 1, 2, 5])


def test_what_is_recorded_must_be_the_same():
    other = replace(states(3, 6), neurons=np.arange(3) + 1)
    with pytest.raises(ValueError, match="neurons is"):
        StateBatch.concatenate([states(0, 3), other])
    with pytest.raises(ValueError, match="bin_steps is 2"):
        RateBatch.concatenate([rates(0, 3), replace(rates(3, 6), bin_steps=2)])


def test_state_is_indexed_by_the_name_of_a_variable():
    batch = states(0, 2)
    assert batch["u"].shape == (2, 3)
    with pytest.raises(KeyError, match="the batch has v_mv, u"):
        batch["w"]
    empty = replace(batch, steps=batch.steps[:0], values=batch.values[:0])
    with pytest.raises(TypeError, match="name of a variable.* 0 samples"):
        empty[0]


@pytest.mark.parametrize("dt_ms", [0.1, 0.25, 0.5, 1.0, 0.02, 1 / 3])
def test_windows_that_follow_each_other_have_each_step_once(dt_ms):
    steps = np.arange(2000)
    batch = spiked.SpikeBatch(steps, steps, 0, 2000, dt_ms)
    for width in (1, 3, 7):
        begins = np.arange(0, 2000, width) * dt_ms
        for begin_ms in begins:
            window = batch.between_ms(begin_ms, begin_ms + width * dt_ms)
            first = round(begin_ms / dt_ms)
            assert window.first_step == first
            assert window.end_step == min(2000, first + width)


def test_steps_in_between_times_belong_to_their_beginning():
    batch = spikes(0, 10)  # of 0.1 ms
    window = batch.between_ms(0.25, 0.55)
    assert (window.first_step, window.end_step) == (3, 6)
