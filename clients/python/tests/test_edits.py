# SPDX-License-Identifier: Apache-2.0
"""The requests of `Session.edit`, and its use of the answer."""

import pytest

import spiked
from small_network import NETWORK
from spiked import v1


@pytest.fixture
def session(client):
    """A session of the fake server."""
    return client.create_session(NETWORK)


def test_an_edit_is_sent_as_it_was_asked_for(session, server):
    step = session.edit(
        {"populations": [{"name": "late", "size": 3, "model": "izhikevich"}]},
        remove_populations=["in"],
        remove_projections=["a->b"],
        remove_inputs=["x->in"],
        remove_encoders=["eyes"],
    )
    request = server.edits[-1]
    assert step == 10
    assert request.session == session.name
    assert [p.name for p in request.add.populations] == ["late"]
    assert list(request.remove_populations) == ["in"]
    assert list(request.remove_projections) == ["a->b"]
    assert list(request.remove_inputs) == ["x->in"]
    assert list(request.remove_encoders) == ["eyes"]
    assert session.info.network_revision == 1
    assert list(session.populations) == ["late"]


def test_an_edit_may_only_remove(session, server):
    session.edit(remove_inputs=["x->in"])
    assert server.edits[-1].add == v1.Network()


def test_mistakes_of_a_mapping_are_found_before_it_is_sent(session, server):
    with pytest.raises(spiked.InvalidNetworkError, match="populations"):
        session.edit({"populations": [{"nmae": "late"}]})
    assert not server.edits
