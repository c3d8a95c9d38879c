# SPDX-License-Identifier: Apache-2.0
"""The demo, in short form."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

DEMO = (
    Path(__file__).resolve().parents[3]
    / "clients/examples/python/columnar_demo.py"
)


def command(*arguments):
    return [sys.executable, str(DEMO), *map(str, arguments)]


@pytest.mark.parametrize("pace", ["max", "4"])
def test_writes_its_pictures(spiked_binary, tmp_path, pace):
    done = subprocess.run(
        command(
            "--server",
            spiked_binary,
            "--pace",
            pace,
            "--duration-ms",
            2000,
            "--output-dir",
            tmp_path / "out",
        ),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    for name in ("neuron-trace.png", "spikes.png"):
        content = (tmp_path / "out" / name).read_bytes()
        assert content.startswith(b"\x89PNG")
        assert len(content) > 20_000
    facts = dict(
        line.split(":", 1) for line in done.stdout.splitlines() if ":" in line
    )
    assert facts["network"].strip().startswith("2,000 neurons, 109,")
    assert facts["dropped"].strip() == "0"
    assert "server stopped, exit status 0" in done.stdout


def test_works_with_a_running_server(server, tmp_path):
    done = subprocess.run(
        command(
            "--address",
            server.address,
            "--pace",
            "max",
            "--duration-ms",
            300,
            "--output-dir",
            tmp_path,
        ),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "spikes.png").exists()


def test_shows_why_the_server_does_not_start(tmp_path):
    broken = tmp_path / "spiked"
    broken.write_text("#!/bin/sh\necho 'the port is taken' >&2\nexit 3\n")
    broken.chmod(0o755)
    done = subprocess.run(
        command("--server", broken, "--output-dir", tmp_path),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert "the port is taken" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ends_cleanly_when_interrupted(spiked_binary, tmp_path, number):
    with subprocess.Popen(
        command("--server", spiked_binary, "--output-dir", tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Shells let what they run in the background ignore it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as demo:
        # The bar shows model time once the session runs.
        seen = ""
        while "spikes/s" not in seen:
            seen += demo.stderr.read(1) or pytest.fail(seen)
        demo.send_signal(number)
        stdout, stderr = demo.communicate(timeout=60)
    assert demo.returncode == 130
    assert "server stopped, exit status 0" in stdout
    assert stderr.rstrip().endswith("interrupted")
    assert "Traceback" not in stderr
