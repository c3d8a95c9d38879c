# SPDX-License-Identifier: Apache-2.0
import inspect

import numpy as np
import pytest

import spiked
from small_network import NETWORK
from spiked import v1


@pytest.mark.parametrize("encoding", ["fixed32_bytes", "delta_varint"])
def test_advance_returns_the_spikes(server, session, encoding):
    batch = session.advance(300, encoding=encoding)
    fake = server.sessions[session.name]
    wanted = [(k, n) for k in range(300) for n in fake.spikes_at(k)]
    assert list(zip(batch.steps, batch.neurons, strict=True)) == wanted
    assert (batch.first_step, batch.end_step) == (0, 300)
    np.testing.assert_allclose(batch.times_ms, (batch.steps + 1) * 0.5)


def test_advance_takes_all_steps_in_several_calls(server, session):
    whole = session.advance(250)
    session.reset()
    server.max_advance_steps = 60
    parts = session.advance(250)
    assert (parts.first_step, parts.end_step) == (0, 250)
    np.testing.assert_array_equal(parts.steps, whole.steps)
    np.testing.assert_array_equal(parts.neurons, whole.neurons)


def test_advance_that_gets_nowhere_is_an_error(server, session):
    server.max_advance_steps = 0
    with pytest.raises(spiked.DeadlineExceeded, match="timeout_s"):
        session.advance(1)


def test_advance_without_spikes_still_tells_the_steps(session):
    session.advance(10, return_spikes=False)
    batch = session.advance(5, return_spikes=False)
    assert len(batch) == 0
    assert (batch.first_step, batch.end_step) == (10, 15)


def test_advance_by_time(session):
    assert session.advance(duration_ms=10).end_step == 20
    with pytest.raises(ValueError, match="multiple of the step, 0.5 ms"):
        session.advance(duration_ms=0.7)
    with pytest.raises(ValueError, match="not both"):
        session.advance(1, duration_ms=1)
    with pytest.raises(ValueError, match="give step_count or duration_ms"):
        session.advance()


def test_step_mismatch_tells_the_step(server, session):
    import grpc

    server.refusal = (
        grpc.StatusCode.ABORTED,
        "session is at step 7, not 3",
        v1.ErrorInfo(reason="STEP_MISMATCH", metadata={"current_step": "7"}),
        v1.BadRequest(),
    )
    with pytest.raises(spiked.StepMismatch) as caught:
        session.advance(1, expected_step=3)
    assert caught.value.current_step == 7
    assert caught.value.reason == "STEP_MISMATCH"


def test_start_takes_ms_or_steps(session):
    assert session.start(stop_ms=50).stop_step == 100
    assert session.start(stop_step=120).stop_step == 120
    assert session.info.step == 120


def test_pause_and_reset(session):
    assert session.start().state == v1.RUNNING
    assert session.pause().state == v1.PAUSED
    assert session.reset().epoch == 1
    assert session.metrics().step == 0


def test_wait_returns_when_the_session_pauses(session):
    session.start(stop_step=10)
    assert session.wait().step == 10


def test_wait_raises_if_the_session_failed(server, session):
    fake = server.sessions[session.name]
    fake.info.state = v1.FAILED
    fake.info.failure = "in: v_mv of neuron 3 at step 9"
    with pytest.raises(spiked.SessionFailed, match="neuron 3 at step 9"):
        session.wait()


def test_inject_is_answered_and_seen(session):
    ack = session.inject(
        "in", neurons=[2], current=10.0, duration_ms=5, start_ms=10
    )
    assert ack == spiked.StimulusAck(applied_step=20, late_count=0)
    spikes = session.advance(40)
    assert set(range(20, 30)) <= set(spikes.steps[spikes.neurons == 2])


def test_late_stimuli_are_counted(session):
    session.advance(10)
    stimuli = [spiked.stimulus("in", weight=1, start_step=k) for k in (3, 12)]
    assert session.inject_all(stimuli) == spiked.StimulusAck(10, 1)


def test_plasticity_is_switched_at_a_step(server, session):
    session.advance(10)
    assert session.set_plasticity(False) == spiked.StimulusAck(10, 0)
    ack = session.set_plasticity(True, ["a->b"], start_ms=10)
    assert ack == spiked.StimulusAck(20, 0)
    (now, off), (later, on) = server.sessions[session.name].switches
    assert (now, off.enabled, list(off.projections)) == (10, False, [])
    assert (later, on.enabled, list(on.projections)) == (20, True, ["a->b"])


def test_dopamine_is_given_at_a_step(server, session):
    session.advance(10)
    assert session.dopamine(0.5) == spiked.StimulusAck(10, 0)
    ack = session.dopamine(-0.1, ["a->b"], start_step=20)
    assert ack == spiked.StimulusAck(20, 0)
    (now, first), (later, second) = server.sessions[session.name].pulses
    assert (now, first.amount, list(first.projections)) == (10, 0.5, [])
    assert (later, second.amount) == (20, -0.1)
    assert list(second.projections) == ["a->b"]


def test_state_hash_tells_step_and_bits(session):
    session.advance(10)
    state = session.state_hash()
    assert state.step == 10
    assert state.hash > 2**63  # all 64 bits come through
    assert state == session.state_hash()
    session.advance(1)
    assert state != session.state_hash()


def test_update_changes_only_what_is_given(session):
    session.update(pace=5, labels={"a": "1"}, ttl_s=10)
    info = session.update(pacing="free_run", ttl_s=0)
    assert (info.pacing, info.pace) == (v1.FREE_RUN, 5)
    assert (dict(info.labels), info.ttl_s) == ({"a": "1"}, 0)
    assert not session.update(labels={}).labels
    with pytest.raises(ValueError, match='"catch_up", "slip"'):
        session.update(lateness_policy="hurry")


def test_waits_for_a_session_that_is_being_built(server, client):
    session = client.create_session(NETWORK, return_at_once=True)
    assert session.info.state == v1.CREATING
    fake = server.sessions[session.name]
    fake.info.state = v1.PAUSED
    assert session.wait_until_built().state == v1.PAUSED
    assert list(session.populations) == ["in", "out"]


def test_a_session_that_can_not_be_built_says_why(server, client):
    session = client.create_session(NETWORK, return_at_once=True)
    fake = server.sessions[session.name]
    fake.info.state = v1.FAILED
    fake.info.failure = "network.dt_ms: 0 is wrong"
    with pytest.raises(spiked.SessionFailed, match="dt_ms: 0 is wrong"):
        session.wait_until_built()


def test_advance_counts_spikes_in_bins(session):
    wanted = session.advance(60)
    session.reset()
    batch = session.advance_counts(60, bin_ms=10)
    assert batch.counts.shape == (3, 2)
    assert [group.population for group in batch.groups] == ["in", "out"]
    for k in range(3):
        part = wanted.between_ms(10 * k, 10 * (k + 1))
        for g, name in enumerate(["in", "out"]):
            assert batch.counts[k, g] == len(part.of(session.populations[name]))
    assert (batch.first_step, batch.end_step) == (0, 60)
    with pytest.raises(ValueError, match="whole bins"):
        session.advance_counts(61, bin_ms=10)


def test_advance_counts_needs_all_steps(server, session):
    server.max_advance_steps = 10
    with pytest.raises(spiked.DeadlineExceeded, match="10 of 60 steps"):
        session.advance_counts(60, bin_ms=10)


def test_the_users_error_is_seen_when_the_server_is_gone(server, session):
    with pytest.raises(ZeroDivisionError), session:
        server.stop()
        1 / 0  # noqa: B018


def test_a_stop_at_0_is_no_run_without_an_end(session):
    for stop in ({"stop_ms": 0}, {"stop_step": 0}):
        with pytest.raises(ValueError, match="stop: 0"):
            session.start(**stop)


def test_no_names_are_not_all_names(session):
    with pytest.raises(ValueError, match="populations: empty"):
        session.spikes([])
    with pytest.raises(ValueError, match="populations: empty"):
        session.rates([], bin_ms=1)
    with pytest.raises(ValueError, match="variables: empty"):
        session.record("in", [])


def test_masks_select_by_their_length(session):
    size = sum(known.size for known in session.populations.values())
    with pytest.raises(ValueError, match=f"there are {size}"):
        session.spikes(neurons=np.ones(size + 1, bool))
    name, population = next(iter(session.populations.items()))
    with pytest.raises(ValueError, match=f"there are {population.size}"):
        session.record(name, ["v_mv"], neurons=np.ones(size + 1, bool))


def test_state_and_step_are_those_of_now(server, session):
    session.advance(20)
    fake = server.sessions[session.name]
    fake.info.step += 5  # by another client
    fake.info.state = v1.RUNNING
    assert (session.state, session.step) == ("running", 25)
    assert repr(session) == "<Session sessions/small, running at step 25>"


def test_a_deleted_session_says_so(client, session):
    client.session("small").delete()
    with pytest.raises(spiked.NotFound):
        session.delete()
    assert repr(session) == "<Session sessions/small, deleted>"


@pytest.mark.parametrize(
    "function, of",
    [
        (spiked.Session.inject, spiked.stimulus),
        (spiked.StimulusStream.send, spiked.stimulus),
        (spiked.Session.encode, spiked.encoder_values),
        (spiked.StimulusStream.encode, spiked.encoder_values),
    ],
)
def test_signatures_tell_all_arguments(function, of):
    given = inspect.signature(function).parameters
    for name, parameter in inspect.signature(of).parameters.items():
        assert given[name].annotation == parameter.annotation
        assert given[name].default == parameter.default
    assert all(p.kind != p.VAR_KEYWORD for p in given.values())


def test_a_population_is_chosen_by_its_name(session):
    batch = session.advance(200)
    out = session.populations["out"]
    assert batch.of("out") == batch.of(out)
    assert 0 < len(batch.of("out")) < len(batch)
    assert type(batch).concatenate([batch]).of("out") == batch.of(out)
    with session.spikes(start_step=0) as stream:
        assert next(stream).of("in").populations == session.populations
    with pytest.raises(ValueError, match="'uot': is not one of in, out"):
        batch.of("uot")
