#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Teaches a network by delayed reward, and draws how a synapse learns.

The experiment of Izhikevich 2007 (doi:10.1093/cercor/bhl152): whenever neuron 1
spikes within 20 ms after neuron 0, the network gets dopamine 1 to 3 s later.
Thousands of other synapses take part in the rewards by chance; only the synapse
from neuron 0 to neuron 1 does so each time, and grows.

    reward_learning.py --server build/release/server/spiked
    reward_learning.py --address localhost:50051 --seconds 600 --output r.png
"""

from __future__ import annotations

import argparse
import contextlib
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from spiked import (
    Client,
    LocalServer,
    ServerProcessError,
    Session,
    SpikeBatch,
    SpikedError,
    dopamine_pulse,
    load_network,
)
from spiked.plot.palette import INK, STIMULUS, tidy

NETWORK = Path(__file__).resolve().parents[2] / "networks/izhikevich_2007.yaml"
PRE, POST = 0, 1
WINDOW_STEPS = 20
REWARD = 0.5
# Range of the delay of a reward in steps. The least delay is longer than a
# slice, so no reward is due in the slice of its spikes.
EARLIEST_STEPS, LATEST_STEPS = 1001, 3000
SLICE_STEPS = 500
READ_STEPS = 10_000
LARGEST_WEIGHT = 4
LINE, MEAN = "#0072b2", "#999999"


def parse_arguments(arguments: list[str] | None) -> argparse.Namespace:
    """Returns the options; exits with 2 if they are wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0],
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--server", help="path of the daemon to start, if not the installed one"
    )
    where.add_argument("--address", help="host:port of a running server")
    parser.add_argument(
        "--seconds", type=int, default=3600, help="of model time"
    )
    parser.add_argument("--seed", type=int, default=1, help="of the experiment")
    parser.add_argument(
        "--output", type=Path, default="reward-learning.png", help="the picture"
    )
    return parser.parse_args(arguments)


@contextlib.contextmanager
def server_address(options: argparse.Namespace) -> Iterator[str]:
    """Yields the address of a server; stops it at the end if started here."""
    if options.address:
        yield options.address
    else:
        with LocalServer(options.server) as server:
            yield server.address


class Teacher:
    """Watches spikes and decides when rewards are due."""

    def __init__(self, seed: int) -> None:
        """Starts without a spike that could earn a reward."""
        self._random = random.Random(seed)
        self._last_pre = -WINDOW_STEPS

    def rewards(self, spikes: SpikeBatch) -> list[int]:
        """Returns the steps of the rewards that the next spikes earn."""
        steps = []
        for step, neuron in zip(
            spikes.steps.tolist(), spikes.neurons.tolist(), strict=True
        ):
            # The spikes of a step are ordered by neuron: PRE comes first.
            if neuron == PRE:
                self._last_pre = step
            elif neuron == POST and 0 < step - self._last_pre < WINDOW_STEPS:
                # A spike occurs at the end of its step.
                delay = self._random.randint(EARLIEST_STEPS, LATEST_STEPS)
                steps.append(step + 1 + delay)
        return steps


@dataclass
class Learned:
    """The weights over time."""

    seconds: list[float] = field(default_factory=list)
    tagged: list[float] = field(default_factory=list)
    mean: list[float] = field(default_factory=list)
    reward_seconds: list[float] = field(default_factory=list)
    others: np.ndarray = field(default_factory=lambda: np.empty(0))

    def read(self, session: Session, step: int) -> None:
        """Stores the current weights."""
        self.seconds.append(step * session.dt_ms / 1000)
        self.tagged.append(float(session.synapses("tagged").weights[0]))
        self.others = np.concatenate(
            [
                session.synapses(name).weights
                for name in ("exc->exc", "exc->inh")
            ]
        )
        self.mean.append(float(self.others.mean()))


def learn(address: str, step_count: int, seed: int) -> Learned:
    """Closes the loop from spikes to dopamine for `step_count` steps."""
    network = load_network(NETWORK)
    network.seed = seed
    teacher = Teacher(seed)
    learned = Learned()
    with Client(address) as client:
        with client.create_session(network, pacing="lockstep") as session:
            learned.read(session, 0)
            pulses = []
            for step in range(0, step_count, SLICE_STEPS):
                spikes = session.advance(
                    min(SLICE_STEPS, step_count - step), stimuli=pulses
                )
                rewards = teacher.rewards(spikes)
                pulses = [
                    dopamine_pulse(REWARD, start_step=reward)
                    for reward in rewards
                ]
                learned.reward_seconds += [
                    reward * session.dt_ms / 1000
                    for reward in rewards
                    if reward < step_count
                ]
                done = min(step + SLICE_STEPS, step_count)
                if done % READ_STEPS == 0 or done == step_count:
                    learned.read(session, done)
    return learned


def draw(learned: Learned) -> Figure:
    """Returns the figure: weights over time, and weights at the end."""
    figure = Figure(figsize=(11, 4.5), layout="constrained")
    left, right = figure.subplots(
        1, 2, sharey=True, gridspec_kw={"width_ratios": [3, 1]}
    )
    left.plot(
        learned.seconds, learned.tagged, color=LINE, label="tagged synapse"
    )
    left.plot(
        learned.seconds,
        learned.mean,
        color=MEAN,
        label="mean of all excitatory synapses",
    )
    left.plot(
        learned.reward_seconds,
        np.full(len(learned.reward_seconds), -0.12),
        "|",
        color=STIMULUS,
        markersize=6,
        label="reward",
    )
    left.set_ylim(-0.25, LARGEST_WEIGHT + 0.1)
    left.set_xlim(0, learned.seconds[-1])
    left.set_xlabel("model time (s)")
    left.set_ylabel("weight (mV/ms)")
    left.legend(loc="center right", frameon=False)
    right.hist(
        learned.others,
        bins=np.linspace(0, LARGEST_WEIGHT, 41),
        orientation="horizontal",
        color=MEAN,
    )
    right.axhline(learned.tagged[-1], color=LINE)
    right.set_xscale("log")
    right.set_xlim(left=10)
    right.set_xlabel("synapses at the end")
    tidy(left)
    tidy(right)
    figure.suptitle(
        "Learning by delayed reward: Izhikevich 2007", color=INK, fontsize=12
    )
    return figure


def main(arguments: list[str] | None = None) -> int:
    """Draws the picture and returns the exit status."""
    options = parse_arguments(arguments)
    try:
        with server_address(options) as address:
            learned = learn(address, 1000 * options.seconds, options.seed)
        draw(learned).savefig(options.output, dpi=110)
    except (SpikedError, ServerProcessError, OSError) as error:
        print(f"reward_learning: {error}", file=sys.stderr)
        return 1
    print(f"{len(learned.reward_seconds)} rewards")
    print(f"tagged synapse: {learned.tagged[-1]:.2f}")
    print(f"mean of all others: {learned.mean[-1]:.2f}")
    print(options.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
