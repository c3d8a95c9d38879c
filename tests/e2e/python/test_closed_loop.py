# SPDX-License-Identifier: Apache-2.0
"""Stimuli, one by one and as a stream."""

import contextlib

import grpc
import numpy as np
import pytest

import spiked
from spiked import v1
from spiked.v1 import stimulus_pb2_grpc


@pytest.fixture
def relay(client):
    """A lockstep session of 10 spike sources: they fire when told to."""
    return client.create_session(
        {
            "dt_ms": 1,
            "populations": [
                {"name": "relay", "size": 10, "model": "spike_source"}
            ],
        },
        pacing="lockstep",
    )


def pairs(spikes):
    return list(
        zip(spikes.steps.tolist(), spikes.neurons.tolist(), strict=True)
    )


def test_spikes_arrive_when_they_are_told_to(relay):
    ack = relay.inject("relay", neurons=[3, 5], offsets_ms=[0, 4], start_ms=10)
    assert ack == spiked.StimulusAck(10, 0)
    assert pairs(relay.advance(20)) == [(10, 3), (10, 5), (14, 3), (14, 5)]


def test_a_stimulus_without_start_acts_at_the_next_step(relay):
    relay.advance(7)
    assert relay.inject("relay", neurons=[1], weight=1) == spiked.StimulusAck(
        7, 0
    )
    assert pairs(relay.advance(1)) == [(7, 1)]


def test_currents_step_the_rate_of_poisson_sources(client):
    def pulse(rate_hz, start_ms):
        return {
            "population": "input",
            "start_ms": start_ms,
            "current": {"amplitudes": [rate_hz], "duration_ms": 500},
        }

    session = client.create_session(
        {
            "dt_ms": 1,
            "populations": [
                {
                    "name": "input",
                    "size": 1000,
                    "model": "poisson_source",
                    "parameters": {"rate_hz": {"constant": 5}},
                }
            ],
            # The network's own stimuli: 25 Hz, then none.
            "stimuli": [pulse(20, 500), pulse(-1000, 1000)],
        },
        pacing="lockstep",
    )
    counts = [len(session.advance(500)) for _ in range(4)]
    # A stimulus while it runs, for half of the neurons.
    session.inject("input", current=95.0, duration_ms=500, neurons=range(500))
    after = session.advance(500)
    counts.append(int((after.neurons < 500).sum()))
    # Poisson counts, reduced by 0 to 5 % because a step holds one spike.
    for count, expected in zip(
        counts, (2500, 12_500, 0, 2500, 25_000), strict=True
    ):
        assert abs(count - expected) <= 0.06 * expected + 4 * expected**0.5


def test_late_stimuli_act_now_and_are_counted(relay):
    relay.advance(7)
    ack = relay.inject("relay", neurons=[1], weight=1, start_step=3)
    assert ack == spiked.StimulusAck(7, 1)
    assert relay.metrics().late_stimulus_count == 1
    assert pairs(relay.advance(3)) == [(7, 1)]


def test_advance_takes_stimuli_along(relay):
    stimulus = spiked.stimulus("relay", neurons=[2], weight=1)
    assert pairs(relay.advance(5, stimuli=[stimulus])) == [(0, 2)]


def test_stimuli_are_injected_all_or_none(relay):
    good = spiked.stimulus("relay", weight=1)
    bad = spiked.stimulus("relay", neurons=[10], weight=1)
    with pytest.raises(spiked.InvalidArgument, match=r"stimuli\[1\]"):
        relay.inject_all([good, bad])
    assert len(relay.advance(5)) == 0


def test_closed_loop(relay):
    """Each spike of neuron i makes neuron i + 1 fire in the next step."""
    with relay.stimulus_stream() as loop:
        neuron = 0
        for step in range(10):
            ack = loop.send("relay", neurons=[neuron], weight=1)
            assert ack == spiked.StimulusAck(step, 0)
            ((spike_step, spiking),) = pairs(relay.advance(1))
            assert (spike_step, spiking) == (step, neuron)
            neuron = (spiking + 1) % 10
        assert loop.send_all().applied_step == 10


def test_a_bad_stimulus_is_told_and_the_stream_goes_on(relay):
    with relay.stimulus_stream() as loop:
        with pytest.raises(spiked.InvalidArgument, match="rleay"):
            loop.send("rleay", weight=1)
        loop.send("relay", neurons=[4], weight=1)
        assert pairs(relay.advance(1)) == [(0, 4)]


@pytest.fixture
def raw_stream(server):
    """Returns a function that streams messages and gives (answers, status)."""
    with grpc.insecure_channel(server.address) as channel:
        stub = stimulus_pb2_grpc.StimulusServiceStub(channel)

        def send(*messages):
            call = stub.StreamStimuli(iter(messages), timeout=20)
            answers = []
            with contextlib.suppress(grpc.RpcError):
                answers.extend(call)
            return answers, call.code().name

        yield send


def test_a_gap_in_the_sequence_is_refused(relay, raw_stream):
    answers, status = raw_stream(
        v1.StreamStimuliRequest(session=relay.name, sequence=0),
        v1.StreamStimuliRequest(sequence=2),
    )
    assert status == "INVALID_ARGUMENT"
    assert len(answers) <= 1


def test_an_end_without_end_of_input_is_data_loss(relay, raw_stream):
    _, status = raw_stream(
        v1.StreamStimuliRequest(session=relay.name, sequence=0)
    )
    assert status == "DATA_LOSS"


def test_a_stream_to_nobody_is_not_found(raw_stream):
    _, status = raw_stream(
        v1.StreamStimuliRequest(session="sessions/nobody", sequence=0)
    )
    assert status == "NOT_FOUND"


def frame(k):
    """Rates of 1000 neurons: frame k of a camera."""
    return 400 * (1 + np.sin(np.arange(1000) / 100 + k)) / 2


@pytest.fixture
def retina(client):
    """Returns a function that makes a lockstep session of 1000 sources."""

    def make(stimuli=(), thread_count=1):
        return client.create_session(
            {
                "dt_ms": 1,
                "seed": 5,
                "populations": [
                    {"name": "retina", "size": 1000, "model": "spike_source"}
                ],
                "stimuli": list(stimuli),
            },
            pacing="lockstep",
            thread_count=thread_count,
        )

    return make


def test_rates_are_streamed_frame_by_frame(retina):
    session = retina()
    counts = np.zeros((4, 1000))
    with session.stimulus_stream() as stream:
        for k in range(4):
            ack = stream.send("retina", neurons=range(1000), rates_hz=frame(k))
            assert ack == spiked.StimulusAck(1000 * k, 0)
            neurons = session.advance(1000).neurons
            counts[k] = np.bincount(neurons, minlength=1000)
    for k in range(4):
        # A source fires in a step if at least one spike comes.
        p = 1 - np.exp(-frame(k) / 1000)
        busy = 1000 * p > 10
        assert busy.sum() > 700
        deviation = counts[k] - 1000 * p
        z = deviation[busy] / np.sqrt(1000 * p * (1 - p))[busy]
        assert abs(z.mean()) < 4 / len(z) ** 0.5
        assert abs((z**2).mean() - 1) < 4 * (2 / len(z)) ** 0.5


def test_rates_repeat_live_planned_and_on_threads(retina):
    def rates(k):
        return spiked.stimulus(
            "retina",
            neurons=range(1000),
            rates_hz=frame(k),
            duration_ms=60,
            start_step=50 * k,
        )

    session = retina()
    spikes = 0
    for k in range(3):
        session.inject_all([rates(k)])
        spikes += len(session.advance(50))
    assert spikes > 5000
    live = session.state_hash()
    session.reset()
    session.inject_all([rates(2), rates(1), rates(0)])
    assert state_after(session, 150) == live
    planned = retina(
        [
            {
                "population": "retina",
                "start_step": 50 * k,
                "neuron_indices": list(range(1000)),
                "rates": {"rates_hz": frame(k).tolist(), "duration_ms": 60},
            }
            for k in range(3)
        ],
        thread_count=2,
    )
    assert state_after(planned, 150) == live


def test_bad_rates_are_told(relay):
    for rate, text in ((-1, "-1 is not in"), (2e6, r"2e\+06 is not in")):
        with pytest.raises(spiked.InvalidArgument, match=text) as caught:
            relay.inject("relay", rates_hz=rate, duration_ms=5)
        ((path, _),) = caught.value.violations
        assert path == "stimuli[0].rates.rates_hz[0]"


def test_late_rates_are_refused_on_request(relay):
    relay.advance(7)
    late = spiked.stimulus("relay", rates_hz=1e6, duration_ms=3, start_step=4)
    with pytest.raises(spiked.OutOfRange):
        relay.inject_all([late], refuse_late=True)
    assert relay.inject_all([late]) == spiked.StimulusAck(7, 1)
    # At a million spikes a second there are some in each step.
    assert pairs(relay.advance(9)) == [
        (k, n) for k in range(7, 10) for n in range(10)
    ]


@pytest.fixture
def learning():
    """A network whose neurons drive each other, and learn."""
    projection = {
        "source": "exc",
        "target": "exc",
        "pairwise_bernoulli": {"probability": 0.3},
        "weight": {"uniform": {"low": 0, "high": 5}},
        "delay_ms": {"discrete_uniform": {"low": 1, "high": 9}},
    }
    stdp = {
        "model": "stdp_pair",
        "parameters": {
            "weight_max": {"constant": 5},
            "a_plus": {"constant": 0.2},
            "a_minus": {"constant": 0.2},
        },
    }
    return {
        "dt_ms": 1,
        "populations": [{"name": "exc", "size": 60, "model": "izhikevich"}],
        "projections": [
            {**projection, "name": "learns", "synapse": stdp},
            {**projection, "name": "fixed"},
        ],
        "inputs": [
            {
                "population": "exc",
                "model": "uniform_noise_current",
                "parameters": {"high": {"constant": 9}},
            }
        ],
    }


def state_after(session, steps):
    session.advance(steps, return_spikes=False)
    return session.state_hash()


def test_plasticity_is_switched_live_or_in_the_network(client, learning):
    session = client.create_session(learning, pacing="lockstep")
    learned = state_after(session, 200)
    session.reset()
    session.advance(10, return_spikes=False)
    ack = session.set_plasticity(False, ["learns"], start_step=50)
    assert ack == spiked.StimulusAck(50, 0)
    ack = session.set_plasticity(True, start_ms=120)
    assert ack == spiked.StimulusAck(120, 0)
    switched = state_after(session, 190)
    assert switched != learned
    learning["stimuli"] = [
        {"start_step": 50, "plasticity": {"projections": ["learns"]}},
        {"start_ms": 120, "plasticity": {"enabled": True}},
    ]
    planned = client.create_session(learning, pacing="lockstep")
    assert state_after(planned, 200) == switched
    session.reset()
    assert state_after(session, 200) == learned


def test_only_plastic_projections_are_switched(client, learning):
    session = client.create_session(learning, pacing="lockstep")
    for name, text in (
        ("fixed", "never change"),
        ("leanrs", "did you mean learns"),
    ):
        with pytest.raises(spiked.InvalidArgument, match=text) as caught:
            session.set_plasticity(False, ["learns", name])
        ((path, _),) = caught.value.violations
        assert path == "stimuli[0].plasticity.projections[1]"


@pytest.fixture
def eye(client):
    """A lockstep session whose 8 spike sources an encoder drives."""
    return client.create_session(
        {
            "dt_ms": 1,
            "populations": [
                {"name": "relay", "size": 8, "model": "spike_source"}
            ],
            "encoders": [
                {
                    "name": "eye",
                    "population": "relay",
                    "tuning": "on_off",
                    "dimension_count": 2,
                    "parameters": {"gain": {"constant": 2}},
                },
                {
                    "name": "ear",
                    "population": "relay",
                    "tuning": "latency",
                    "parameters": {"latest_ms": {"constant": 10}},
                },
            ],
        },
        pacing="lockstep",
    )


def test_values_act_until_the_next_ones(eye):
    assert eye.encode("eye", [1, -1]) == spiked.StimulusAck(0, 0)
    assert eye.encode("eye", [0.1, 5], start_step=3).applied_step == 3
    assert eye.encode("eye", [0, 0], start_ms=4).applied_step == 4
    on_and_off = [0, 1, 6, 7]
    assert pairs(eye.advance(10)) == [
        *((k, n) for k in range(3) for n in on_and_off),
        (3, 4),
        (3, 5),
    ]


def test_values_may_have_a_duration(eye):
    eye.encode("eye", [1, 0], duration_ms=2)
    assert pairs(eye.advance(5)) == [(0, 0), (0, 1), (1, 0), (1, 1)]


def test_values_become_latencies(eye):
    assert eye.encode("ear", 0.8, start_step=2).applied_step == 4
    spikes = eye.advance(20)
    assert pairs(spikes) == [(4, n) for n in range(8)]  # 2 + 10 * (1 - 0.8)


def test_values_go_through_the_stream(eye):
    with eye.stimulus_stream() as loop:
        assert loop.encode("eye", [3, 0]).applied_step == 0
        assert pairs(eye.advance(1)) == [(0, 0), (0, 1)]
        with pytest.raises(spiked.InvalidArgument, match="has 2 dimensions"):
            loop.encode("eye", 3)
        assert loop.encode("eye", [0, 3]).applied_step == 1
        assert pairs(eye.advance(1)) == [(1, 4), (1, 5)]


def test_encoders_are_checked(client):
    with pytest.raises(spiked.InvalidNetworkError) as caught:
        client.create_session(
            {
                "dt_ms": 1,
                "populations": [
                    {"name": "relay", "size": 8, "model": "spike_source"}
                ],
                "encoders": [
                    {"name": "eye", "population": "relay", "tuning": "gausian"}
                ],
            },
            pacing="lockstep",
        )
    assert "gaussian" in str(caught.value)


def test_encoders_are_listed(client):
    names = [m.name for m in client.list_models("encoder")]
    assert names == ["gaussian", "latency", "linear", "on_off"]
