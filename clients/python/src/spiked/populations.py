# SPDX-License-Identifier: Apache-2.0
"""The neurons of a population in the network."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from spiked.v1 import session_pb2


@dataclass(frozen=True)
class Population:
    """A population of a session.

    Attributes:
      name: the population's name.
      layer: its layer label; "" if it has none.
      model: the model of its neurons.
      first_neuron: index in the network of the population's neuron 0.
      size: number of neurons; they are [first_neuron, first_neuron + size) of
        the network.
      column_count: number of equal columns that divide the population.
    """

    name: str
    layer: str
    model: str
    first_neuron: int
    size: int
    column_count: int = 1

    @property
    def end_neuron(self) -> int:
        """Index in the network after the last neuron."""
        return self.first_neuron + self.size

    @property
    def column_size(self) -> int:
        """Number of neurons in each column."""
        return self.size // self.column_count

    @property
    def neurons(self) -> np.ndarray:
        """Indices in the network of all neurons; int64, shape [size]."""
        return np.arange(self.first_neuron, self.end_neuron)

    def columns(self, columns: Iterable[int]) -> np.ndarray:
        """Returns the indices in the network of the neurons of some columns.

        Args:
          columns: each in [0, column_count).

        Returns:
          int64, shape [len(columns) * column_size], column by column.

        Raises:
          ValueError: a column is out of range.
        """
        chosen = np.asarray(list(columns), dtype=np.int64)
        if ((chosen < 0) | (chosen >= self.column_count)).any():
            raise ValueError(
                f"columns: {chosen.tolist()}: population {self.name} has the "
                f"columns 0 to {self.column_count - 1}"
            )
        first = self.first_neuron + chosen[:, np.newaxis] * self.column_size
        return (first + np.arange(self.column_size)).ravel()

    def contains(self, neurons: np.ndarray) -> np.ndarray:
        """Returns whether each neuron of the network is in here; bool, [n]."""
        return (neurons >= self.first_neuron) & (neurons < self.end_neuron)


def populations_of(info: session_pb2.Session) -> dict[str, Population]:
    """Returns the populations of a session by name, in order of neurons."""
    return {
        p.name: Population(
            name=p.name,
            layer=p.layer,
            model=p.model,
            first_neuron=p.first_neuron,
            size=p.size,
            column_count=max(1, p.column_count),
        )
        for p in info.populations
    }
