# SPDX-License-Identifier: Apache-2.0
"""Network files: the protobuf JSON mapping of `v1.Network`, as YAML or JSON."""

from spiked.network_file.document import (
    NetworkDocument,
    NetworkSource,
    parse_network,
)
from spiked.v1 import network_pb2

__all__ = [
    "NetworkDocument",
    "NetworkSource",
    "load_network",
    "parse_network",
]


def load_network(source: NetworkSource) -> network_pb2.Network:
    """Returns the network in a file (its path) or a mapping.

    Checks names, types and form; ranges and models are checked by the server.

    Raises:
      InvalidNetworkError: the network is wrong: all problems, with their lines.
      OSError: the file can't be read.
    """
    return NetworkDocument.read(source).message
