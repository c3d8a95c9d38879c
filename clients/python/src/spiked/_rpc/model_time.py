# SPDX-License-Identifier: Apache-2.0
"""Conversion of milliseconds of model time to steps."""

from __future__ import annotations

import math


def tolerance(steps: float) -> float:
    """Returns how far, in steps, a time may be from the grid.

    That is the rounding of times that users compute: a millionth of a step, and
    a few units of the last place. The server has the same tolerance.
    """
    return 1e-6 + 2.0**-50 * abs(steps)


def to_steps(time_ms: float, dt_ms: float, argument: str) -> int:
    """Returns the number of steps in `time_ms`.

    Raises:
      ValueError: `time_ms` is not finite, or not a whole multiple of `dt_ms`
        (see tolerance): rounding it here would hide a mistake.
    """
    steps = time_ms / dt_ms if dt_ms > 0 else math.nan
    if not math.isfinite(steps) or abs(steps - round(steps)) > tolerance(steps):
        raise ValueError(
            f"{argument}: {time_ms!r}: must be a whole multiple of the step, "
            f"{dt_ms:g} ms"
        )
    return round(steps)


def first_step_at(time_ms: float, dt_ms: float) -> int:
    """Returns the first step that begins at `time_ms` or later.

    A time that is after a step's beginning by its rounding is that beginning:
    0.1 + 0.2 is more than 0.3.
    """
    steps = time_ms / dt_ms
    return math.ceil(steps - tolerance(steps))


def steps_of(
    steps: int | None,
    time_ms: float | None,
    dt_ms: float,
    names: tuple[str, str],
) -> int | None:
    """Returns the steps, given as steps or in ms; None if neither is given.

    Args:
      steps: the number of steps, or None.
      time_ms: the same in ms, or None.
      dt_ms: the length of a step in ms.
      names: the names of the two arguments, for the errors.

    Raises:
      ValueError: both are given, or `time_ms` is not a multiple of `dt_ms`.
    """
    if time_ms is None:
        return steps
    if steps is not None:
        raise ValueError(f"give {names[0]} or {names[1]}, not both")
    return to_steps(time_ms, dt_ms, names[1])
