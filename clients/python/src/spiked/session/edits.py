# SPDX-License-Identifier: Apache-2.0
"""The part of a session that edits its network."""

from __future__ import annotations

from collections.abc import Iterable

from spiked._rpc.calls import invoke
from spiked._rpc.large_lists import upload_large_lists
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
        """Edits the network of a paused session, completely or not at all.

        For example `edit({"populations": [{"name": "late", "size": 10,
        "model": "lif_delta"}]}, remove_projections=["exc->inh"])`.

        The rest of the network keeps its state; added parts begin as at step 0.
        Streams of spikes, rates and states end, after sending all data, and
        must be opened again: the edit begins a new epoch and may change the
        indices of neurons. `reset` keeps edits.

        Args:
          add: the parts to add: the path of a YAML or JSON file, a mapping of
            the same form, or a `v1.Network`, with only populations,
            projections, inputs and encoders.
          remove_populations: names; everything attached to them is removed,
            too.
          remove_projections: names; "source->target" if they were given none.
          remove_inputs: names; "model->population" if they were given none.
          remove_encoders: names.
          timeout_s: see the class.

        Returns:
          The first step of the edited network: the session's step.

        Raises:
          InvalidNetworkError: the parts to add are wrong: all violations, with
            the lines of the file.
          InvalidArgument: another argument is wrong; see `violations`.
          FailedPrecondition: the session isn't paused, or earlier or waiting
            changes of its network don't fit the edited one.
          ResourceExhausted: there is no memory for both networks, or a quota is
            exceeded.
        """
        document = NetworkDocument.read({} if add is None else add)
        request = change_pb2.EditNetworkRequest(
            session=self.name,
            expected_incarnation_id=self.incarnation_id,
            remove_populations=remove_populations,
            remove_projections=remove_projections,
            remove_inputs=remove_inputs,
            remove_encoders=remove_encoders,
            add=upload_large_lists(document.message, self._stubs.upload),
        )
        try:
            answer = invoke(self._stubs.network.EditNetwork, request, timeout_s)
        except InvalidArgument as error:
            raise document.locate(error, "add") from None
        self._know(answer.session)
        return answer.applied_step
