# SPDX-License-Identifier: Apache-2.0
"""Checks single values against the types of protobuf fields.

Accepts the values of protobuf's JSON mapping: numbers also as text, integers
also as 200.0, enums by name or number. Text of numbers is stricter than in
Python: no underscores, spaces or digits of other scripts.
"""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor

from spiked.network_file.node import Node
from spiked.network_file.problems import did_you_mean

_INT_BITS = {
    FieldDescriptor.TYPE_INT32: 32,
    FieldDescriptor.TYPE_SINT32: 32,
    FieldDescriptor.TYPE_SFIXED32: 32,
    FieldDescriptor.TYPE_INT64: 64,
    FieldDescriptor.TYPE_SINT64: 64,
    FieldDescriptor.TYPE_SFIXED64: 64,
}
_FLOATS = (FieldDescriptor.TYPE_DOUBLE, FieldDescriptor.TYPE_FLOAT)
_INTEGER_TEXT = re.compile(r"[-+]?[0-9]+")
_NUMBER_TEXT = re.compile(
    r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?|NaN|-?Infinity"
)


def scalar_value(node: Node, descriptor: FieldDescriptor) -> Any:
    """Returns the value of a node for a field that isn't a message.

    Raises:
      ValueError: the value doesn't fit; the text tells what is allowed.
    """
    if descriptor.type in _INT_BITS:
        return _integer(node.content, _INT_BITS[descriptor.type])
    if descriptor.type in _FLOATS:
        return _number(node.content)
    if descriptor.type == FieldDescriptor.TYPE_BOOL:
        if not isinstance(node.content, bool):
            raise ValueError("must be true or false")
        return node.content
    if descriptor.enum_type is not None:
        return _enum_number(node.content, descriptor.enum_type)
    if descriptor.type == FieldDescriptor.TYPE_STRING:
        return _text(node)
    raise NotImplementedError(f"{descriptor.full_name}: type in a network")


def bulk_values(
    numbers: list[int | float], descriptor: FieldDescriptor
) -> list[int | float] | None:
    """Returns the values of many numbers; None if not all of them fit."""
    if descriptor.type in _FLOATS:
        try:
            fits = bool(np.isfinite(np.asarray(numbers, np.float64)).all())
        except OverflowError:  # an integer with hundreds of digits
            fits = False
        return numbers if fits else None
    bits = _INT_BITS.get(descriptor.type)
    if bits is None or set(map(type, numbers)) != {int}:
        return None
    limit = 1 << (bits - 1)
    fits = -limit <= min(numbers) and max(numbers) < limit
    return numbers if fits else None


def _number(value: Any) -> float:
    try:
        if isinstance(value, bool):
            raise ValueError
        if isinstance(value, str) and not _NUMBER_TEXT.fullmatch(value):
            raise ValueError
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise ValueError("must be a number") from None
    if not math.isfinite(number):
        raise ValueError("must be a finite number")
    return number


def _integer(value: Any, bits: int) -> int:
    if isinstance(value, str):
        try:
            value = int(value) if _INTEGER_TEXT.fullmatch(value) else None
        except ValueError:  # the text has thousands of digits
            value = None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("must be an integer")
    limit = 1 << (bits - 1)
    if not -limit <= value < limit:
        raise ValueError(f"must be in [{-limit}, {limit - 1}] ({bits} bits)")
    return value


def _enum_number(value: Any, enum: EnumDescriptor) -> int:
    if isinstance(value, str) and value in enum.values_by_name:
        return enum.values_by_name[value].number
    if (
        isinstance(value, int)
        and not isinstance(value, bool)
        and value in enum.values_by_number
    ):
        return value
    names = [v.name for v in enum.values if v.number != 0]
    hint = did_you_mean(value.upper(), names) if isinstance(value, str) else ""
    raise ValueError(f"must be one of {', '.join(names)}{hint}")


def _text(node: Node) -> str:
    if not isinstance(node.content, str):
        quoted = f'; write "{node.text}"' if node.text else ""
        raise ValueError(f"must be text{quoted}")
    try:
        node.content.encode()
    except UnicodeEncodeError:
        raise ValueError("must be valid Unicode") from None
    return node.content
