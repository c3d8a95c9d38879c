# SPDX-License-Identifier: Apache-2.0
"""Live changes of a network, which `Session.change` makes at one step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from spiked._selection import Indices, selected
from spiked.network_file.converter import Converter
from spiked.network_file.plain_reader import read_plain
from spiked.network_file.problems import Problems
from spiked.v1 import change_pb2, network_pb2

Number = (
    float | Sequence[float] | np.ndarray | Mapping[str, Any] | network_pb2.Value
)
"""A number for all, one for each, or how to draw them as in a network file:
`{"normal": {"mean": -60, "std": 2}}`."""


@dataclass(frozen=True)
class ChangeAck:
    """The answer to changes.

    Attributes:
      applied_step: first step that they affect.
      step: step of the session when it answered; less than `applied_step` if
        the changes wait.
      epoch: epoch of the session.
    """

    applied_step: int
    step: int
    epoch: int


def set_parameters(
    population: str,
    parameters: Mapping[str, Number],
    *,
    neurons: Indices | None = None,
) -> change_pb2.Change:
    """Returns a change of parameters of neurons.

    Args:
      population: name of the population of the neurons.
      parameters: new values by name; other parameters stay as they are. A value
        is one number for all neurons, one for each of them, or a distribution.
      neurons: indices within the population, or a boolean mask; None means
        all.

    Raises:
      ValueError: the arguments don't fit together. Names and ranges are
        checked by the server.
    """
    change = change_pb2.Change()
    change.set_parameters.population = population
    change.set_parameters.neuron_indices.extend(selected(neurons, "neurons"))
    _fill(change.set_parameters.parameters, parameters)
    return change


def set_state(
    population: str,
    values: Mapping[str, Number],
    *,
    neurons: Indices | None = None,
) -> change_pb2.Change:
    """Returns a change of state variables of neurons; see `set_parameters`."""
    change = change_pb2.Change()
    change.set_state.population = population
    change.set_state.neuron_indices.extend(selected(neurons, "neurons"))
    _fill(change.set_state.values, values)
    return change


def set_input(name: str, parameters: Mapping[str, Number]) -> change_pb2.Change:
    """Returns a change of parameters of an input: amplitude, rate and so on.

    Args:
      name: name of the input; "model->population" if the network gave it none.
      parameters: new values by name; see `set_parameters`.
    """
    change = change_pb2.Change()
    change.set_input.input = name
    _fill(change.set_input.parameters, parameters)
    return change


def set_weights(
    projection: str,
    weights: Number | None = None,
    *,
    factor: float | None = None,
    sources: Sequence[int] | np.ndarray | None = None,
    targets: Sequence[int] | np.ndarray | None = None,
) -> change_pb2.Change:
    """Returns a change of the weights of a projection.

    For example `set_weights("exc->inh", 0.5)` for all, `set_weights("exc->inh",
    factor=1.1)`, or `set_weights("exc->inh", [0.1, 0.2], sources=[0, 7],
    targets=[3, 3])` for some.

    Args:
      projection: name of the projection.
      weights: weights of all synapses: one number, one for each in the order of
        `Session.synapses`, or a distribution. With `sources` and `targets`: one
        number, or one for each pair.
      factor: multiplies all weights; instead of `weights`.
      sources: indices in the source population; with `targets`, pairs of
        neurons.
      targets: indices in the target population.

    Raises:
      ValueError: the arguments don't fit together.
    """
    if (weights is None) == (factor is None):
        raise ValueError("give weights or factor, one of them")
    if (sources is None) != (targets is None):
        raise ValueError("sources and targets belong together")
    change = change_pb2.Change()
    change.set_weights.projection = projection
    if factor is not None:
        if sources is not None:
            raise ValueError("a factor is for all weights of a projection")
        change.set_weights.factor = factor
    elif weights is not None and sources is not None and targets is not None:
        pairs = change.set_weights.pairs
        pairs.source_indices.extend(np.ravel(sources).tolist())
        pairs.target_indices.extend(np.ravel(targets).tolist())
        given = np.ravel(np.asarray(weights, dtype=np.float64))
        if given.size == 1:
            given = np.repeat(given, len(pairs.source_indices))
        pairs.weights.extend(given.tolist())
    elif weights is not None:
        change.set_weights.value.CopyFrom(_value(weights, "weights"))
    return change


def silence(
    population: str,
    *,
    neurons: Indices | None = None,
    silenced: bool = True,
) -> change_pb2.Change:
    """Returns a change that silences neurons, or lets them spike again.

    Args:
      population: name of the population of the neurons.
      neurons: indices within the population, or a boolean mask; None means
        all.
      silenced: False lets them spike again.
    """
    change = change_pb2.Change()
    change.silence.population = population
    change.silence.neuron_indices.extend(selected(neurons, "neurons"))
    change.silence.silenced = silenced
    return change


def switch_plasticity(
    enabled: bool, projections: Iterable[str] | None = None
) -> change_pb2.Change:
    """Returns a change that switches plasticity, together with other changes.

    Args:
      enabled: whether weights change from the step on.
      projections: names of projections to switch; None means all plastic ones.

    Raises:
      ValueError: `projections` is empty or a string.
    """
    change = change_pb2.Change()
    change.plasticity.enabled = enabled
    if projections is not None:
        if isinstance(projections, str):
            raise ValueError("projections: a list of names, not a string")
        change.plasticity.projections.extend(projections)
        if not change.plasticity.projections:
            raise ValueError("projections: empty: None means all")
    return change


def _fill(target: Any, values: Mapping[str, Number]) -> None:
    """Fills a map from names to values."""
    for name, value in values.items():
        target[name].CopyFrom(_value(value, name))


def _value(value: Number, name: str) -> network_pb2.Value:
    """Returns a number, numbers or a distribution as a message."""
    if isinstance(value, network_pb2.Value):
        return value
    message = network_pb2.Value()
    if isinstance(value, Mapping):
        problems = Problems()
        Converter(problems).fill(message, read_plain(value), name)
        if len(problems):
            raise ValueError(str(problems.error("")))
        return message
    numbers = np.asarray(value, dtype=np.float64)
    if numbers.ndim == 0:
        message.constant = numbers.item()
    elif numbers.ndim == 1:
        message.list.values.extend(numbers.tolist())
    else:
        raise ValueError(f"{name}: {numbers.ndim} dimensions; give one list")
    return message
