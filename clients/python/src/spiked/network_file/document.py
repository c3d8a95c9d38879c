# SPDX-License-Identifier: Apache-2.0
"""A network with the file it came from."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Union

from spiked.errors import InvalidArgument
from spiked.network_file.converter import Converter
from spiked.network_file.locate import line_of
from spiked.network_file.node import Node
from spiked.network_file.plain_reader import read_plain
from spiked.network_file.problems import Problem, Problems, network_error
from spiked.network_file.yaml_reader import read_yaml
from spiked.v1 import network_pb2

NetworkSource = Union[
    str, "os.PathLike[str]", Mapping[str, Any], network_pb2.Network
]

_ROOT = "network"

# An escape in a JSON string. Characters beyond 16 bits are pairs of escapes.
_ESCAPE = re.compile(
    r"\\(?:u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})|.)",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True)
class NetworkDocument:
    """A network with the lines of its fields, to locate mistakes.

    Attributes:
      message: the network.
      source: name of the file, without folders; "" if there is none.
      root: the document as nodes; None for a message.
    """

    message: network_pb2.Network
    source: str = ""
    root: Node | None = None

    @staticmethod
    def read(source: NetworkSource) -> NetworkDocument:
        """Reads a file, a mapping or a message.

        Raises:
          InvalidNetworkError: names, types or form are wrong: all problems.
          OSError: the file can't be read.
        """
        if isinstance(source, network_pb2.Network):
            return NetworkDocument(source)
        if isinstance(source, Mapping):
            return _convert(read_plain(source), "")
        path = Path(source)
        return parse_network(path.read_text("utf-8-sig"), path.name)

    def locate(
        self, error: InvalidArgument, path: str = _ROOT
    ) -> InvalidArgument:
        """Returns the server's error with the lines of the violations.

        Errors that are not about the network are returned as they are.

        Args:
          error: error of the server.
          path: path of the network in the request.
        """
        fields = [field for field, _ in error.violations]
        if not any(field.startswith(path) for field in fields):
            return error
        located = network_error(
            self.source,
            [
                Problem(field, self._line_of(field, path), description)
                for field, description in error.violations
            ],
        )
        located.reason = error.reason
        located.metadata = error.metadata
        return located

    def _line_of(self, field: str, path: str) -> int | None:
        if self.root is None or not field.startswith(path):
            return None
        return line_of(self.root, _ROOT + field.removeprefix(path))


def parse_network(text: str, source: str) -> NetworkDocument:
    """Returns the network in a text.

    Args:
      text: YAML or JSON.
      source: name of the file. A file with the ending ".json" may be indented
        with tabs.

    Raises:
      InvalidNetworkError: see `NetworkDocument.read`.
    """
    if source.endswith(".json"):
        # Strings in JSON have no bare tabs, and YAML allows no tabs outside
        # strings.
        text = _ESCAPE.sub(_one_escape, text.replace("\t", " "))
    return _convert(read_yaml(text, source), source)


def _convert(root: Node, source: str) -> NetworkDocument:
    problems = Problems()
    message = network_pb2.Network()
    Converter(problems).fill(message, root, _ROOT)
    if len(problems):
        raise problems.error(source)
    return NetworkDocument(message, source, root)


def _one_escape(match: re.Match[str]) -> str:
    """Returns a pair of surrogates as in YAML; other escapes unchanged."""
    high, low = match.groups()
    if high is None:
        return match[0]
    code = 0x10000 + ((int(high, 16) & 0x3FF) << 10) + (int(low, 16) & 0x3FF)
    return f"\\U{code:08X}"
