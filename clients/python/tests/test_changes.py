# SPDX-License-Identifier: Apache-2.0
import grpc
import numpy as np
import pytest

import spiked
from spiked import v1


def test_parameters_of_some_neurons():
    change = spiked.set_parameters(
        "exc",
        {
            "a": 0.02,
            "b": np.array([1, 2]),
            "c": {"uniform": {"low": -65, "high": -50}},
            "d": v1.Value(constant=8),
        },
        neurons=np.array([3, 1]),
    )
    assert change.WhichOneof("kind") == "set_parameters"
    made = change.set_parameters
    assert made.population == "exc"
    assert list(made.neuron_indices) == [3, 1]
    assert made.parameters["a"].constant == 0.02
    assert list(made.parameters["b"].list.values) == [1, 2]
    assert made.parameters["c"].uniform.high == -50
    assert made.parameters["d"].constant == 8


def test_state_of_all_neurons():
    made = spiked.set_state("exc", {"v_mv": [-60.0, -61.0]}).set_state
    assert made.population == "exc"
    assert list(made.neuron_indices) == []
    assert list(made.values["v_mv"].list.values) == [-60, -61]


def test_input():
    made = spiked.set_input("noise", {"std": 2}).set_input
    assert made.input == "noise"
    assert made.parameters["std"].constant == 2


def test_weights_of_all_synapses():
    made = spiked.set_weights("k", 0.5).set_weights
    assert (made.projection, made.value.constant) == ("k", 0.5)
    made = spiked.set_weights("k", factor=0).set_weights
    assert made.WhichOneof("weights") == "factor"
    assert made.factor == 0
    made = spiked.set_weights("k", {"normal": {"mean": 1, "std": 0.1}})
    assert made.set_weights.value.normal.std == 0.1


@pytest.mark.parametrize(
    "weights, wanted", [([0.1, 0.2], [0.1, 0.2]), (0.3, [0.3, 0.3])]
)
def test_weights_of_pairs(weights, wanted):
    pairs = spiked.set_weights(
        "k", weights, sources=[0, 7], targets=np.array([3, 4])
    ).set_weights.pairs
    assert list(pairs.source_indices) == [0, 7]
    assert list(pairs.target_indices) == [3, 4]
    assert list(pairs.weights) == wanted


def test_silence():
    made = spiked.silence("exc", neurons=range(2)).silence
    assert (made.population, made.silenced) == ("exc", True)
    assert list(made.neuron_indices) == [0, 1]
    assert not spiked.silence("exc", silenced=False).silence.silenced


def test_plasticity():
    made = spiked.switch_plasticity(True, ["k"]).plasticity
    assert made.enabled
    assert list(made.projections) == ["k"]
    change = spiked.switch_plasticity(False)
    assert change.WhichOneof("kind") == "plasticity"
    assert not change.plasticity.projections


@pytest.mark.parametrize(
    "make, text",
    [
        (lambda: spiked.silence("p", neurons=[]), "None means all"),
        (lambda: spiked.set_weights("k"), "one of them"),
        (lambda: spiked.set_weights("k", 1, factor=2), "one of them"),
        (lambda: spiked.set_weights("k", 1, sources=[0]), "belong together"),
        (
            lambda: spiked.set_weights("k", factor=1, sources=[0], targets=[0]),
            "for all weights",
        ),
        (lambda: spiked.switch_plasticity(True, []), "None means all"),
        (lambda: spiked.switch_plasticity(True, "k"), "a list of names"),
        (lambda: spiked.set_state("p", {"v": [[1], [2]]}), "2 dimensions"),
        (lambda: spiked.set_state("p", {"v": {"uniforn": {}}}), "uniform"),
    ],
)
def test_contradictions(make, text):
    with pytest.raises(ValueError, match=text):
        make()


def test_a_session_makes_changes(server, session):
    session.advance(10)
    assert session.silence("in") == spiked.ChangeAck(10, 10, 0)
    session.set_parameters("in", {"a": 0.1}, neurons=[1], at_step=12)
    session.set_state("in", {"v_mv": -60}, at_step=13)
    session.set_input("noise", {"std": 2}, at_step=14)
    session.set_weights("k", factor=2, at_step=15)
    ack = session.change(
        [spiked.silence("in"), spiked.set_weights("k", 1)], at_step=16
    )
    assert ack == spiked.ChangeAck(applied_step=16, step=10, epoch=0)
    made = server.sessions[session.name].changes
    assert [step for step, _ in made] == [10, 12, 13, 14, 15, 16]
    assert [[c.WhichOneof("kind") for c in changes] for _, changes in made] == [
        ["silence"],
        ["set_parameters"],
        ["set_state"],
        ["set_input"],
        ["set_weights"],
        ["silence", "set_weights"],
    ]


def test_a_step_that_has_passed(server, session):
    server.refusal = (
        grpc.StatusCode.FAILED_PRECONDITION,
        "at_step: 3 has passed; the session is at step 7",
        v1.ErrorInfo(reason="STEP_PASSED", metadata={"current_step": "7"}),
        v1.BadRequest(),
    )
    with pytest.raises(spiked.FailedPrecondition) as caught:
        session.silence("in", at_step=3)
    assert caught.value.reason == "STEP_PASSED"
    assert caught.value.metadata["current_step"] == "7"
