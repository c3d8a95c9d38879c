# SPDX-License-Identifier: Apache-2.0
"""What selects neurons and columns, in every function that takes them."""

import numpy as np
import pytest

import spiked
from spiked._selection import selected

GOOD = {
    "all": (None, []),
    "a number": (3, [3]),
    "a NumPy number": (np.int32(3), [3]),
    "a list": ([2, 0, 2], [2, 0, 2]),
    "a tuple of NumPy numbers": ((np.uint8(1), np.int64(2)), [1, 2]),
    "a range": (range(1, 6, 2), [1, 3, 5]),
    "a generator": ((n * n for n in range(3)), [0, 1, 4]),
    "a set": ({7}, [7]),
    "an array": (np.array([4, 1]), [4, 1]),
    "an array of unsigned numbers": (np.array([4, 1], np.uint8), [4, 1]),
    "a mask": (np.array([True, False, True]), [0, 2]),
    "a mask as a list": ([False, True, False], [1]),
    "a negative number, which the server refuses": ([-1], [-1]),
}
BAD = {
    "nothing": ([], "empty: None means all"),
    "an empty array": (np.array([], int), "empty: None means all"),
    "an empty array without a type": (np.array([]), "empty"),
    "a mask that selects none": ([False] * 3, "the mask selects none"),
    "an empty mask": (np.array([], bool), "0 elements; there are 3"),
    "a mask of another length": (np.ones(4, bool), "4 elements; there are 3"),
    "floats": ([1.0, 2.0], "1.0: must be whole numbers"),
    "an array of floats": (np.array([1.5]), "1.5: must be whole numbers"),
    "one float": (2.0, "2.0: must be whole numbers"),
    "text": ("12", "'12': is text"),
    "a list of text": (["1"], "'1': must be whole numbers"),
    "an array of text": (np.array(["1"]), "'1': must be whole numbers"),
    "None among numbers": ([1, None], "None: must be whole numbers"),
    "booleans among numbers": ([1, True], "True: must be whole numbers"),
    "two dimensions": (np.zeros((2, 2), int), "has 2 dimensions"),
}


@pytest.mark.parametrize("given, wanted", GOOD.values(), ids=GOOD)
def test_selects(given, wanted):
    assert selected(given, "neurons", 3) == wanted
    assert all(type(index) is int for index in selected(wanted or None, "n"))


@pytest.mark.parametrize("given, text", BAD.values(), ids=BAD)
def test_refuses(given, text):
    with pytest.raises(ValueError, match="^neurons: ") as refused:
        selected(given, "neurons", 3)
    assert text in str(refused.value)


def functions():
    """All functions of the package that select, as (name, argument, call)."""
    parameters = {"a": 1.0}
    return [
        pytest.param(argument, call, id=f"{name}-{argument}")
        for name, argument, call in [
            (
                "stimulus",
                "neurons",
                lambda n: spiked.stimulus("p", neurons=n, weight=1),
            ),
            (
                "stimulus",
                "columns",
                lambda n: spiked.stimulus("p", columns=n, weight=1),
            ),
            (
                "set_parameters",
                "neurons",
                lambda n: spiked.set_parameters("p", parameters, neurons=n),
            ),
            (
                "set_state",
                "neurons",
                lambda n: spiked.set_state("p", parameters, neurons=n),
            ),
            (
                "silence",
                "neurons",
                lambda n: spiked.silence("p", neurons=n),
            ),
        ]
    ]


@pytest.mark.parametrize("argument, call", functions())
def test_all_functions_take_masks_and_refuse_the_same(argument, call):
    message = call(np.array([False, True]))
    field = "columns" if argument == "columns" else "neuron_indices"
    assert f"{field}: 1" in str(message)
    for given, text in BAD.values():
        if "there are 3" in text:
            continue  # the size isn't known here
        with pytest.raises(ValueError, match=f"^{argument}: "):
            call(given)
