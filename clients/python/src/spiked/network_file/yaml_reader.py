# SPDX-License-Identifier: Apache-2.0
"""Reads YAML 1.2 (and so JSON) into nodes that know their lines.

PyYAML's parser, which is libyaml, provides structure and texts without values.
This module decides which texts are numbers, by the core schema of YAML 1.2:
`1e-3`, `010` (ten) and `0o10` (eight) are; `on`, `no`, `1_000` and `1:30` are
text. Anchors, aliases and merge keys (`<<`) work.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import yaml

from spiked.network_file.entries import effective_entries
from spiked.network_file.node import Entry, Node, Scalar
from spiked.network_file.problems import Problem, network_error

if TYPE_CHECKING:
    from yaml import SafeLoader as _FastestLoader
else:
    # PyYAML may have been built without libyaml.
    _FastestLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_PREFIX = "tag:yaml.org,2002:"
_MERGE = "<<"
# Deepest nesting of lists and mappings. Networks need about ten levels.
_MAX_DEPTH = 100

_NULLS = dict.fromkeys(("", "~", "null", "Null", "NULL"))
_BOOLS = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(
    r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"
    r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
)
_FIRST_OF_NUMBERS = frozenset("-+.0123456789")


def read_yaml(text: str, source: str) -> Node:
    """Returns the document in `text`.

    Args:
      text: one YAML or JSON document.
      source: name of the file, for errors.

    Raises:
      InvalidNetworkError: it is not one well-formed document.
    """
    try:
        return _Builder(text).document()
    except _Malformed as error:
        problem = Problem("", error.line, error.text)
    except yaml.MarkedYAMLError as error:
        problem = _syntax_problem(error)
    except yaml.reader.ReaderError as error:
        character = chr(error.character)
        problem = Problem(
            "",
            text.count("\n", 0, text.find(character)) + 1,
            f"unacceptable character {character!a}: {error.reason}",
        )
    raise network_error(source, [problem])


def _syntax_problem(error: yaml.MarkedYAMLError) -> Problem:
    """Returns the parser's problem and the begin of the part it parsed."""
    text = error.problem or "malformed YAML"
    mark = error.problem_mark or error.context_mark
    if error.context and error.context_mark:
        text += f" {error.context} from line {error.context_mark.line + 1}"
    return Problem("", mark.line + 1 if mark else None, text)


class _Malformed(Exception):
    def __init__(self, line: int | None, text: str) -> None:
        super().__init__(text)
        self.line = line
        self.text = text


class _Builder:
    """Turns the parser's events into nodes; an alias is the node it names."""

    def __init__(self, text: str) -> None:
        self._events: Iterator[Any] = yaml.parse(text, Loader=_FastestLoader)
        self._anchors: dict[str, Node] = {}
        # Identities of lists and mappings that are still open.
        self._open: set[int] = set()

    def document(self) -> Node:
        next(self._events)  # begin of the stream
        if isinstance(next(self._events), yaml.StreamEndEvent):
            raise _Malformed(1, "the file is empty")
        root = self._node(next(self._events))
        next(self._events)  # end of the document
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise _Malformed(_line(after), "a second document begins")
        return root

    def _node(self, event: Any) -> Node:
        if isinstance(event, yaml.ScalarEvent):
            return self._named(
                event, Node(_scalar(event), _line(event), event.value)
            )
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        node = self._named(event, Node([], _line(event), is_mapping=is_mapping))
        if len(self._open) == _MAX_DEPTH:
            raise _Malformed(node.line, f"nested more than {_MAX_DEPTH} deep")
        self._open.add(id(node))
        node.content = self._entries() if is_mapping else self._elements()
        self._open.remove(id(node))
        return node

    def _named(self, event: Any, node: Node) -> Node:
        """Returns the node and stores it under the event's anchor, if any."""
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _alias(self, event: yaml.AliasEvent) -> Node:
        node = self._anchors.get(str(event.anchor))
        if node is None:
            raise _Malformed(_line(event), "found undefined alias")
        if id(node) in self._open:
            raise _Malformed(node.line, "an anchor contains its own alias")
        return node

    def _elements(self) -> list[Node]:
        elements = []
        while not isinstance(
            event := next(self._events), yaml.SequenceEndEvent
        ):
            elements.append(self._node(event))
        return elements

    def _entries(self) -> list[Entry]:
        entries: list[Entry] = []
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._node(event)
            if isinstance(key.content, list):
                raise _Malformed(_line(event), "a key must be text")
            value = self._node(next(self._events))
            if _is_merge(event):
                entries += _merged_entries(value)
            else:
                entries.append(Entry(key.text, _line(event), value))
        return entries


def _is_merge(event: yaml.Event) -> bool:
    return (
        isinstance(event, yaml.ScalarEvent)
        and event.value == _MERGE
        and not event.style
    )


def _merged_entries(node: Node) -> list[Entry]:
    """Returns the entries of `<<: node`; the first of a name wins."""
    merged: dict[str, Entry] = {}
    for source in node.elements() if node.is_list else [node]:
        if not source.is_mapping:
            raise _Malformed(source.line, "`<<` takes mappings only")
        for key, e in effective_entries(source).items():
            merged.setdefault(key, Entry(key, e.line, e.node, True))
    return list(merged.values())


def _scalar(event: yaml.ScalarEvent) -> Scalar:
    text: str = event.value
    tag: str | None = event.tag
    if tag is None:
        kind = _kind(text) if event.implicit[0] else "str"
    else:
        kind = "str" if tag == "!" else tag.removeprefix(_PREFIX)
    if kind == "str":
        return text
    if kind not in _VALUES:
        raise _Malformed(_line(event), f"unknown tag {tag}")
    try:
        return _VALUES[kind](text)
    except (KeyError, ValueError):
        raise _Malformed(_line(event), f'"{text}" is no {kind}') from None


def _kind(text: str) -> str:
    """Returns the kind of a text that has no quotes and no tag."""
    if text[:1] in _FIRST_OF_NUMBERS:
        if _INTEGER.fullmatch(text):
            return "int"
        if _FLOAT.fullmatch(text):
            return "float"
    if text in _BOOLS:
        return "bool"
    return "null" if text in _NULLS else "str"


def _integer(text: str) -> int:
    if not _INTEGER.fullmatch(text):
        raise ValueError
    base = {"0o": 8, "0x": 16}.get(text[:2])
    return int(text[2:], base) if base else int(text)


def _float(text: str) -> float:
    if not _FLOAT.fullmatch(text):
        raise ValueError
    return float(re.sub(r"\.(?=[inIN])", "", text))


_VALUES: dict[str, Callable[[str], Scalar]] = {
    "bool": _BOOLS.__getitem__,
    "float": _float,
    "int": _integer,
    "null": _NULLS.__getitem__,
}


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1
