# SPDX-License-Identifier: Apache-2.0
"""The common part of recording streams: completeness."""

from __future__ import annotations

import warnings
from typing import Any, Literal

import grpc

from spiked._rpc.calls import Request
from spiked.errors import DataDroppedWarning, DataLoss
from spiked.streams.server_stream import Item, ServerStream

OnLoss = Literal["warn", "raise", "ignore"]
_ON_LOSS = ("warn", "raise", "ignore")


class RecordingStream(ServerStream[Item]):
    """A stream that knows whether it is complete.

    Attributes:
      dropped: number of spikes or samples that the server has dropped so far
        because the stream was read too slowly.
      ended: whether the server has ended the stream; then no data follow.
    """

    _unit = "items"

    def __init__(
        self,
        method: grpc.UnaryStreamMultiCallable[Request, Any],
        request: Request,
        on_loss: OnLoss,
    ) -> None:
        """Opens the stream.

        Args:
          method: a method of a stub.
          request: the request of the method.
          on_loss: action when data were dropped: "warn" gives a
            DataDroppedWarning at the first loss, "raise" a DataLoss error,
            "ignore" only counts in `dropped`.

        Raises:
          SpikedError: the server refused.
          ValueError: `on_loss` has another value.
        """
        if on_loss not in _ON_LOSS:
            raise ValueError(f"on_loss: {on_loss!r}: must be one of {_ON_LOSS}")
        self._on_loss = on_loss
        self._next_sequence = 0
        self.dropped = 0
        self.ended = False
        super().__init__(method, request)

    def _check(self, sequence: int, dropped: int, end_of_stream: bool) -> None:
        """Checks the sequence, losses and the end of the stream in a message.

        Raises:
          DataLoss: a message is missing, or data were dropped and `on_loss` is
            "raise".
        """
        if sequence != self._next_sequence:
            self.close()
            raise DataLoss(
                f"message {self._next_sequence} of the stream is missing: "
                f"{sequence} came instead"
            )
        self._next_sequence += 1
        self.ended = end_of_stream
        if dropped:
            self._report_loss(dropped)

    def _report_loss(self, dropped: int) -> None:
        first = not self.dropped
        self.dropped += dropped
        text = (
            f"{dropped} {self._unit} were dropped by the server: the stream "
            "was read too slowly"
        )
        if self._on_loss == "raise":
            self.close()
            raise DataLoss(text)
        if self._on_loss == "warn" and first:
            warnings.warn(text, DataDroppedWarning, stacklevel=4)

    def _on_end(self) -> None:
        """Raises DataLoss if the stream ends without end_of_stream."""
        if not self.ended and not self._closed:
            raise DataLoss("the stream ended without its end mark")
