# SPDX-License-Identifier: Apache-2.0
"""The part of a session that changes its network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from spiked import changes as make
from spiked._rpc.calls import invoke
from spiked._selection import Indices
from spiked.changes import ChangeAck, Number
from spiked.session.base import SessionBase
from spiked.v1 import change_pb2


class Changes(SessionBase):
    """Changes parameters, state, inputs and weights; silences neurons.

    Changes are made between two steps: before the next step, or before
    `at_step`, for which they wait. The answer comes at once in both cases.
    `reset` undoes them.
    """

    def change(
        self,
        changes: Iterable[change_pb2.Change],
        *,
        at_step: int | None = None,
        timeout_s: float | None = None,
    ) -> ChangeAck:
        """Makes 1 to 1,000 changes at one step, all or none.

        For example `change([spiked.silence("exc", neurons=[3]),
        spiked.set_weights("exc->inh", factor=0.5)], at_step=1000)`.

        Args:
          changes: from `spiked.set_parameters`, `set_state`, `set_input`,
            `set_weights`, `silence` and `switch_plasticity`; made in their
            order.
          at_step: first step that the changes affect; None means the next one.
          timeout_s: see the class.

        Raises:
          InvalidArgument: nothing was changed; see `violations`.
          FailedPrecondition: the session failed, or `at_step` has passed (the
            reason is then STEP_PASSED, and `metadata` has current_step).
          ResourceExhausted: too many changes wait, or there is no memory for
            copies of weights.
        """
        request = change_pb2.ChangeNetworkRequest(
            session=self.name,
            expected_incarnation_id=self.incarnation_id,
            at_step=at_step,
            changes=changes,
        )
        answer = invoke(self._stubs.network.ChangeNetwork, request, timeout_s)
        return ChangeAck(answer.applied_step, answer.step, answer.epoch)

    def set_parameters(
        self,
        population: str,
        parameters: Mapping[str, Number],
        *,
        neurons: Indices | None = None,
        at_step: int | None = None,
        timeout_s: float | None = None,
    ) -> ChangeAck:
        """Changes parameters of neurons; their state stays.

        For example `set_parameters("exc", {"tau_m_ms": 20.0})`, or
        `set_parameters("exc", {"i_e_pa": {"normal": {"mean": 300, "std":
        20}}}, neurons=range(100))`. See `spiked.set_parameters` and `change`.
        """
        made = make.set_parameters(population, parameters, neurons=neurons)
        return self.change([made], at_step=at_step, timeout_s=timeout_s)

    def set_state(
        self,
        population: str,
        values: Mapping[str, Number],
        *,
        neurons: Indices | None = None,
        at_step: int | None = None,
        timeout_s: float | None = None,
    ) -> ChangeAck:
        """Sets state variables of neurons: `set_state("exc", {"v_mv": -70})`.

        See `spiked.set_state` and `change`.
        """
        made = make.set_state(population, values, neurons=neurons)
        return self.change([made], at_step=at_step, timeout_s=timeout_s)

    def set_input(
        self,
        name: str,
        parameters: Mapping[str, Number],
        *,
        at_step: int | None = None,
        timeout_s: float | None = None,
    ) -> ChangeAck:
        """Changes an input: `set_input("background", {"rate_hz": 12.0})`.

        See `spiked.set_input` and `change`.
        """
        made = make.set_input(name, parameters)
        return self.change([made], at_step=at_step, timeout_s=timeout_s)

    def set_weights(
        self,
        projection: str,
        weights: Number | None = None,
        *,
        factor: float | None = None,
        sources: Sequence[int] | np.ndarray | None = None,
        targets: Sequence[int] | np.ndarray | None = None,
        at_step: int | None = None,
        timeout_s: float | None = None,
    ) -> ChangeAck:
        """Changes weights of a projection.

        New weights act on spikes that arrive after the step. See
        `spiked.set_weights` and `change`.
        """
        made = make.set_weights(
            projection,
            weights,
            factor=factor,
            sources=sources,
            targets=targets,
        )
        return self.change([made], at_step=at_step, timeout_s=timeout_s)

    def silence(
        self,
        population: str,
        *,
        neurons: Indices | None = None,
        silenced: bool = True,
        at_step: int | None = None,
        timeout_s: float | None = None,
    ) -> ChangeAck:
        """Silences neurons: a lesion that `silenced=False` or `reset` undoes.

        Silenced neurons are updated as before, but their spikes are dropped.
        See `spiked.silence` and `change`.
        """
        made = make.silence(population, neurons=neurons, silenced=silenced)
        return self.change([made], at_step=at_step, timeout_s=timeout_s)
