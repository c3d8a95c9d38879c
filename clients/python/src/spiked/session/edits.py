# SPDX-License-Identifier: Apache-2.0
"""The part of a session that edits its network."""

from __future__ import annotations

from collections.abc import Iterable

from spiked._rpc.calls import invoke
from spiked.errors import InvalidArgument
from spiked.network_file.document import NetworkDocument, NetworkSource
from spiked.session.base import SessionBase
from spiked.v1 import change_pb2


class Edits(SessionBase):
    """Adds populations, projections, inputs and encoders, or removes them."""

    def edit(
        self,
        add: NetworkSource | None = None,
        *,
        remove_populations: Iterable[str] = (),
        remove_projections: Iterable[str] = (),
        remove_inputs: Iterable[str] = (),
        remove_encoders: Iterable[str] = (),
        timeout_s: float | None = None,
    ) -> int:
        """Edits the network of a paused session; all or nothing.

        For example `edit({"populations": [{"name": "late", "size": 10,
        "model": "lif_delta"}]}, remove_projections=["exc->inh"])`.

        What stays goes on as if nothing had happened; what is added begins as
        at step 0. Streams of spikes, rates and states end with all that there
        was, and are to be opened again: the edit begins a new epoch, and
        neurons are counted anew. `reset` keeps edits.

        Args:
          add: what is added: the path of a YAML or JSON file, a mapping of the
            same form, or a `v1.Network`, with populations, projections, inputs
            and encoders alone.
          remove_populations: by name; what is attached to them goes, too.
          remove_projections: by name: "source->target" if they have no other.
          remove_inputs: by name: "model->population" if they have no other.
          remove_encoders: by name.
          timeout_s: see the class.

        Returns:
          The first step of the edited network: the session's step.

        Raises:
          InvalidNetworkError: what is added is wrong: all violations, with the
            lines of its file.
          InvalidArgument: something else is; see `violations`.
          FailedPrecondition: the session isn't paused, or what was changed of
            its network, or waits to be, has no place in the edited one.
          ResourceExhausted: there is no memory for both networks, or a quota
            doesn't suffice.
        """
        document = NetworkDocument.read({} if add is None else add)
        request = change_pb2.EditNetworkRequest(
            session=self.name,
            remove_populations=remove_populations,
            remove_projections=remove_projections,
            remove_inputs=remove_inputs,
            remove_encoders=remove_encoders,
            add=document.message,
        )
        try:
            answer = invoke(self._stubs.network.EditNetwork, request, timeout_s)
        except InvalidArgument as error:
            raise document.locate(error, "add") from None
        self._know(answer.session)
        return answer.applied_step
