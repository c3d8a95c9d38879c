# SPDX-License-Identifier: Apache-2.0
"""Runs a session to its end and records spikes, one trace and metrics."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from demo_collector import Collector
from demo_progress import Progress
from spiked import (
    DeadlineExceeded,
    Population,
    Session,
    SessionFailed,
    SpikeBatch,
    StateBatch,
    v1,
)

TRACED_POPULATION = "internal"
TRACED_COLUMN = 4

# Steps of a slice. Streams are read to its end before the next slice begins, so
# that their bounded buffers never overflow.
SLICE_STEPS = 500
PATIENCE_S = 30.0


@dataclass(frozen=True)
class Stimulation:
    """A current into some columns of a population; see `spiked.stimulus`."""

    population: str
    columns: tuple[int, ...]
    start_ms: float
    duration_ms: float
    current: float

    @property
    def span_ms(self) -> tuple[float, float]:
        """[begin, end) in ms of model time."""
        return self.start_ms, self.start_ms + self.duration_ms


@dataclass(frozen=True)
class Recorded:
    """The data of one run.

    Attributes:
      info: the session at its end.
      metrics: metrics of the session at its end.
      populations: all populations, in order of neurons.
      spikes: spikes of all neurons in all steps.
      traced: index in the network of the neuron whose membrane potential was
        recorded.
      trace_times_ms: model times of the samples in ms, [samples].
      trace_v_mv: membrane potential in mV, [samples].
      dropped: number of spikes and samples that were lost.
      stimulation: the injected stimulus.
      wall_s: wall time of the run in seconds.
    """

    info: v1.Session
    metrics: v1.SessionMetrics
    populations: list[Population]
    spikes: SpikeBatch
    traced: int
    trace_times_ms: np.ndarray
    trace_v_mv: np.ndarray
    dropped: int
    stimulation: Stimulation
    wall_s: float


def record(
    session: Session, stimulation: Stimulation, duration_ms: float
) -> Recorded:
    """Runs a new session for `duration_ms` of model time.

    Raises:
      SpikedError: a call or a stream failed, or the session did.
    """
    population = session.populations[TRACED_POPULATION]
    neuron = TRACED_COLUMN % population.column_count * population.column_size
    # The streams are opened before the start, so that they miss nothing.
    spikes: Collector[SpikeBatch] = Collector(session.spikes())
    trace: Collector[StateBatch] = Collector(
        session.record(population.name, ["v_mv"], neurons=[neuron])
    )
    session.inject(**vars(stimulation))

    begin_s = time.monotonic()
    _run(session, round(duration_ms / session.dt_ms), [spikes, trace])
    wall_s = time.monotonic() - begin_s

    info, metrics = session.refresh(), session.metrics()
    samples = [batch for batch in trace.finish() if len(batch)]
    return Recorded(
        info=info,
        metrics=metrics,
        populations=list(session.populations.values()),
        spikes=SpikeBatch.concatenate(spikes.finish()),
        traced=population.first_neuron + neuron,
        trace_times_ms=np.concatenate([batch.times_ms for batch in samples]),
        trace_v_mv=np.concatenate([batch["v_mv"][:, 0] for batch in samples]),
        dropped=spikes.dropped + trace.dropped,
        stimulation=stimulation,
        wall_s=wall_s,
    )


def _run(
    session: Session, step_count: int, collectors: list[Collector]
) -> None:
    """Runs all steps and waits until the collectors have their data."""
    with Progress(session, step_count) as progress:
        if session.info.pacing == v1.LOCKSTEP:
            _advance_in_slices(session, step_count, collectors, progress)
        else:
            session.start(stop_step=step_count)
            _follow(session, step_count, collectors, progress)


def _advance_in_slices(
    session: Session,
    step_count: int,
    collectors: list[Collector],
    progress: Progress,
) -> None:
    step = 0
    while step < step_count:
        count = min(SLICE_STEPS, step_count - step)
        session.advance(count, return_spikes=False)
        step += count
        for collector in collectors:
            if not collector.wait_for(step, PATIENCE_S):
                raise DeadlineExceeded(
                    f"step {step} didn't arrive within {PATIENCE_S:g} s"
                )
        progress.update()


def _follow(
    session: Session,
    step_count: int,
    collectors: list[Collector],
    progress: Progress,
) -> None:
    """Waits for a running session; gives up on one that has stopped."""
    stopped_s = None
    while not all(c.wait_for(step_count, 0.2) for c in collectors):
        progress.update()
        info = session.refresh()
        if info.state == v1.FAILED:
            raise SessionFailed(info.failure)
        if info.state == v1.RUNNING:
            stopped_s = None
        elif stopped_s is None:
            stopped_s = time.monotonic()
        elif time.monotonic() - stopped_s > PATIENCE_S:
            raise DeadlineExceeded(
                f"paused at step {info.step}; the streams have come to "
                f"{min(c.step for c in collectors)} of {step_count}"
            )
    progress.update()
