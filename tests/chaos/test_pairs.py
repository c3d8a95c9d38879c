# SPDX-License-Identifier: Apache-2.0
"""Covering arrays have what they promise."""

import itertools

import pytest

from pairs import covering_array


@pytest.mark.parametrize(
    "counts",
    [[1], [5], [5, 3], [2] * 30, [6, 5, 1, 4, 6, 2] * 4, [5] * 37, [12] * 20],
    ids=str,
)
def test_every_pair_of_values_of_two_fields_occurs(counts):
    rows = list(covering_array(counts))
    for i, j in itertools.combinations(range(len(counts)), 2):
        assert {(row[i], row[j]) for row in rows} == set(
            itertools.product(range(counts[i]), range(counts[j]))
        )
    assert {row[0] for row in rows} == set(range(counts[0]))


def test_rows_are_few():
    assert len(list(covering_array([5] * 6))) == 25
    assert len(list(covering_array([6] * 260))) == 3 * 49


def test_no_fields_have_no_rows():
    assert list(covering_array([])) == []
