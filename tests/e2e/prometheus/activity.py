# SPDX-License-Identifier: Apache-2.0
"""Keeps a daemon busy with everything that the metrics count."""

import contextlib
import threading
from types import TracebackType

from spiked import Client, NotFound, Session

NEURONS = 100

# Every neuron fires, so that there are spikes for any random numbers.
NETWORK = {
    "dt_ms": 1,
    "populations": [
        {
            "name": "cells",
            "size": NEURONS,
            "model": "izhikevich",
            "cell_class": "regular_spiking",
        }
    ],
    "projections": [
        {
            "source": "cells",
            "target": "cells",
            "pairwise_bernoulli": {"probability": 0.1},
            "weight": {"constant": 0.1},
            "delay_ms": {"constant": 1},
        }
    ],
    "stimuli": [
        {
            "population": "cells",
            "current": {"amplitudes": [15], "duration_ms": 1e9},
        }
    ],
}


class Activity:
    """Sessions of all pacings, streams, stimuli and errors, until its end."""

    def __init__(self, address: str) -> None:
        """Begins; the threads report their first error at the end."""
        self._client = Client(address)
        self._end = threading.Event()
        self._errors: list[BaseException] = []
        self._real_time = self._client.create_session(NETWORK)
        self._free_run = self._client.create_session(NETWORK, pacing="free_run")
        self._lockstep = self._client.create_session(NETWORK, pacing="lockstep")
        # Enough steps to be measured; running without an end would starve
        # others.
        self._free_run.start(stop_step=1_000)
        self._real_time.start()
        self._threads = [
            threading.Thread(target=self._guarded, args=(work,), daemon=True)
            for work in (self._read_spikes, self._read_states, self._call)
        ]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> "Activity":
        """Returns the activity itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Ends everything; raises the first error of a thread."""
        self._end.set()
        for thread in self._threads:
            thread.join(30)
        self._client.close()
        if self._errors and error is None:
            raise self._errors[0]

    def _guarded(self, work: object) -> None:
        try:
            work()
        except BaseException as error:  # for the main thread
            self._errors.append(error)

    def _read_spikes(self) -> None:
        with self._real_time.spikes() as stream:
            for _ in stream:
                if self._end.is_set():
                    return

    def _read_states(self) -> None:
        with self._real_time.record("cells", ["v_mv"], neurons=[0]) as stream:
            for _ in stream:
                if self._end.is_set():
                    return

    def _call(self) -> None:
        """Repeats all kinds of calls."""
        while not self._end.wait(0.05):
            self._stimulate(self._real_time)
            self._lockstep.advance(10)
            self._free_run.start(
                stop_step=self._free_run.refresh().step + 1_000
            )
            with self._client.create_session(NETWORK):
                pass
            with contextlib.suppress(NotFound):
                self._client.session("missing")

    def _stimulate(self, session: Session) -> None:
        session.inject("cells", current=1.0, duration_ms=1, neurons=[0])
        session.inject("cells", weight=1.0, neurons=[0])
        # Late, as its step has passed.
        session.inject("cells", weight=1.0, neurons=[0], start_step=0)
