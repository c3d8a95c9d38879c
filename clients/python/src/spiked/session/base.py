# SPDX-License-Identifier: Apache-2.0
"""The members that all parts of a session use."""

from __future__ import annotations

from spiked._rpc.stubs import Stubs
from spiked.populations import Population, populations_of
from spiked.v1 import session_pb2


class SessionBase:
    """Name, step and populations of a session; see `spiked.Session`."""

    def __init__(self, stubs: Stubs, info: session_pb2.Session) -> None:
        """Wraps a session of the server."""
        self._stubs = stubs
        self.name: str = info.name
        self.incarnation_id: str = info.incarnation_id
        self._is_deleted = False
        self._know(info)

    def _know(self, info: session_pb2.Session) -> None:
        """Stores the properties of the network that the server sent."""
        self.info = info
        self.dt_ms: float = info.dt_ms
        self.populations: dict[str, Population] = populations_of(info)

    def __repr__(self) -> str:
        """Returns name, state and step, as the last call found them."""
        if self._is_deleted:
            return f"<Session {self.name}, deleted>"
        state = state_name(self.info.state)
        return f"<Session {self.name}, {state} at step {self.info.step}>"


def state_name(state: session_pb2.SessionState) -> str:
    """Returns "running" for RUNNING."""
    return session_pb2.SessionState.Name(state).lower()
