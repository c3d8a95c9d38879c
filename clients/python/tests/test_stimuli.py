# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from spiked import (
    dopamine_pulse,
    encoder_values,
    plasticity_switch,
    stimulus,
)


def test_current_for_columns():
    message = stimulus(
        "in", columns=[3, 4], current=15.0, duration_ms=500, start_ms=1e4
    )
    assert list(message.columns) == [3, 4]
    assert list(message.current.amplitudes) == [15.0]
    assert message.current.duration_ms == 500
    assert message.start_ms == 1e4


def test_current_per_neuron():
    message = stimulus(
        "in", neurons=np.array([4, 5]), current=np.array([1, 2]), duration_ms=1
    )
    assert list(message.neuron_indices) == [4, 5]
    assert list(message.current.amplitudes) == [1.0, 2.0]


def test_spikes():
    message = stimulus("in", offsets_ms=[0, 5], weight=2, start_step=0)
    assert list(message.spikes.offsets_ms) == [0, 5]
    assert message.spikes.weight == 2
    assert message.WhichOneof("start") == "start_step"


def test_rates_for_all_neurons():
    message = stimulus("in", rates_hz=40, duration_ms=500, start_step=3)
    assert message.WhichOneof("kind") == "rates"
    assert list(message.rates.rates_hz) == [40]
    assert message.rates.duration_ms == 500
    assert not message.rates.HasField("weight")
    assert message.rates.receptor == ""
    assert message.start_step == 3


def test_rates_of_a_picture_act_until_the_next():
    message = stimulus(
        "in",
        neurons=range(4),
        rates_hz=np.array([[1, 2], [3, 4]]),
        weight=2,
        receptor="excitatory",
    )
    assert list(message.neuron_indices) == [0, 1, 2, 3]
    assert list(message.rates.rates_hz) == [1, 2, 3, 4]
    assert message.rates.duration_ms == 0
    assert message.rates.weight == 2
    assert message.rates.receptor == "excitatory"


def test_a_weight_alone_means_one_spike_now():
    message = stimulus("in", weight=2)
    assert message.WhichOneof("kind") == "spikes"
    assert message.WhichOneof("start") is None
    assert message.spikes.weight == 2
    assert not message.spikes.offsets_ms


def test_times_alone_mean_spikes_of_weight_1():
    message = stimulus("in", offsets_ms=[0])
    assert list(message.spikes.offsets_ms) == [0]
    assert not message.spikes.HasField("weight")


@pytest.mark.parametrize(
    "arguments, text",
    [
        ({"current": 1}, "duration_ms"),
        ({"duration_ms": 1}, "current"),
        ({"current": 1, "duration_ms": 1, "weight": 1}, "not both"),
        ({"rates_hz": 1, "duration_ms": 1, "current": 1}, "not both"),
        ({"rates_hz": 1, "duration_ms": 1, "offsets_ms": [0]}, "not both"),
        ({"start_ms": 1, "start_step": 1}, "not both"),
        ({}, "give what to inject"),
        ({"neurons": [1]}, "give what to inject"),
        ({"receptor": "inhibitory"}, "give what to inject"),
        ({"offsets_ms": []}, "offsets_ms: empty"),
        ({"offsets_ms": [], "weight": 1}, "offsets_ms: empty"),
    ],
)
def test_contradictions(arguments, text):
    with pytest.raises(ValueError, match=text):
        stimulus("in", **arguments)


def test_plasticity_of_all_projections():
    message = plasticity_switch(False, start_ms=20_000)
    assert message.WhichOneof("kind") == "plasticity"
    assert not message.plasticity.enabled
    assert list(message.plasticity.projections) == []
    assert message.start_ms == 20_000
    assert message.population == ""


def test_plasticity_of_some_projections():
    message = plasticity_switch(True, ["a->b", "c"], start_step=0)
    assert message.plasticity.enabled
    assert list(message.plasticity.projections) == ["a->b", "c"]
    assert message.WhichOneof("start") == "start_step"


@pytest.mark.parametrize(
    "arguments, text",
    [
        ({"projections": []}, "None means all"),
        ({"projections": "a->b"}, "a list of names"),
        ({"start_ms": 1, "start_step": 1}, "not both"),
    ],
)
def test_contradictions_of_what_is_for_projections(arguments, text):
    with pytest.raises(ValueError, match=text):
        plasticity_switch(True, **arguments)
    with pytest.raises(ValueError, match=text):
        dopamine_pulse(0.5, **arguments)


def test_dopamine_for_all_projections():
    message = dopamine_pulse(0.5, start_ms=20_000)
    assert message.WhichOneof("kind") == "dopamine"
    assert message.dopamine.amount == 0.5
    assert list(message.dopamine.projections) == []
    assert message.start_ms == 20_000
    assert message.population == ""


def test_dopamine_for_some_projections():
    message = dopamine_pulse(-0.5, ["a->b", "c"], start_step=0)
    assert message.dopamine.amount == -0.5
    assert list(message.dopamine.projections) == ["a->b", "c"]
    assert message.WhichOneof("start") == "start_step"


def test_encoder_values():
    message = encoder_values("eye", np.array([0.5, 2]), start_step=3)
    assert message.WhichOneof("kind") == "encoder_values"
    assert message.encoder_values.encoder == "eye"
    assert list(message.encoder_values.values) == [0.5, 2]
    assert message.encoder_values.duration_ms == 0  # until the next
    assert message.start_step == 3
    assert message.population == ""


def test_encoder_value_with_a_duration():
    message = encoder_values("eye", 7, duration_ms=20, start_ms=1.5)
    assert list(message.encoder_values.values) == [7]
    assert message.encoder_values.duration_ms == 20
    assert message.start_ms == 1.5


def test_encoder_values_have_one_start():
    with pytest.raises(ValueError, match="not both"):
        encoder_values("eye", 1, start_ms=1, start_step=1)
