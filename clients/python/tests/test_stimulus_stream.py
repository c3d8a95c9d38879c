# SPDX-License-Identifier: Apache-2.0
import pytest

import spiked
from spiked import v1


def test_closed_loop(session):
    with session.stimulus_stream() as stream:
        for step in range(0, 100, 10):
            ack = stream.send("in", neurons=[1], weight=20)
            assert ack == spiked.StimulusAck(step, 0)
            spikes = session.advance(10)
            assert (step, 1) in zip(spikes.steps, spikes.neurons, strict=True)


def test_empty_message_tells_the_step(session):
    session.advance(4)
    with session.stimulus_stream() as stream:
        assert stream.send_all().applied_step == 4


def test_bad_stimulus_raises_and_the_stream_goes_on(session):
    with session.stimulus_stream() as stream:
        with pytest.raises(spiked.InvalidArgument, match="nobody"):
            stream.send("nobody", weight=1)
        assert stream.send("in", weight=1).applied_step == 0


def test_late_stimuli_are_refused_on_request(session):
    session.advance(10)
    with session.stimulus_stream(refuse_late=True) as stream:
        assert stream.send("in", weight=1).credits == 1000
        with pytest.raises(spiked.OutOfRange, match="late") as caught:
            stream.send("in", weight=1, start_step=5)
        assert caught.value.metadata["late_count"] == "1"
        assert stream.send("in", weight=1, start_step=12).applied_step == 12
    with session.stimulus_stream() as stream:
        assert stream.send("in", weight=1, start_step=5).late_count == 1


def test_unary_injection_tells_its_policy(server, session):
    stimulus = spiked.stimulus("in", weight=1)
    session.inject_all([stimulus], refuse_late=True)
    assert server.request.late_policy == v1.REFUSE_LATE
    session.inject_all([stimulus])
    assert server.request.late_policy == v1.APPLY_NEXT


def test_close_is_idempotent_and_final(session):
    stream = session.stimulus_stream()
    stream.send("in", weight=1)
    stream.close()
    stream.close()
    with pytest.raises(ValueError, match="closed"):
        stream.send("in", weight=1)


def test_unknown_session_raises_at_the_first_message(session):
    session.delete()
    stream = session.stimulus_stream()
    with pytest.raises(spiked.NotFound):
        stream.send("in", weight=1)


def test_an_error_in_the_block_cancels(session):
    with pytest.raises(ZeroDivisionError):
        with session.stimulus_stream() as stream:
            stream.send("in", weight=1)
            raise ZeroDivisionError
    session.refresh()
