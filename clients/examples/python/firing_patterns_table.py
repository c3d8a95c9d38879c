# SPDX-License-Identifier: Apache-2.0
"""The twenty neurons of figure 1 of Izhikevich 2004, with their stimuli.

Numbers, steps and stimuli are those of the published figure1.m,
doi:10.1109/TNN.2004.832719.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable


@dataclasses.dataclass(frozen=True)
class Pattern:
    """One panel of the figure.

    Attributes:
      name: the title in the figure.
      a, b, c, d: parameters of the neuron; see `Client.list_models`.
      v0: membrane potential at the start in mV; u starts with b v0.
      dt_ms: length of a step.
      duration_ms: length of the panel.
      current: the current in the step that begins at a time in ms.
      others: further parameters and initial values, by name.
    """

    name: str
    a: float
    b: float
    c: float
    d: float
    v0: float
    dt_ms: float
    duration_ms: float
    current: Callable[[float], float]
    others: dict[str, float] = dataclasses.field(default_factory=dict)

    @property
    def step_count(self) -> int:
        """Steps at 0, dt_ms, ..., duration_ms."""
        return round(self.duration_ms / self.dt_ms) + 1

    @property
    def currents(self) -> list[float]:
        """The current of each step."""
        return [
            float(self.current(k * self.dt_ms)) for k in range(self.step_count)
        ]


def _step(amplitude: float, begin: float) -> Callable[[float], float]:
    return lambda t: amplitude if t > begin else 0


def _pulses(
    *pulses: tuple[float, float, float], base: float = 0
) -> Callable[[float], float]:
    """Returns pulses of (amplitude, begin, length), open at both ends."""

    def current(t: float) -> float:
        for amplitude, begin, length in pulses:
            if begin < t < begin + length:
                return amplitude
        return base

    return current


def _accommodation(t: float) -> float:
    if t < 200:
        return t / 25
    return (t - 300) / 12.5 * 4 if 300 <= t < 312.5 else 0


def _inhibition(t: float) -> float:
    return 80 if t < 50 or t > 250 else 75


# The equation of v' for class 1 excitability and the integrator.
_CLASS_1 = {"linear": 4.1, "constant": 108}
# u' = a b (v + 65), from u = -16.
_WITHOUT_LEAK = {"v_offset_mv": -65, "u_leak": 0, "u": -16}

PATTERNS = (
    Pattern("tonic spiking", 0.02, 0.2, -65, 6, -70, 0.25, 100, _step(14, 10)),
    Pattern(
        "phasic spiking", 0.02, 0.25, -65, 6, -64, 0.25, 200, _step(0.5, 20)
    ),
    Pattern("tonic bursting", 0.02, 0.2, -50, 2, -70, 0.25, 220, _step(15, 22)),
    Pattern(
        "phasic bursting", 0.02, 0.25, -55, 0.05, -64, 0.2, 200, _step(0.6, 20)
    ),
    Pattern("mixed mode", 0.02, 0.2, -55, 4, -70, 0.25, 160, _step(10, 16)),
    Pattern(
        "spike frequency adaptation",
        0.01,
        0.2,
        -65,
        8,
        -70,
        0.25,
        85,
        _step(30, 8.5),
    ),
    Pattern(
        "class 1 excitable",
        0.02,
        -0.1,
        -55,
        6,
        -60,
        0.25,
        300,
        lambda t: 0.075 * (t - 30) if t > 30 else 0,
        _CLASS_1,
    ),
    Pattern(
        "class 2 excitable",
        0.2,
        0.26,
        -65,
        0,
        -64,
        0.25,
        300,
        lambda t: -0.5 + (0.015 * (t - 30) if t > 30 else 0),
    ),
    Pattern(
        "spike latency",
        0.02,
        0.2,
        -65,
        6,
        -70,
        0.2,
        100,
        _pulses((7.04, 10, 3)),
    ),
    Pattern(
        "subthreshold oscillations",
        0.05,
        0.26,
        -60,
        0,
        -62,
        0.25,
        200,
        _pulses((2, 20, 5)),
    ),
    Pattern(
        "resonator",
        0.1,
        0.26,
        -60,
        -1,
        -62,
        0.25,
        400,
        _pulses((0.65, 40, 4), (0.65, 60, 4), (0.65, 280, 4), (0.65, 320, 4)),
    ),
    Pattern(
        "integrator",
        0.02,
        -0.1,
        -55,
        6,
        -60,
        0.25,
        100,
        _pulses((9, 100 / 11, 2), (9, 100 / 11 + 5, 2), (9, 70, 2), (9, 80, 2)),
        _CLASS_1,
    ),
    Pattern(
        "rebound spike",
        0.03,
        0.25,
        -60,
        4,
        -64,
        0.2,
        200,
        _pulses((-15, 20, 5)),
    ),
    Pattern(
        "rebound burst",
        0.03,
        0.25,
        -52,
        0,
        -64,
        0.2,
        200,
        _pulses((-15, 20, 5)),
    ),
    Pattern(
        "threshold variability",
        0.03,
        0.25,
        -60,
        4,
        -64,
        0.25,
        100,
        _pulses((1, 10, 5), (-6, 70, 5), (1, 80, 5)),
    ),
    Pattern(
        "bistability",
        0.1,
        0.26,
        -60,
        0,
        -61,
        0.25,
        300,
        _pulses((1.24, 37.5, 5), (1.24, 216, 5), base=0.24),
    ),
    Pattern(
        "depolarizing after-potential",
        1,
        0.2,
        -60,
        -21,
        -70,
        0.1,
        50,
        lambda t: 20 if abs(t - 10) < 1 else 0,
    ),
    Pattern(
        "accommodation",
        0.02,
        1,
        -55,
        4,
        -65,
        0.5,
        400,
        _accommodation,
        _WITHOUT_LEAK,
    ),
    Pattern(
        "inhibition-induced spiking",
        -0.02,
        -1,
        -60,
        8,
        -63.8,
        0.5,
        350,
        _inhibition,
    ),
    Pattern(
        "inhibition-induced bursting",
        -0.026,
        -1,
        -45,
        -2,
        -63.8,
        0.5,
        350,
        _inhibition,
    ),
)
