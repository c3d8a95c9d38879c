# SPDX-License-Identifier: Apache-2.0
"""The part of a session that injects stimuli of all kinds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from spiked._rpc.calls import invoke
from spiked._selection import Indices
from spiked.session.base import SessionBase
from spiked.stimuli import (
    StimulusAck,
    dopamine_pulse,
    encoder_values,
    late_policy,
    plasticity_switch,
    stimulus,
)
from spiked.streams.stimulus_stream import StimulusStream
from spiked.v1 import network_pb2, stimulus_pb2


class Stimulation(SessionBase):
    """Injects stimuli of all kinds; switches plasticity."""

    def inject(
        self,
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
        request_id: str = "",
        timeout_s: float | None = None,
    ) -> StimulusAck:
        """Injects one stimulus: a current, spikes or rates.

        For example `inject("sensory", columns=[3], current=15.0,
        duration_ms=500, start_ms=10_000)`, `inject("relay", neurons=[0],
        offsets_ms=[0, 5], weight=20)`, or `inject("retina",
        neurons=range(784), rates_hz=pixels / 4, weight=20)`.

        Args:
          population: name of the population of the neurons.
          current: amplitude of a current, with `duration_ms`. All arguments up
            to `start_step` are those of `spiked.stimulus`, which tells more.
          rates_hz: rates of Poisson spike trains.
          duration_ms: how long the current or the spike trains last.
          offsets_ms: arrival times of spikes after the start.
          weight: weight of the spikes.
          receptor: receptor on which spikes act.
          neurons: indices within the population, or a boolean mask; None means
            all.
          columns: the same of columns.
          start_ms: start in model time since step 0; None means at once.
          start_step: the same in steps.
          request_id: makes the call safe to repeat: calls with the same id
            inject once. 1 to 64 letters, digits, '-', '_' or '.'.
          timeout_s: see the class.

        Raises:
          InvalidArgument: nothing was injected; see `violations`.
          FailedPrecondition: the session failed.
          ResourceExhausted: too many stimuli are waiting.
        """
        made = stimulus(
            population,
            current=current,
            rates_hz=rates_hz,
            duration_ms=duration_ms,
            offsets_ms=offsets_ms,
            weight=weight,
            receptor=receptor,
            neurons=neurons,
            columns=columns,
            start_ms=start_ms,
            start_step=start_step,
        )
        return self.inject_all(
            [made], request_id=request_id, timeout_s=timeout_s
        )

    def inject_all(
        self,
        stimuli: Iterable[network_pb2.Stimulus],
        *,
        request_id: str = "",
        refuse_late: bool = False,
        timeout_s: float | None = None,
    ) -> StimulusAck:
        """Injects 1 to 10,000 stimuli, all or none; see `inject`.

        Args:
          stimuli: from `spiked.stimulus` and similar functions.
          request_id: see `inject`.
          refuse_late: whether to inject none if one is late, instead of
            letting it act at the next step.
          timeout_s: see the class.

        Raises:
          OutOfRange: some stimuli are late and `refuse_late` is set; `metadata`
            has "late_count" and "current_step".
        """
        request = stimulus_pb2.InjectStimulusRequest(
            session=self.name,
            expected_incarnation_id=self.incarnation_id,
            stimuli=stimuli,
            request_id=request_id,
            late_policy=late_policy(refuse_late),
        )
        answer = invoke(self._stubs.stimulus.InjectStimulus, request, timeout_s)
        return StimulusAck(answer.applied_step, answer.late_count)

    def set_plasticity(
        self,
        enabled: bool,
        projections: Iterable[str] | None = None,
        *,
        start_ms: float | None = None,
        start_step: int | None = None,
        timeout_s: float | None = None,
    ) -> StimulusAck:
        """Switches plasticity off or on, for example for a test phase.

        For example `set_plasticity(False)`, or `set_plasticity(True,
        ["exc->exc"], start_ms=20_000)`. It lasts until the next switch or
        reset.

        Args:
          enabled: whether weights change from the start on.
          projections: names of projections to switch; None means all plastic
            ones.
          start_ms: start in model time since step 0, in ms. None: the next
            step.
          start_step: the same in steps.
          timeout_s: see the class.

        Returns:
          The answer, with the first step that the switch affects.

        Raises:
          InvalidArgument: nothing was switched; see `violations`.
          FailedPrecondition: the session failed.
          ResourceExhausted: too many stimuli are waiting.
        """
        switch = plasticity_switch(
            enabled, projections, start_ms=start_ms, start_step=start_step
        )
        return self.inject_all([switch], timeout_s=timeout_s)

    def dopamine(
        self,
        amount: float,
        projections: Iterable[str] | None = None,
        *,
        start_ms: float | None = None,
        start_step: int | None = None,
        timeout_s: float | None = None,
    ) -> StimulusAck:
        """Gives dopamine to the synapses of projections, as a reward.

        For example `dopamine(0.5)`, or `dopamine(0.5, ["exc->exc"],
        start_ms=20_000)`.

        Args:
          amount: see `spiked.dopamine_pulse`.
          projections: names of projections; None means all whose synapse model
            takes dopamine.
          start_ms: start in model time since step 0, in ms. None: the next
            step.
          start_step: the same in steps.
          timeout_s: see the class.

        Returns:
          The answer, with the step at whose beginning dopamine is given.

        Raises:
          InvalidArgument: nothing was given; see `violations`.
          FailedPrecondition: the session failed.
          ResourceExhausted: too many stimuli are waiting.
        """
        pulse = dopamine_pulse(
            amount, projections, start_ms=start_ms, start_step=start_step
        )
        return self.inject_all([pulse], timeout_s=timeout_s)

    def encode(
        self,
        encoder: str,
        values: float | Sequence[float] | np.ndarray,
        *,
        duration_ms: float | None = None,
        start_ms: float | None = None,
        start_step: int | None = None,
        timeout_s: float | None = None,
    ) -> StimulusAck:
        """Sends values to an encoder of the network.

        For example `encode("position", [0.2, 0.7])`: values act until the next
        values.

        Args:
          encoder: name of the encoder.
          values: one number for each of its dimensions.
          duration_ms: longest time that the values act; None means until the
            next ones. See `spiked.encoder_values`.
          start_ms: start in model time since step 0; None means at once.
          start_step: the same in steps.
          timeout_s: see the class.

        Raises:
          InvalidArgument: nothing was injected; see `violations`.
          FailedPrecondition: the session failed.
          ResourceExhausted: too many stimuli are waiting.
        """
        made = encoder_values(
            encoder,
            values,
            duration_ms=duration_ms,
            start_ms=start_ms,
            start_step=start_step,
        )
        return self.inject_all([made], timeout_s=timeout_s)

    def stimulus_stream(self, *, refuse_late: bool = False) -> StimulusStream:
        """Opens a stream of stimuli for a closed loop; a context manager.

        Args:
          refuse_late: see `inject_all`.
        """
        return StimulusStream(
            self._stubs.stimulus,
            self.name,
            self.incarnation_id,
            refuse_late=refuse_late,
        )
