# SPDX-License-Identifier: Apache-2.0
"""Turns mappings and lists of Python into nodes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from spiked.network_file.node import Entry, Node


def read_plain(value: Any) -> Node:
    """Returns a Python value as a node, without lines.

    Args:
      value: mappings, lists, tuples, arrays, numbers, text, bool and None.

    Raises:
      TypeError: it is, or contains, a value of another type.
    """
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, Mapping):
        entries = [
            Entry(str(key), None, read_plain(item))
            for key, item in value.items()
        ]
        return Node(entries, is_mapping=True)
    if isinstance(value, list | tuple):
        if value and set(map(type, value)) <= {int, float}:
            return Node([], numbers=list(value))
        return Node([read_plain(item) for item in value])
    if value is None or isinstance(value, bool | int | float | str):
        return Node(value, text=str(value))
    raise TypeError(
        f"a network is made of mappings, lists, numbers and text, not of "
        f"{type(value).__name__}: {value!r}"
    )
