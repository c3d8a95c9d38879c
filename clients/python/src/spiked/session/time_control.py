# SPDX-License-Identifier: Apache-2.0
"""The part of a session that moves it through time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import grpc

from spiked._rpc.calls import Request, invoke
from spiked._rpc.enums import enum_number
from spiked._rpc.model_time import steps_of
from spiked.errors import NotFound, SessionFailed
from spiked.session.advance import advance, advance_counts
from spiked.session.base import SessionBase
from spiked.spikes import SpikeBatch
from spiked.streams.rate_stream import RateBatch
from spiked.streams.watch_stream import WatchStream
from spiked.v1 import network_pb2, recording_pb2, session_pb2


class TimeControl(SessionBase):
    """Starts, pauses, resets, advances, watches."""

    def start(
        self,
        *,
        stop_ms: float | None = None,
        stop_step: int | None = None,
        admission_policy: str | int | None = None,
        timeout_s: float | None = None,
    ) -> session_pb2.Session:
        """Lets the session run, up to a time or until it is paused.

        Args:
          stop_ms: model time since step 0, in ms, at which it pauses by
            itself; a multiple of the step, later than now. None: no end.
          stop_step: the same in steps.
          admission_policy: "run_late" or "refuse"; None: the session's.
          timeout_s: see the class.

        Raises:
          FailedPrecondition: the session failed or is in lockstep.
          ResourceExhausted: its load doesn't fit, and is refused.
        """
        steps = steps_of(
            stop_step, stop_ms, self.dt_ms, ("stop_step", "stop_ms")
        )
        request = session_pb2.StartSessionRequest(
            name=self.name,
            stop_step=steps or 0,
            admission_policy=enum_number(
                session_pb2.AdmissionPolicy,
                admission_policy,
                "admission_policy",
            ),
        )
        return self._update(
            self._stubs.session.StartSession, request, timeout_s
        )

    def update(
        self,
        *,
        pacing: str | int | None = None,
        pace: float | None = None,
        lateness_policy: str | int | None = None,
        admission_policy: str | int | None = None,
        tick_ms: float | None = None,
        labels: Mapping[str, str] | None = None,
        ttl_s: float | None = None,
        idle_timeout_s: float | None = None,
        timeout_s: float | None = None,
    ) -> session_pb2.Session:
        """Changes what is given, all or nothing, also while it runs.

        The answer's `step` is the first one that the change acts on. Spikes
        don't depend on the pace.

        Args:
          pacing: "real_time", "free_run" or "lockstep", which pauses it.
          pace: model seconds per wall second, in [0.001, 1000].
          lateness_policy: "catch_up" or "slip".
          admission_policy: "run_late" or "refuse".
          tick_ms: wall time whose steps are computed together, in [0.1, 100].
          labels: replace all labels.
          ttl_s: from now, in wall seconds; 0: it doesn't expire any more.
          idle_timeout_s: in wall seconds; 0: none.
          timeout_s: see the class.

        Raises:
          InvalidArgument: something is out of range; nothing was changed.
          FailedPrecondition: the session failed, or a pace is given and it
            isn't in real time.
          ResourceExhausted: its load wouldn't fit, and is refused.
        """
        request = session_pb2.UpdateSessionRequest(
            name=self.name,
            pacing=enum_number(session_pb2.Pacing, pacing, "pacing"),
            pace=pace,
            tick_ms=tick_ms,
            lateness_policy=enum_number(
                session_pb2.LatenessPolicy, lateness_policy, "lateness_policy"
            ),
            admission_policy=enum_number(
                session_pb2.AdmissionPolicy,
                admission_policy,
                "admission_policy",
            ),
            labels=(
                None if labels is None else session_pb2.Labels(entries=labels)
            ),
            ttl_s=ttl_s,
            idle_timeout_s=idle_timeout_s,
        )
        return self._update(
            self._stubs.session.UpdateSession, request, timeout_s
        )

    def wait_until_built(self) -> session_pb2.Session:
        """Waits, without a limit, for a session that is being created.

        `watch` tells how far it is: `build_phase` and `build_fraction`.

        Raises:
          SessionFailed: it could not be built; the message is its `failure`.
          NotFound: it was deleted meanwhile.
        """
        with self.watch() as changes:
            for info in changes:
                if info.state == session_pb2.FAILED:
                    self.info = info
                    raise SessionFailed(f"{self.name}: {info.failure}")
                if info.state == session_pb2.DELETING:
                    break
                if info.state != session_pb2.CREATING:
                    self._know(info)
                    return info
        raise NotFound(f"{self.name} was deleted")

    def pause(self, *, timeout_s: float | None = None) -> session_pb2.Session:
        """Pauses between two steps; a paused session stays paused."""
        request = session_pb2.PauseSessionRequest(name=self.name)
        return self._update(
            self._stubs.session.PauseSession, request, timeout_s
        )

    def reset(self, *, timeout_s: float | None = None) -> session_pb2.Session:
        """Goes back to step 0, paused, with a new epoch."""
        request = session_pb2.ResetSessionRequest(name=self.name)
        return self._update(
            self._stubs.session.ResetSession, request, timeout_s
        )

    def refresh(self, *, timeout_s: float | None = None) -> session_pb2.Session:
        """Asks the server how the session is; also in `info`."""
        request = session_pb2.GetSessionRequest(name=self.name)
        return self._update(self._stubs.session.GetSession, request, timeout_s)

    def wait(self) -> session_pb2.Session:
        """Waits, without a limit, until the session doesn't run any more.

        Raises:
          SessionFailed: it failed; the message is its `failure`.
          NotFound: it was deleted meanwhile.
        """
        with self.watch() as changes:
            for info in changes:
                self.info = info
                if info.state == session_pb2.FAILED:
                    raise SessionFailed(f"{self.name}: {info.failure}")
                if info.state == session_pb2.PAUSED:
                    return info
        raise NotFound(f"{self.name} was deleted")

    def advance(
        self,
        step_count: int | None = None,
        *,
        duration_ms: float | None = None,
        stimuli: Sequence[network_pb2.Stimulus] = (),
        expected_step: int | None = None,
        return_spikes: bool = True,
        encoding: str | int = "fixed32_bytes",
        timeout_s: float | None = None,
    ) -> SpikeBatch:
        """Takes steps, as fast as possible, and returns their spikes.

        However long it takes, all steps are taken: what doesn't fit into one
        call is done by several.

        Args:
          step_count: how many; at least 0.
          duration_ms: the same in ms of model time, a multiple of the step.
          stimuli: from `spiked.stimulus`, injected before the first step;
            those without a start act from it.
          expected_step: the step that the session must be at; None: any.
          return_spikes: False saves their transport; the batch has none.
          encoding: of the spikes, "fixed32_bytes" or "delta_varint".
          timeout_s: deadline of each call, which does what fits.

        Raises:
          StepMismatch: the session is not at `expected_step`.
          FailedPrecondition: the session runs or failed.
          DeadlineExceeded: not one step fits into a call.
          ValueError: neither or both of step_count and duration_ms are given.
        """
        steps = steps_of(
            step_count, duration_ms, self.dt_ms, ("step_count", "duration_ms")
        )
        if steps is None:
            raise ValueError("give step_count or duration_ms")
        request = session_pb2.AdvanceSessionRequest(
            name=self.name,
            expected_step=expected_step,
            step_count=steps,
            stimuli=stimuli,
            return_spikes=return_spikes,
            spike_encoding=enum_number(
                recording_pb2.SpikeEncoding, encoding, "encoding"
            ),
        )
        return advance(self._stubs.session, request, self.dt_ms, timeout_s)

    def advance_counts(
        self,
        step_count: int | None = None,
        *,
        duration_ms: float | None = None,
        bin_ms: float,
        by_column: bool = False,
        stimuli: Sequence[network_pb2.Stimulus] = (),
        expected_step: int | None = None,
        timeout_s: float | None = None,
    ) -> RateBatch:
        """Takes steps and returns how many spikes there were, not which.

        Args:
          step_count: how many steps; at least 0.
          duration_ms: the same in ms of model time, a multiple of the step.
          bin_ms: length of a bin, a multiple of the step; the steps must be
            whole bins. Bins begin at the session's step.
          by_column: whether columns are counted for themselves.
          stimuli: see `advance`.
          expected_step: see `advance`.
          timeout_s: deadline of the call, in which the steps must be taken.

        Raises:
          StepMismatch: the session is not at `expected_step`.
          FailedPrecondition: the session runs or failed.
          DeadlineExceeded: some steps were not taken; the session is where
            it came to.
          ValueError: neither or both of step_count and duration_ms are given,
            or they are no whole bins.
        """
        steps = steps_of(
            step_count, duration_ms, self.dt_ms, ("step_count", "duration_ms")
        )
        if steps is None:
            raise ValueError("give step_count or duration_ms")
        request = session_pb2.AdvanceSessionRequest(
            name=self.name,
            expected_step=expected_step,
            step_count=steps,
            stimuli=stimuli,
            count_bin_steps=steps_of(None, bin_ms, self.dt_ms, ("", "bin_ms")),
            count_by_column=by_column,
        )
        return advance_counts(
            self._stubs.session,
            request,
            self.populations,
            self.dt_ms,
            timeout_s,
        )

    def watch(self) -> WatchStream:
        """Opens a stream of this session, now and after every change."""
        return WatchStream(self._stubs.session, self.name)

    def metrics(
        self, *, timeout_s: float | None = None
    ) -> session_pb2.SessionMetrics:
        """Returns how the session has been doing: rate, load, lateness."""
        request = session_pb2.GetSessionMetricsRequest(name=self.name)
        return invoke(self._stubs.session.GetSessionMetrics, request, timeout_s)

    def _update(
        self,
        method: grpc.UnaryUnaryMultiCallable[Request, session_pb2.Session],
        request: Request,
        timeout_s: float | None,
    ) -> session_pb2.Session:
        """Makes a call that answers with the session, and keeps that."""
        self.info = invoke(method, request, timeout_s)
        return self.info
