# SPDX-License-Identifier: Apache-2.0
"""Reads YAML (and so JSON) into nodes that know their lines.

Anchors, aliases and merge keys (`<<`) work. Scalars follow YAML 1.2, not
PyYAML's 1.1: `1e-3` is a number, `on` and `no` are text, `010` is ten.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

from spiked.network_file.entries import effective_entries
from spiked.network_file.node import Entry, Node
from spiked.network_file.problems import Problem, network_error

_PREFIX = "tag:yaml.org,2002:"
_MERGE = "<<"


if TYPE_CHECKING:
    from yaml import SafeLoader as _FastestLoader
else:
    # PyYAML may have been built without libyaml.
    _FastestLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_FastestLoader):
    """A loader with the scalars of YAML 1.2's core schema."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}


for _tag, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?[0-9]+|0x[0-9a-fA-F]+", list("-+0123456789")),
    (
        "float",
        r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"
        r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
        list("-+.0123456789"),
    ),
):
    _Loader.add_implicit_resolver(
        _PREFIX + _tag, re.compile(rf"^(?:{_pattern})$"), _first
    )


def read_yaml(text: str, source: str) -> Node:
    """Returns the document in `text`.

    Args:
      text: one YAML or JSON document.
      source: name of the file, for errors.

    Raises:
      InvalidNetworkError: it is not one well-formed document.
    """
    try:
        root = yaml.compose(text, Loader=_Loader)
        if root is None:
            raise _Malformed(1, "the file is empty")
        return _Builder().build(root)
    except _Malformed as error:
        problem = Problem("", error.line, error.text)
    except yaml.MarkedYAMLError as error:
        problem = _syntax_problem(error)
    except yaml.YAMLError as error:
        problem = Problem("", None, str(error).replace("\n", " "))
    raise network_error(source, [problem])


def _syntax_problem(error: yaml.MarkedYAMLError) -> Problem:
    """Returns what the parser met, and where what it was parsing begins."""
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
    """Turns PyYAML's nodes into ours, each once however often it is named."""

    def __init__(self) -> None:
        self._built: dict[int, Node | None] = {}

    def build(self, node: yaml.Node) -> Node:
        key = id(node)
        if key not in self._built:
            self._built[key] = None
            self._built[key] = self._build_new(node)
        built = self._built[key]
        if built is None:
            raise _Malformed(_line(node), "an anchor contains its own alias")
        return built

    def _build_new(self, node: Any) -> Node:
        line = _line(node)
        if isinstance(node, yaml.MappingNode):
            return Node(self._entries(node), line, is_mapping=True)
        if isinstance(node, yaml.SequenceNode):
            return Node([self.build(item) for item in node.value], line)
        return Node(_scalar(node), line, node.value)

    def _entries(self, node: yaml.MappingNode) -> list[Entry]:
        entries = []
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise _Malformed(_line(key_node), "a key must be text")
            if key_node.value == _MERGE and not key_node.style:
                entries += self._merged_entries(value_node)
            else:
                entries.append(
                    Entry(
                        key_node.value, _line(key_node), self.build(value_node)
                    )
                )
        return entries

    def _merged_entries(self, node: yaml.Node) -> list[Entry]:
        """Returns what `<<: node` brings in; of several, the first wins."""
        is_list = isinstance(node, yaml.SequenceNode)
        merged: dict[str, Entry] = {}
        for source in node.value if is_list else [node]:
            if not isinstance(source, yaml.MappingNode):
                raise _Malformed(_line(source), "`<<` takes mappings only")
            for key, e in effective_entries(self.build(source)).items():
                merged.setdefault(key, Entry(key, e.line, e.node, True))
        return list(merged.values())


def _scalar(node: yaml.ScalarNode) -> Any:
    kind = node.tag.removeprefix(_PREFIX)
    text = node.value
    try:
        if kind == "null":
            return None
        if kind == "bool":
            return {"true": True, "false": False}[text.lower()]
        if kind == "int":
            return int(text, 16 if text.lower().startswith("0x") else 10)
        if kind == "float":
            return float(re.sub(r"\.(?=inf|nan)", "", text.lower()))
    except (KeyError, ValueError):
        raise _Malformed(_line(node), f'"{text}" is no {kind}') from None
    if kind == "str":
        return text
    raise _Malformed(_line(node), f"unknown tag {node.tag}")


def _line(node: yaml.Node) -> int:
    return node.start_mark.line + 1
