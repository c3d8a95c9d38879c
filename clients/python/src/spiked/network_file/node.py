# SPDX-License-Identifier: Apache-2.0
"""A network as written in a file, with lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

Scalar = bool | int | float | str | None


@dataclass
class Node:
    """A scalar, a list or a mapping.

    Attributes:
      content: the scalar, the elements, or the entries in order (a key may
        come twice; the converter reports it).
      line: first line, counted from 1; None if there is no file.
      text: a scalar as written.
      numbers: the elements of a list without lines, if all are numbers; then
        `content` is empty. A node for each of millions would take minutes.
    """

    content: Scalar | list[Node] | list[Entry]
    line: int | None = None
    text: str = ""
    is_mapping: bool = field(default=False, kw_only=True)
    numbers: list[int | float] | None = field(default=None, kw_only=True)

    @property
    def is_list(self) -> bool:
        """Whether `content` is a list of elements."""
        return isinstance(self.content, list) and not self.is_mapping

    def entries(self) -> Iterator[Entry]:
        """Yields the entries of a mapping; nothing for other nodes."""
        if self.is_mapping:
            yield from cast("list[Entry]", self.content)

    def elements(self) -> Iterator[Node]:
        """Yields the elements of a list; nothing for other nodes."""
        if self.numbers is not None:
            yield from (Node(n, text=str(n)) for n in self.numbers)
        elif self.is_list:
            yield from cast("list[Node]", self.content)

    def describe(self) -> str:
        """Returns the given value for an error: short, on one line."""
        if self.is_mapping:
            keys = ", ".join(entry.key for entry in self.entries())
            return _shorten("{" + keys + "}")
        if self.is_list:
            count = len(list(self.elements()))
            return f"a list of {count}"
        if self.content is None:
            return "null"
        if isinstance(self.content, str):
            return _shorten(f'"{self.content}"')
        return _shorten(self.text or str(self.content))


@dataclass
class Entry:
    """A key of a mapping with its value.

    Attributes:
      key: the key as written.
      line: line of the key.
      node: the value.
      merged: whether `<<` brought the entry in; then an own key of the same
        name replaces it.
    """

    key: str
    line: int | None
    node: Node
    merged: bool = False


def _shorten(text: str, length: int = 60) -> str:
    text = " ".join(text.split())
    return text if len(text) <= length else text[: length - 3] + "..."
