# SPDX-License-Identifier: Apache-2.0
"""Reads a stream in a thread of its own and keeps its batches."""

from __future__ import annotations

import threading
import time
from typing import Any, Generic, TypeVar

from spiked import (
    DataLoss,
    SpikeBatch,
    SpikedError,
    SpikeStream,
    StateBatch,
    StateStream,
)

Batch = TypeVar("Batch", SpikeBatch, StateBatch)


class Collector(Generic[Batch]):
    """Collects the batches of a stream from now on. Thread-safe.

    A stream that isn't read loses its oldest data, and the main thread has
    other work.
    """

    def __init__(self, stream: SpikeStream | StateStream) -> None:
        """Begins to read; `stream` should have been opened before the start."""
        self._stream: Any = stream
        self._changed = threading.Condition()
        self._batches: list[Batch] = []
        self._step = 0
        self._error: SpikedError | None = None
        self._ended = False
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    @property
    def step(self) -> int:
        """The step up to which all data have arrived."""
        with self._changed:
            return self._step

    @property
    def dropped(self) -> int:
        """The number of lost spikes or samples."""
        return self._stream.dropped

    def wait_for(self, step: int, timeout_s: float) -> bool:
        """Waits until all data up to `step` have arrived.

        Returns:
          False after `timeout_s` wall seconds.

        Raises:
          SpikedError: the stream failed or ended first.
        """
        end_s = time.monotonic() + timeout_s
        with self._changed:
            while self._step < step:
                if self._error is not None:
                    raise self._error
                if self._ended:
                    raise DataLoss(f"the stream ended at step {self._step}")
                # A wait with a limit, so that Ctrl-C interrupts it on every
                # platform.
                left_s = end_s - time.monotonic()
                if left_s <= 0:
                    return False
                self._changed.wait(min(left_s, 0.5))
        return True

    def finish(self) -> list[Batch]:
        """Closes the stream and returns all batches."""
        self._stream.close()
        self._thread.join()
        return self._batches

    def _read(self) -> None:
        error = None
        try:
            for batch in self._stream:
                with self._changed:
                    self._batches.append(batch)
                    self._step = max(self._step, _end_step(batch))
                    self._changed.notify_all()
        except SpikedError as caught:
            error = caught
        with self._changed:
            self._error, self._ended = error, True
            self._changed.notify_all()


def _end_step(batch: SpikeBatch | StateBatch) -> int:
    """Returns the step up to which there is data."""
    if isinstance(batch, SpikeBatch):
        return batch.end_step
    return int(batch.steps[-1]) if len(batch) else 0
