# SPDX-License-Identifier: Apache-2.0
"""What users pass to select neurons or columns, as a list of indices.

On the wire an empty list means all. Here only None does: an empty selection is
mostly a mistake, such as a mask that is never true, and stimulating all neurons
instead would be the opposite of what was meant.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

Indices = int | Iterable[int] | npt.NDArray[Any]
"""Indices from 0: a number, numbers, or a boolean mask with one element for
each neuron or column, which selects those where it is true."""


def selected(
    indices: Indices | None, argument: str, size: int | None = None
) -> list[int]:
    """Returns the selected indices; an empty list only for None: all.

    Args:
      indices: see `Indices`.
      argument: its name, for errors.
      size: how many there are; a mask must have that length. None: unknown.

    Raises:
      ValueError: nothing is selected, a mask has another length, or something
        is no whole number.
    """
    if indices is None:
        return []
    if isinstance(indices, (str, bytes)):
        raise ValueError(
            f"{argument}: {indices!r}: is text; give indices, as [0, 1]"
        )
    if isinstance(indices, (range, np.ndarray)):
        chosen = np.atleast_1d(np.asarray(indices))
    elif isinstance(indices, Iterable):
        chosen = _array(list(indices), argument)
    else:
        chosen = _array([indices], argument)
    if chosen.ndim != 1:
        raise ValueError(
            f"{argument}: has {chosen.ndim} dimensions; give one list"
        )
    if chosen.dtype == np.bool_:
        if size is not None and len(chosen) != size:
            raise ValueError(
                f"{argument}: a mask of {len(chosen)} elements; there are "
                f"{size} to select from"
            )
        chosen = np.flatnonzero(chosen)
        if not len(chosen):
            raise ValueError(
                f"{argument}: the mask selects none; None means all"
            )
    if not len(chosen):
        raise ValueError(f"{argument}: empty: None means all")
    if chosen.dtype.kind not in "iu":
        raise ValueError(
            f"{argument}: {chosen[0].item()!r}: must be whole numbers or a "
            f"boolean mask, not {chosen.dtype}"
        )
    return [int(index) for index in chosen]


def _array(values: list[Any], argument: str) -> npt.NDArray[Any]:
    """Returns an array, without NumPy's silent conversions of mixed types."""
    kinds = {_kind(value) for value in values}
    if len(kinds) > 1 or kinds == {"other"}:
        odd = next(v for v in values if _kind(v) != "whole number")
        raise ValueError(
            f"{argument}: {odd!r}: must be whole numbers or a boolean mask, "
            "not a mixture or anything else"
        )
    return np.asarray(values)


def _kind(value: Any) -> str:
    if isinstance(value, (bool, np.bool_)):
        return "boolean"
    if isinstance(value, (int, np.integer)):
        return "whole number"
    return "other"
