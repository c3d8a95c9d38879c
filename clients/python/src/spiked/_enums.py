# SPDX-License-Identifier: Apache-2.0
"""Enum values by the names that people write: "real_time", "free_run"."""

from __future__ import annotations

from typing import Any


def enum_number(enum_type: Any, value: str | int | None, argument: str) -> Any:
    """Returns the number of an enum value.

    Args:
      enum_type: the generated enum, e.g. `v1.Pacing`.
      value: a name in any case, a number of the enum, or None for its default.
      argument: the name of the argument, for the error.

    Raises:
      ValueError: the enum has no such value.
    """
    if value is None:
        return 0
    numbers = dict(enum_type.items())
    number = numbers.get(value.upper()) if isinstance(value, str) else value
    if number not in numbers.values():
        names = ", ".join(
            f'"{name.lower()}"' for name, n in numbers.items() if n != 0
        )
        raise ValueError(f"{argument}: {value!r}: must be one of {names}")
    return number
