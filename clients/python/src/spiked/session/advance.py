# SPDX-License-Identifier: Apache-2.0
"""Advances a session by any number of steps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from spiked._rpc.calls import invoke
from spiked.errors import DeadlineExceeded
from spiked.populations import Population
from spiked.spikes import SpikeBatch
from spiked.streams.rate_stream import RateBatch, groups_of
from spiked.v1 import session_pb2, session_pb2_grpc


def advance(
    stub: session_pb2_grpc.SessionServiceStub,
    request: session_pb2.AdvanceSessionRequest,
    populations: dict[str, Population],
    dt_ms: float,
    timeout_s: float | None,
) -> SpikeBatch:
    """Repeats the call until all steps are taken; returns their spikes.

    A call takes as many steps as fit into its deadline and into a message.
    Calls after the first name the step at which they begin, so that steps of
    other clients can't get in between.

    Args:
      stub: stub of the service.
      request: the request for all steps; is changed.
      populations: those of the session, for the batch.
      dt_ms: length of a step.
      timeout_s: deadline of each call in wall seconds.

    Raises:
      DeadlineExceeded: a call took no step; a retry would do no better.
    """
    batches: list[SpikeBatch] = []
    while True:
        answer = invoke(stub.AdvanceSession, request, timeout_s)
        batches.append(_batch(answer, populations, dt_ms))
        request.step_count -= answer.completed_step_count
        if request.step_count <= 0:
            return SpikeBatch.concatenate(batches)
        if answer.completed_step_count == 0:
            raise DeadlineExceeded(
                f"{request.name}: a step takes longer than a call may last; "
                "give a larger timeout_s"
            )
        request.expected_step = answer.step
        del request.stimuli[:]


def advance_counts(
    stub: session_pb2_grpc.SessionServiceStub,
    request: session_pb2.AdvanceSessionRequest,
    populations: dict[str, Population],
    dt_ms: float,
    timeout_s: float | None,
) -> RateBatch:
    """Makes the call; returns its counts. See `Session.advance_counts`."""
    bins, rest = divmod(request.step_count, request.count_bin_steps)
    if rest:
        raise ValueError(
            f"{request.step_count} steps are no whole bins of "
            f"{request.count_bin_steps} steps"
        )
    answer = invoke(stub.AdvanceSession, request, timeout_s)
    if answer.completed_step_count < request.step_count:
        raise DeadlineExceeded(
            f"{request.name}: {answer.completed_step_count} of "
            f"{request.step_count} steps were taken; give a larger timeout_s"
        )
    groups = groups_of(populations, (), request.count_by_column)
    counts = np.fromiter(answer.spike_counts, np.int32)
    return RateBatch(
        first_step=answer.step - answer.completed_step_count,
        counts=counts.reshape(bins, len(groups)),
        groups=groups,
        bin_steps=request.count_bin_steps,
        dt_ms=dt_ms,
        session_step=answer.step,
    )


def _batch(
    answer: session_pb2.AdvanceSessionResponse,
    populations: dict[str, Population],
    dt_ms: float,
) -> SpikeBatch:
    """Returns the spikes of one call, with the steps that it took.

    The steps come from the response itself, which has them even if no spikes
    were requested.
    """
    message = answer.spikes
    first_step = answer.step - answer.completed_step_count
    if not message.spike_counts:
        message.first_step = first_step
    return replace(
        SpikeBatch.from_message(message, dt_ms, populations),
        first_step=first_step,
        end_step=answer.step,
        session_step=answer.step,
    )
