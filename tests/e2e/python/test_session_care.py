# SPDX-License-Identifier: Apache-2.0
"""Management of sessions: pace, building, lifetime, uploads, repetition."""

import os
import signal
import time

import numpy as np
import pytest

import spiked
from spiked import v1


def large_network(upload: str = "") -> dict:
    """Some seconds to build, or 2 x 3000 neurons joined by an upload."""
    rule = {"fixed_indegree": {"degree": 2000}}
    projection = {"weight": {"uniform": {"low": 0, "high": 1e-3}}, **rule}
    if upload:
        projection = {"explicit_pairs": {"upload": upload}}
    else:
        projection["delay_ms"] = {"discrete_uniform": {"low": 1, "high": 20}}
    size = 3000 if upload else 30_000
    return {
        "dt_ms": 1,
        "populations": [
            {"name": name, "size": size, "model": "izhikevich"}
            for name in ("a", "b")
        ],
        "projections": [{"source": "a", "target": "b", **projection}],
    }


def test_pace_changes_while_the_session_runs(client, network):
    session = client.create_session(network, pace=1)
    session.start()
    fast = session.update(pace=100, lateness_policy="slip")
    assert (fast.state, fast.pace) == (v1.RUNNING, 100)
    with session.spikes() as stream:
        next(b for b in stream if b.end_step > fast.step + 300)
    assert session.update(pacing="free_run").pacing == v1.FREE_RUN
    still = session.update(pacing="lockstep")
    assert (still.state, still.pacing) == (v1.PAUSED, v1.LOCKSTEP)
    assert session.advance(5).end_step == still.step + 5
    again = client.create_session(network, pacing="lockstep")
    again.advance(still.step + 5)
    assert again.state_hash() == session.state_hash()


def test_a_stopped_daemon_slips_and_does_not_hurry(own_server, network):
    with spiked.Client(own_server.address) as client:
        session = client.create_session(network, pace=10)
        begin_s = time.monotonic()
        session.start()
        with session.spikes() as stream:
            next(b for b in stream if b.end_step > 100)
            os.kill(own_server.pid, signal.SIGSTOP)
            time.sleep(1.5)  # the time that is measured
            os.kill(own_server.pid, signal.SIGCONT)
            steps = session.refresh().step
            next(b for b in stream if b.end_step > steps + 100)
        metrics = session.metrics()
        running_s = time.monotonic() - begin_s - metrics.slipped_s
        # 15,000 steps were neither taken nor made up for.
        assert metrics.slipped_s > 1.4
        assert metrics.step < running_s * 10_000 + 200


def test_building_is_watched_and_given_up(client):
    memory = client.server_info().memory_bytes
    session = client.create_session(large_network(), return_at_once=True)
    fractions = []
    with session.watch() as changes:
        for info in changes:
            assert info.state == v1.CREATING
            if info.build_phase == v1.BUILD_SYNAPSES:
                fractions.append(info.build_fraction)
            if len(fractions) == 3:
                break
    assert 0 <= fractions[0] < fractions[1] < fractions[2] < 1
    with pytest.raises(spiked.FailedPrecondition, match="CREATING"):
        session.start()
    session.delete()
    assert client.server_info().memory_bytes == memory
    with pytest.raises(spiked.NotFound):
        session.refresh()


def test_session_is_waited_for(client, network):
    session = client.create_session(network, return_at_once=True)
    session.wait_until_built()
    assert list(session.populations) == ["exc", "inh"]
    assert session.advance(10).end_step == 10


def test_wrong_network_that_was_not_waited_for_fails(client, network):
    network["populations"][0]["model"] = "nonsense"
    session = client.create_session(network, return_at_once=True)
    with pytest.raises(spiked.SessionFailed, match=r"populations\[0\].model"):
        session.wait_until_built()
    assert session.refresh().state == v1.FAILED
    session.delete()


def test_sessions_end_by_themselves(client, network):
    short = client.create_session(network, ttl_s=0.2, labels={"it": "ends"})
    idle = client.create_session(network, idle_timeout_s=0.2)
    kept = client.create_session(network, idle_timeout_s=0.2)
    with kept.spikes() as stream:
        assert short.info.expire_time.seconds > 0
        with short.watch() as changes:
            assert [i.state for i in changes][-1] == v1.DELETING
        while len(list(client.list_sessions())) > 1:
            time.sleep(0.05)
        assert kept.update(idle_timeout_s=0).idle_timeout_s == 0
        assert next(stream).epoch == 0
    with pytest.raises(spiked.NotFound):
        idle.refresh()


def test_repeated_calls_act_once(client, network):
    first = client.create_session(network, request_id="one")
    assert client.create_session(network, request_id="one").name == first.name
    with pytest.raises(spiked.AlreadyExists, match="request_id"):
        client.create_session(network, request_id="one", pace=3)
    acks = [
        first.inject("exc", neurons=[1], weight=5.0, request_id="two")
        for _ in range(3)
    ]
    assert len(set(acks)) == 1
    assert first.metrics().stimulus_count == 1


def test_ten_million_synapses_are_uploaded(client):
    count = 10_000_000
    random = np.random.default_rng(1)
    sources = random.integers(0, 3000, count, dtype=np.int32)
    targets = random.integers(0, 3000, count, dtype=np.int32)
    weights = random.random(count)
    delays = np.full(count, 2.0)
    begin = time.monotonic()
    name = client.upload_synapses(sources, targets, weights, delays)
    seconds = time.monotonic() - begin
    print(f"{count} synapses, 240 MB, in {seconds:.2f} s")
    session = client.create_session(large_network(name), pacing="lockstep")
    assert session.info.synapse_count == count
    some = session.synapses("a->b", sources=[7])
    mine = np.flatnonzero(sources == 7)
    order = np.lexsort((weights[mine], targets[mine]))
    got = np.lexsort((some.weights, some.targets))
    np.testing.assert_array_equal(some.targets[got], targets[mine][order])
    np.testing.assert_allclose(
        some.weights[got], weights[mine][order], atol=1 / 4095
    )


def test_wrong_uploads_say_where(client):
    with pytest.raises(spiked.InvalidArgument) as caught:
        client.upload_synapses([0, -1], [0, 0])
    assert caught.value.violations == [
        ("chunk.source_indices[1]", "-1 is not in [0, 2147483648)")
    ]
    with pytest.raises(spiked.InvalidArgument, match="is no upload"):
        client.create_session(large_network("uploads/none"))
