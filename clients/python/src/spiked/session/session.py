# SPDX-License-Identifier: Apache-2.0
"""A running instance of one network, on the server."""

from __future__ import annotations

import contextlib
from types import TracebackType

from spiked._rpc.calls import invoke
from spiked.errors import NotFound, SpikedError
from spiked.session.changes import Changes
from spiked.session.edits import Edits
from spiked.session.recording import Recording
from spiked.session.stimulation import Stimulation
from spiked.session.time_control import TimeControl
from spiked.v1 import session_pb2


class Session(TimeControl, Stimulation, Changes, Edits, Recording):
    """A session: a network that moves through time.

    Made by `Client.create_session`, `Client.session` and
    `Client.list_sessions`. Thread-safe. As a context manager it deletes the
    session at the end.

    All methods raise NotFound once the session is deleted, also if another one
    has its name by then (SessionReplaced, a NotFound): no call of this object
    ever reaches another session, and no stream continues with its data. They
    raise Unavailable if the server can't be reached, and other SpikedErrors by
    meaning. `timeout_s` is the deadline of a call in wall seconds; None means
    30.

    Attributes:
      name: "sessions/{id}".
      incarnation_id: tells the session from others of the same name: 32
        hexadecimal digits.
      info: the session as the last call returned it (`v1.Session`).
      state, step: those of now, which are asked of the server when read.
      dt_ms: length of a step in ms of model time.
      populations: populations by name, in the order of neuron indices.
    """

    def delete(self, *, timeout_s: float | None = None) -> None:
        """Deletes the session; its streams end."""
        request = session_pb2.DeleteSessionRequest(
            name=self.name,
            expected_incarnation_id=self.incarnation_id,
        )
        try:
            invoke(self._stubs.session.DeleteSession, request, timeout_s)
        except NotFound:
            self._is_deleted = True
            raise
        self._is_deleted = True

    def __enter__(self) -> Session:
        """Returns the session itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Deletes the session, unless it is deleted already.

        After an error in the block it doesn't raise, and waits for a few
        seconds at most: the error is what the user wants to see, and it often
        is that the server is gone.
        """
        if error is None:
            with contextlib.suppress(NotFound):
                self.delete()
            return
        with contextlib.suppress(SpikedError):
            self.delete(timeout_s=3)
