# SPDX-License-Identifier: Apache-2.0
"""The common part of server streams: opening, reading, ending, closing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Generic, TypeVar

import grpc

from spiked._rpc.calls import DEFAULT_TIMEOUT_S, Request
from spiked._rpc.status import error_from_call
from spiked.errors import DeadlineExceeded

Item = TypeVar("Item")
Stream = TypeVar("Stream", bound="ServerStream[Any]")


class ServerStream(Generic[Item]):
    """A stream of items from the server: iterate, then close.

    The constructor makes the call and waits for the answer. All later data of
    the session are in the stream, so a stream opened before the session is
    started misses nothing.

    Iteration blocks until there is an item. It ends without an error when the
    server has ended the stream or when `close` was called, from this or
    another thread; it raises a SpikedError if the call fails. One thread may
    iterate.

    Subclasses turn messages into items.
    """

    def __init__(
        self,
        method: grpc.UnaryStreamMultiCallable[Request, Any],
        request: Request,
    ) -> None:
        """Calls the method and waits until the server answers.

        Raises:
          SpikedError: the server refused. Some refusals come with the first
            item only.
          DeadlineExceeded: there was no answer within 30 s.
        """
        self._closed = False
        self._call = method(request)
        self._wait_for_answer()

    def __iter__(self) -> Iterator[Item]:
        """Returns the stream itself."""
        return self

    def __next__(self) -> Item:
        """Returns the next item; see the class."""
        while True:
            try:
                message = next(self._call)
            except grpc.RpcError:
                if self._closed:
                    raise StopIteration from None
                raise error_from_call(self._call) from None
            except StopIteration:
                self._on_end()
                raise
            item = self._item(message)
            if item is not None:
                return item

    def close(self) -> None:
        """Ends the stream; harmless if it has ended. Thread-safe."""
        self._closed = True
        self._call.cancel()

    def __enter__(self: Stream) -> Stream:
        """Returns the stream itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Closes the stream."""
        self.close()

    def _item(self, message: Any) -> Item | None:
        """Returns the item of a message; None for a message without one."""
        raise NotImplementedError

    def _on_end(self) -> None:
        """Called when the server ends the stream with OK; may raise."""

    def _wait_for_answer(self) -> None:
        """Waits for the response's headers, sent when the stream is open."""
        late = threading.Event()

        def give_up() -> None:
            late.set()
            self._call.cancel()

        timer = threading.Timer(DEFAULT_TIMEOUT_S, give_up)
        timer.daemon = True
        timer.start()
        try:
            self._call.initial_metadata()
        finally:
            timer.cancel()
        if late.is_set():
            raise DeadlineExceeded(
                f"the stream was not answered within {DEFAULT_TIMEOUT_S:g} s"
            )
        # Report a call that has failed already now, not in the iteration.
        ended = not self._call.is_active()
        if ended and self._call.code() is not grpc.StatusCode.OK:
            raise error_from_call(self._call)
