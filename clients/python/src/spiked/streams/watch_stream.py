# SPDX-License-Identifier: Apache-2.0
"""The stream of a session's state after every change."""

from __future__ import annotations

from spiked.streams.server_stream import ServerStream
from spiked.v1 import session_pb2, session_pb2_grpc


class WatchStream(ServerStream[session_pb2.Session]):
    """The session now and after every change, until it is deleted."""

    def __init__(
        self,
        stub: session_pb2_grpc.SessionServiceStub,
        request: session_pb2.WatchSessionRequest,
    ) -> None:
        """Opens the stream; see `Session.watch`."""
        super().__init__(stub.WatchSession, request)

    def _item(
        self, message: session_pb2.WatchSessionResponse
    ) -> session_pb2.Session:
        return message.session
