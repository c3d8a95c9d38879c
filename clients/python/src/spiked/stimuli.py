# SPDX-License-Identifier: Apache-2.0
"""Stimuli: input to neurons, switches of plasticity, dopamine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from spiked._selection import Indices, selected
from spiked.v1 import network_pb2, stimulus_pb2


@dataclass(frozen=True)
class StimulusAck:
    """The answer to stimuli.

    Attributes:
      applied_step: first step that any of them affects.
      late_count: number of stimuli that start later than requested.
      credits: in a stimulus stream, the number of further stimuli for which the
        session has room; None if unknown.
    """

    applied_step: int
    late_count: int
    credits: int | None = field(default=None, compare=False)


def late_policy(refuse_late: bool) -> stimulus_pb2.LatePolicy:
    """Returns the policy for stimuli whose start has passed."""
    if refuse_late:
        return stimulus_pb2.REFUSE_LATE
    return stimulus_pb2.APPLY_NEXT


def stimulus(
    population: str,
    *,
    current: float | Sequence[float] | np.ndarray | None = None,
    rates_hz: float | Sequence[float] | np.ndarray | None = None,
    duration_ms: float | None = None,
    offsets_ms: Iterable[float] | None = None,
    weight: float | None = None,
    receptor: str | None = None,
    neurons: Indices | None = None,
    columns: Indices | None = None,
    start_ms: float | None = None,
    start_step: int | None = None,
) -> network_pb2.Stimulus:
    """Returns a stimulus: a current or random spikes that last, or spikes.

    Args:
      population: name of the population of the neurons.
      current: amplitude in the unit of the model's current receptor (mV/ms for
        Izhikevich neurons); one number, or one for each of `neurons`.
      rates_hz: makes it Poisson spike trains, an independent one for each
        neuron: mean spikes per second; one number, or one for each of
        `neurons`. Rates that act at the same time add up.
      duration_ms: duration of the current or of the spike trains in ms of model
        time, at least one step. None, for rates only: until the next rates
        without a duration for the same population and receptor.
      offsets_ms: makes it spikes: their arrival times in ms after the start,
        each at least 0, at least one. With `weight` alone a spike arrives at
        the start.
      weight: weight of the spikes, in the unit of the receptor; None means 1,
        which makes a spike_source neuron fire.
      receptor: receptor on which the spikes act; None means the model's first.
      neurons: indices within the population, each in [0, size), or a boolean
        mask; None means all. Not together with `columns`.
      columns: each in [0, column_count), or a boolean mask; None means all.
      start_ms: start in model time since step 0, in ms, rounded to the nearest
        step. None: at once, which is step 0 in a network and the next step in
        a running session.
      start_step: the same in steps.

    Raises:
      ValueError: the arguments don't fit together. Ranges are checked by the
        server.
    """
    if start_ms is not None and start_step is not None:
        raise ValueError("give start_ms or start_step, not both")
    message = network_pb2.Stimulus(
        population=population,
        neuron_indices=selected(neurons, "neurons"),
        columns=selected(columns, "columns"),
        start_ms=start_ms,
        start_step=start_step,
    )
    if current is not None:
        if not (offsets_ms is None and weight is None and receptor is None):
            raise ValueError("give current or spikes, not both")
        if rates_hz is not None:
            raise ValueError("give current or rates_hz, not both")
        if duration_ms is None:
            raise ValueError("a current needs duration_ms")
        message.current.amplitudes.extend(np.ravel(current).tolist())
        message.current.duration_ms = duration_ms
        return message
    if rates_hz is not None:
        if offsets_ms is not None:
            raise ValueError("give rates_hz or offsets_ms, not both")
        message.rates.rates_hz.extend(np.ravel(rates_hz).tolist())
        if duration_ms is not None:
            message.rates.duration_ms = duration_ms
        if weight is not None:
            message.rates.weight = weight
        message.rates.receptor = receptor or ""
        return message
    if duration_ms is not None:
        raise ValueError("duration_ms needs current or rates_hz")
    if offsets_ms is None and weight is None:
        raise ValueError(
            "give what to inject: current, rates_hz, offsets_ms, or weight for "
            "a spike at the start"
        )
    message.spikes.SetInParent()
    if offsets_ms is not None:
        # Without any, the server lets a spike arrive at the start.
        message.spikes.offsets_ms.extend(offsets_ms)
        if not message.spikes.offsets_ms:
            raise ValueError(
                "offsets_ms: empty: no spike would arrive; give at least one "
                "time, or None for a spike at the start"
            )
    if weight is not None:
        message.spikes.weight = weight
    message.spikes.receptor = receptor or ""
    return message


def encoder_values(
    encoder: str,
    values: float | Sequence[float] | np.ndarray,
    *,
    duration_ms: float | None = None,
    start_ms: float | None = None,
    start_step: int | None = None,
) -> network_pb2.Stimulus:
    """Returns values for an encoder of the network.

    Args:
      encoder: name of the encoder.
      values: one number for each of its dimensions. Values beyond the encoder's
        range are taken as its nearest end.
      duration_ms: longest time that the values act, in ms of model time; None
        means until the next values of the same encoder, which end them in any
        case. Not for encoders that give spikes.
      start_ms: start in model time since step 0, in ms, rounded to the nearest
        step. None: at once, which is step 0 in a network and the next step in
        a running session.
      start_step: the same in steps.

    Raises:
      ValueError: both starts are given. Ranges are checked by the server.
    """
    if start_ms is not None and start_step is not None:
        raise ValueError("give start_ms or start_step, not both")
    message = network_pb2.Stimulus(start_ms=start_ms, start_step=start_step)
    message.encoder_values.encoder = encoder
    message.encoder_values.values.extend(np.ravel(values).tolist())
    if duration_ms is not None:
        message.encoder_values.duration_ms = duration_ms
    return message


def plasticity_switch(
    enabled: bool,
    projections: Iterable[str] | None = None,
    *,
    start_ms: float | None = None,
    start_step: int | None = None,
) -> network_pb2.Stimulus:
    """Returns a stimulus that switches plasticity off or on.

    While it is off, weights don't change; spikes still change their traces.

    Args:
      enabled: whether weights change from the start on.
      projections: names of projections to switch; None means all plastic ones.
      start_ms: see `stimulus`.
      start_step: see `stimulus`.

    Raises:
      ValueError: both starts are given, or `projections` is empty or a string.
    """
    if start_ms is not None and start_step is not None:
        raise ValueError("give start_ms or start_step, not both")
    message = network_pb2.Stimulus(start_ms=start_ms, start_step=start_step)
    message.plasticity.enabled = enabled
    message.plasticity.projections.extend(_named(projections))
    return message


def dopamine_pulse(
    amount: float,
    projections: Iterable[str] | None = None,
    *,
    start_ms: float | None = None,
    start_step: int | None = None,
) -> network_pb2.Stimulus:
    """Returns a stimulus that gives dopamine, for example as a reward.

    Args:
      amount: added to the concentration at the synapses of each projection,
        which decays; may be negative. The unit depends on the synapse model:
        1/ms for stdp_dopamine, a number for stdp_dopamine_interval.
      projections: names of projections; None means all whose synapse model
        takes dopamine.
      start_ms: see `stimulus`.
      start_step: see `stimulus`.

    Raises:
      ValueError: both starts are given, or `projections` is empty or a string.
    """
    if start_ms is not None and start_step is not None:
        raise ValueError("give start_ms or start_step, not both")
    message = network_pb2.Stimulus(start_ms=start_ms, start_step=start_step)
    message.dopamine.amount = amount
    message.dopamine.projections.extend(_named(projections))
    return message


def _named(projections: Iterable[str] | None) -> list[str]:
    """Returns the names; an empty list only for None, which means all."""
    if projections is None:
        return []
    if isinstance(projections, str):
        raise ValueError("projections: a list of names, not a string")
    names = list(projections)
    if not names:
        raise ValueError("projections: empty: None means all")
    return names
