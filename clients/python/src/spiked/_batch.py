# SPDX-License-Identifier: Apache-2.0
"""What all batches of recorded data have in common."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

import numpy as np


class Batch(Protocol):
    """Data of consecutive steps of one epoch; a dataclass."""

    @property
    def dt_ms(self) -> float: ...
    @property
    def epoch(self) -> int: ...
    @property
    def dropped(self) -> int: ...


AnyBatch = TypeVar("AnyBatch", bound=Batch)


def equal(one: Any, other: Any) -> bool:
    """Whether two batches have the same data, arrays bit by bit.

    Fields that only tell how the data came, such as `sequence`, don't count.
    """
    if other.__class__ is not one.__class__:
        return False
    return all(
        _same(getattr(one, field.name), getattr(other, field.name))
        for field in dataclasses.fields(one)
        if field.compare
    )


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray):
        return (
            isinstance(other, np.ndarray)
            and one.dtype == other.dtype
            and np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
        )
    return bool(one == other)


def check_joins(
    batches: Sequence[AnyBatch],
    begins: Sequence[int],
    ends: Sequence[int],
    *same: str,
    allow_gaps: bool,
) -> None:
    """Checks that batches follow each other.

    Args:
      batches: at least one.
      begins: the step at which each begins.
      ends: the step after its end.
      *same: fields that all batches share, beside `dt_ms` and `epoch`.
      allow_gaps: whether something may be missing between them.

    Raises:
      ValueError: they don't; the message says which and why.
    """
    if not batches:
        raise ValueError("batches: at least one is needed")
    for name in ("epoch", "dt_ms", *same):
        for i, batch in enumerate(batches):
            first = getattr(batches[0], name)
            if not _same(getattr(batch, name), first):
                raise ValueError(
                    f"batches[{i}]: {name} is {getattr(batch, name)}, that of "
                    f"batches[0] is {first}"
                )
    for i in range(1, len(batches)):
        if begins[i] < ends[i - 1]:
            raise ValueError(
                f"batches[{i}]: begins at step {begins[i]}, but the one before "
                f"it ends at {ends[i - 1]}"
            )
        if allow_gaps:
            continue
        if batches[i].dropped or begins[i] > ends[i - 1]:
            raise ValueError(
                f"batches[{i}]: something is missing before it: the one before "
                f"ends at step {ends[i - 1]}, it begins at {begins[i]}, and "
                f"{batches[i].dropped} were dropped; allow_gaps=True joins "
                "them all the same"
            )
