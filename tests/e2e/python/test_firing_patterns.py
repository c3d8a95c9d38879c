# SPDX-License-Identifier: Apache-2.0
"""The example of the twenty firing patterns, against published numbers."""

import subprocess
import sys
from pathlib import Path

PROGRAM = (
    Path(__file__).resolve().parents[3]
    / "clients/examples/python/firing_patterns.py"
)

# Number of spikes of each neuron of figure 1, and times of the first and the
# last one in ms, as figure1.m stamps them, for the patterns with oracles in
# izhikevich_2004_test.cc.
PUBLISHED = {
    "A": (5, 13, 86.75),
    "B": (1, 43.75, 43.75),
    "C": (28, 25, 204.5),
    "F": (6, 10.25, 71.5),
    "G": (10, 84.5, 290.5),
    "I": (1, 26.6, 26.6),
    "J": (1, 26.5, 26.5),
    "K": (1, 338, 338),
    "L": (1, 20, 20),
    "M": (1, 68, 68),
    "O": (1, 93.25, 93.25),
    "R": (1, 311.5, 311.5),
    "S": (3, 94.5, 236),
}


def test_gives_the_published_spikes_and_a_picture(server, tmp_path):
    picture = tmp_path / "figure1.png"
    done = subprocess.run(
        [sys.executable, PROGRAM, "--address", server.address]
        + ["--output", picture],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    spikes = {}
    for line in done.stdout.splitlines()[:20]:
        name, _, times = line.partition(":")
        spikes[name[0]] = [float(t) for t in times.split()]
    assert "".join(spikes) == "ABCDEFGHIJKLMNOPQRST"
    assert all(spikes.values())
    for letter, (count, first, last) in PUBLISHED.items():
        times = spikes[letter]
        assert (len(times), times[0], times[-1]) == (count, first, last), letter
    content = picture.read_bytes()
    assert content.startswith(b"\x89PNG")
    assert 50_000 < len(content) < 300_000


def test_says_what_is_wrong(tmp_path):
    done = subprocess.run(
        [sys.executable, PROGRAM, "--server", tmp_path / "none"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("firing_patterns: ")
