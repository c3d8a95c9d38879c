# SPDX-License-Identifier: Apache-2.0
"""The start of the server for which a repeatable request is meant.

A restart loses the server's answers to requests with an id: a request that is
repeated afterwards would be carried out a second time. So each such request
says for which start of the server it is, from its first try on.
"""

from __future__ import annotations

import threading

from spiked._rpc.calls import Metadata, invoke
from spiked.v1 import server_pb2, server_pb2_grpc

_KEY = "spiked-boot-id"
_MAX_IDS = 10_000  # as many answers as a server keeps for a tenant


class BootIds:
    """The server's boot id at the first try of each request. Thread-safe."""

    def __init__(self, stub: server_pb2_grpc.ServerServiceStub) -> None:
        """Takes the stub with which the server is asked."""
        self._stub = stub
        self._lock = threading.Lock()
        self._ids: dict[str, str] = {}  # by request id, the oldest first

    def demand(self, request_id: str, timeout_s: float | None) -> Metadata:
        """Returns metadata with which a request fails after a restart.

        The first time that a request id is given, the server is asked for its
        boot id. Without a request id there is no metadata.

        Raises:
          SpikedError: the server could not be asked.
        """
        if not request_id:
            return ()
        boot_id = self._ids.get(request_id)
        if boot_id is None:
            asked = server_pb2.GetServerInfoRequest()
            info = invoke(self._stub.GetServerInfo, asked, timeout_s)
            boot_id = self._remember(request_id, info.boot_id)
        return ((_KEY, boot_id),) if boot_id else ()

    def _remember(self, request_id: str, boot_id: str) -> str:
        """Returns the boot id that was remembered first for the request."""
        with self._lock:
            if len(self._ids) >= _MAX_IDS:
                del self._ids[next(iter(self._ids))]
            return self._ids.setdefault(request_id, boot_id)
