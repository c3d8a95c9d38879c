# SPDX-License-Identifier: Apache-2.0
"""The picture of the firing patterns."""

import subprocess
import sys
from pathlib import Path

PROGRAM = (
    Path(__file__).resolve().parents[3]
    / "clients/examples/python/adex_patterns.py"
)


def test_draws_eight_patterns(server, tmp_path):
    picture = tmp_path / "patterns.png"
    done = subprocess.run(
        [
            sys.executable,
            str(PROGRAM),
            "--address",
            server.address,
            "--output",
            str(picture),
        ],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    counts = dict(
        line.removesuffix(" spikes").split(": ")
        for line in done.stdout.splitlines()
        if line.endswith(" spikes")
    )
    assert len(counts) == 8
    assert int(counts["transient"]) == 1
    assert int(counts["tonic"]) > 40
    assert int(counts["adaptation"]) < 15
    content = picture.read_bytes()
    assert content.startswith(b"\x89PNG")
    assert 20_000 < len(content) < 300_000
