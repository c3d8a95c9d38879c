# SPDX-License-Identifier: Apache-2.0
"""Finds the line of a field path in the file of the network."""

from __future__ import annotations

import json
import re

from spiked.network_file.entries import effective_entries
from spiked.network_file.node import Node

_PART = re.compile(
    r'\.?(?P<name>[A-Za-z_]\w*)|\[(?P<index>\d+)\]|\[(?P<key>"(?:[^"\\]|\\.)*")\]'
)


def line_of(root: Node, path: str) -> int | None:
    """Returns the line of a path, or of its longest part in the file.

    Args:
      root: the network.
      path: from the server, e.g. `network.populations[3].parameters["a"]`;
        begins with "network".
    """
    line, node = root.line, root
    for part in _PART.finditer(path.removeprefix("network")):
        found = _child(node, part)
        if found is None:
            break
        line, node = found
    return line


def _child(node: Node, part: re.Match[str]) -> tuple[int | None, Node] | None:
    """Returns one part of a path with its line; None if it isn't there."""
    if node.numbers is not None:  # without lines
        return None
    if part["index"]:
        elements = list(node.elements())
        index = int(part["index"])
        if index >= len(elements):
            return None
        return elements[index].line, elements[index]
    if part["key"]:
        found = effective_entries(node).get(json.loads(part["key"]))
    else:
        found = effective_entries(node, _snake_case).get(part["name"])
    return None if found is None else (found.line, found.node)


def _snake_case(name: str) -> str:
    """Returns deltaMs as delta_ms; other names as they are."""
    return re.sub(r"(?<=[a-z0-9])[A-Z]", lambda m: f"_{m[0].lower()}", name)
