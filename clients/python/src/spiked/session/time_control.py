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
from spiked.session.base import SessionBase, state_name
from spiked.spikes import SpikeBatch
from spiked.streams.rate_stream import RateBatch
from spiked.streams.watch_stream import WatchStream
from spiked.v1 import network_pb2, recording_pb2, session_pb2


class TimeControl(SessionBase):
    """Starts, pauses, resets, advances and watches a session."""

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
          stop_ms: model time since step 0, in ms, at which the session pauses;
            a multiple of the step, later than now. None means no end.
          stop_step: the same in steps.
          admission_policy: "run_late" or "refuse"; None: the session's.
          timeout_s: see the class.

        Raises:
          FailedPrecondition: the session failed or is in lockstep.
          ResourceExhausted: the load is too high and the policy is "refuse".
          ValueError: the stop is at 0, or not a multiple of the step.
        """
        steps = steps_of(
            stop_step, stop_ms, self.dt_ms, ("stop_step", "stop_ms")
        )
        if steps == 0:  # on the wire it means no end
            raise ValueError(
                "stop: 0: a session has no step before 0; give a later time, "
                "or None to let it run on"
            )
        request = session_pb2.StartSessionRequest(
            name=self.name,
            expected_incarnation_id=self.incarnation_id,
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
        """Changes the given settings, all or none, also while running.

        The answer's `step` is the first step that the change affects. Spikes
        don't depend on the pace.

        Args:
          pacing: "real_time", "free_run" or "lockstep", which pauses it.
          pace: model seconds per wall second, in [0.001, 1000].
          lateness_policy: "catch_up" or "slip".
          admission_policy: "run_late" or "refuse".
          tick_ms: wall time whose steps are computed together, in [0.1, 100].
          labels: replace all labels.
          ttl_s: wall seconds from now; 0 means that the session doesn't expire.
          idle_timeout_s: wall seconds; 0 means no limit.
          timeout_s: see the class.

        Raises:
          InvalidArgument: a setting is out of range; nothing was changed.
          FailedPrecondition: the session failed, or a pace is given but it
            isn't in real time.
          ResourceExhausted: the load would be too high and the policy is
            "refuse".
        """
        request = session_pb2.UpdateSessionRequest(
            name=self.name,
            expected_incarnation_id=self.incarnation_id,
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

        `watch` gives its progress: `build_phase` and `build_fraction`.

        Raises:
          SessionFailed: the building failed; the message is its `failure`.
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
        request = session_pb2.PauseSessionRequest(
            name=self.name,
            expected_incarnation_id=self.incarnation_id,
        )
        return self._update(
            self._stubs.session.PauseSession, request, timeout_s
        )

    def reset(self, *, timeout_s: float | None = None) -> session_pb2.Session:
        """Goes back to step 0, paused, with a new epoch."""
        request = session_pb2.ResetSessionRequest(
            name=self.name,
            expected_incarnation_id=self.incarnation_id,
        )
        return self._update(
            self._stubs.session.ResetSession, request, timeout_s
        )

    def refresh(self, *, timeout_s: float | None = None) -> session_pb2.Session:
        """Returns the session as the server has it; also stored in `info`."""
        request = session_pb2.GetSessionRequest(
            name=self.name,
            expected_incarnation_id=self.incarnation_id,
        )
        return self._update(self._stubs.session.GetSession, request, timeout_s)

    @property
    def state(self) -> str:
        """The state now, which is asked of the server: "running", "paused"."""
        return state_name(self.refresh().state)

    @property
    def step(self) -> int:
        """The step now, which is asked of the server."""
        return self.refresh().step

    def wait(self) -> session_pb2.Session:
        """Waits, without a limit, until the session no longer runs.

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

        All steps are taken: if they don't fit into one call, several are made.

        Args:
          step_count: number of steps; at least 0.
          duration_ms: the same in ms of model time, a multiple of the step.
          stimuli: from `spiked.stimulus`, injected before the first step, at
            which those without a start begin.
          expected_step: required step of the session; None means any.
          return_spikes: False returns a batch without spikes, and doesn't send
            any.
          encoding: encoding of the spikes, "fixed32_bytes" or "delta_varint".
          timeout_s: deadline of each call, which takes the steps that fit.

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
            expected_incarnation_id=self.incarnation_id,
            expected_step=expected_step,
            step_count=steps,
            stimuli=stimuli,
            return_spikes=return_spikes,
            spike_encoding=enum_number(
                recording_pb2.SpikeEncoding, encoding, "encoding"
            ),
        )
        return advance(
            self._stubs.session,
            request,
            self.populations,
            self.dt_ms,
            timeout_s,
        )

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
        """Takes steps and returns the number of spikes instead of the spikes.

        Args:
          step_count: number of steps; at least 0.
          duration_ms: the same in ms of model time, a multiple of the step.
          bin_ms: length of a bin, a multiple of the step; the steps must be
            whole bins. Bins begin at the session's step.
          by_column: whether columns are counted separately.
          stimuli: see `advance`.
          expected_step: see `advance`.
          timeout_s: deadline of the call, in which the steps must be taken.

        Raises:
          StepMismatch: the session is not at `expected_step`.
          FailedPrecondition: the session runs or failed.
          DeadlineExceeded: some steps were not taken; the session stays at the
            step that it reached.
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
            expected_incarnation_id=self.incarnation_id,
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
        """Opens a stream of the session's state, now and after every change."""
        request = session_pb2.WatchSessionRequest(
            name=self.name,
            expected_incarnation_id=self.incarnation_id,
        )
        return WatchStream(self._stubs.session, request)

    def metrics(
        self, *, timeout_s: float | None = None
    ) -> session_pb2.SessionMetrics:
        """Returns metrics of the session: rate, load, lateness."""
        request = session_pb2.GetSessionMetricsRequest(
            name=self.name,
            expected_incarnation_id=self.incarnation_id,
        )
        return invoke(self._stubs.session.GetSessionMetrics, request, timeout_s)

    def _update(
        self,
        method: grpc.UnaryUnaryMultiCallable[Request, session_pb2.Session],
        request: Request,
        timeout_s: float | None,
    ) -> session_pb2.Session:
        """Makes a call that returns the session, and stores it in `info`."""
        self.info = invoke(method, request, timeout_s)
        return self.info
