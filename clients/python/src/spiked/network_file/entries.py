# SPDX-License-Identifier: Apache-2.0
"""The effective entries of a mapping."""

from __future__ import annotations

from collections.abc import Callable

from spiked.network_file.node import Entry, Node


def effective_entries(
    node: Node,
    name_of: Callable[[str], str] = str,
    on_duplicate: Callable[[str, Entry, Entry], None] | None = None,
) -> dict[str, Entry]:
    """Returns the entries of a mapping by name, one each.

    Own entries replace merged ones; otherwise the first one is used.

    Args:
      node: the mapping; other nodes have no entries.
      name_of: returns the name of a key, as several keys may have one meaning.
      on_duplicate: called with (name, second entry, first entry) for two own
        entries of one name.
    """
    chosen: dict[str, Entry] = {}
    for entry in node.entries():
        name = name_of(entry.key)
        before = chosen.get(name)
        if before is None or (before.merged and not entry.merged):
            chosen[name] = entry
        elif not entry.merged and on_duplicate is not None:
            on_duplicate(name, entry, before)
    return chosen
