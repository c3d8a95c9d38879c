# SPDX-License-Identifier: Apache-2.0
"""Enum values by names in any case: "real_time", "free_run"."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

if TYPE_CHECKING:
    from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper

Enum = TypeVar("Enum", bound=int)


def enum_number(
    enum_type: type[Enum], value: str | int | None, argument: str
) -> Enum:
    """Returns the number of an enum value.

    Args:
      enum_type: the generated enum, e.g. `v1.Pacing`.
      value: a name in any case, a number of the enum, or None for its default.
      argument: the name of the argument, for the error.

    Raises:
      ValueError: the enum has no such value.
    """
    if value is None:
        return cast("Enum", 0)
    # Type checkers see a class, but at run time it is an EnumTypeWrapper.
    numbers = dict(cast("EnumTypeWrapper", enum_type).items())
    number = numbers.get(value.upper()) if isinstance(value, str) else value
    if number not in numbers.values():
        names = ", ".join(
            f'"{name.lower()}"' for name, n in numbers.items() if n != 0
        )
        raise ValueError(f"{argument}: {value!r}: must be one of {names}")
    return cast("Enum", number)
