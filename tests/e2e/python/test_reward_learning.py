# SPDX-License-Identifier: Apache-2.0
"""The example of learning by reward, and dopamine stimuli."""

import subprocess
import sys
from pathlib import Path

import pytest

import spiked

PROGRAM = (
    Path(__file__).resolve().parents[3]
    / "clients/examples/python/reward_learning.py"
)


def run(server, picture):
    done = subprocess.run(
        [
            sys.executable,
            str(PROGRAM),
            "--address",
            server.address,
            "--seconds",
            "100",
            "--output",
            str(picture),
        ],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[:-1]


def test_rewards_are_given_and_drawn(server, tmp_path):
    lines = run(server, tmp_path / "a.png")
    count, rewards = lines[0].split()
    assert rewards == "rewards"
    assert 0 < int(count) < 50
    means = [float(line.rpartition(" ")[2]) for line in lines[1:]]
    assert len(means) == 2
    assert 0 <= means[0] <= 4
    assert 0 < means[1] < 1
    content = (tmp_path / "a.png").read_bytes()
    assert content.startswith(b"\x89PNG")
    assert 10_000 < len(content) < 300_000
    # The loop is closed at fixed steps, so that each run is the same.
    assert run(server, tmp_path / "b.png") == lines


@pytest.fixture
def rewarded():
    """A pair of spikes that dopamine rewards, or a projection without it."""
    pair = {
        "source": "p",
        "target": "q",
        "one_to_one": {},
        "weight": {"constant": 0.5},
        "delay_ms": {"constant": 1},
    }
    source = {"size": 1, "model": "spike_source"}
    return {
        "dt_ms": 1,
        "precision": "FLOAT64",
        "populations": [{"name": "p", **source}, {"name": "q", **source}],
        "projections": [
            {**pair, "name": "waits", "synapse": {"model": "stdp_dopamine"}},
            {**pair, "name": "fixed", "weight": {"constant": 0.25}},
        ],
        "stimuli": [
            {"population": "p", "spikes": {"offsets_ms": [9]}},
            {"population": "q", "spikes": {"offsets_ms": [19]}},
        ],
    }


def test_dopamine_is_given_live_or_in_the_network(client, rewarded):
    session = client.create_session(rewarded, pacing="lockstep")
    session.advance(1000, return_spikes=False)
    assert session.synapses("waits", float64=True).weights[0] == 0.5
    ack = session.dopamine(1 / 200, ["waits"], start_step=1020)
    assert ack == spiked.StimulusAck(1020, 0)
    session.advance(520, return_spikes=False)
    # tests/conformance/stdp_dopamine_test.cc
    weight = session.synapses("waits", float64=True).weights[0]
    assert weight == pytest.approx(0.5 + 0.176684303, abs=1e-9)
    rewarded["stimuli"].append(
        {"start_ms": 1020, "dopamine": {"amount": 1 / 200}}
    )
    planned = client.create_session(rewarded, pacing="lockstep")
    planned.advance(1520, return_spikes=False)
    assert planned.state_hash() == session.state_hash()


def test_dopamine_is_for_models_that_take_it(client, rewarded):
    session = client.create_session(rewarded, pacing="lockstep")
    for name, text in (
        ("fixed", "takes no dopamine; those that do: stdp_dopamine"),
        ("wait", "did you mean waits"),
    ):
        with pytest.raises(spiked.InvalidArgument, match=text) as caught:
            session.dopamine(1, ["waits", name])
        ((path, _),) = caught.value.violations
        assert path == "stimuli[0].dopamine.projections[1]"
