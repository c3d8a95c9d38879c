# SPDX-License-Identifier: Apache-2.0
"""The TypeScript example: its own tests, then tests with a real daemon.

`make setup-test` installs its packages, as its README says.
"""

import os
import pathlib
import re
import subprocess

import pytest

from spiked import LocalServer

CLIENT = pathlib.Path(__file__).resolve().parents[3] / "clients/examples/node"


def npm(*arguments, timeout_s=300, **environment):
    """Runs npm in the client's folder; returns its output."""
    done = subprocess.run(
        ["npm", *arguments],
        cwd=CLIENT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=timeout_s,
    )
    output = done.stdout + done.stderr
    assert done.returncode == 0, output
    return output


def passed(output):
    """Returns the number of passed tests in the output of node's runner."""
    counts = re.findall(r"^\W*pass (\d+)", output, re.MULTILINE)
    return sum(int(count) for count in counts)


@pytest.fixture(scope="module")
def server():
    """A daemon on free loopback ports."""
    with LocalServer(os.environ["SPIKED_BINARY"]) as running:
        yield running


def test_its_own_tests_pass():
    assert passed(npm("test")) > 0


def test_it_works_with_the_daemon(server):
    output = npm("run", "test:e2e", SPIKED_ADDRESS=server.address)
    assert passed(output) > 0


def test_the_program_runs_as_its_readme_says(server):
    npm("run", "build")
    output = npm(
        "start", "--", "--address", server.address, "--duration-ms", "1000"
    )
    assert "2000 neurons" in output.replace(",", "")
    assert re.search(r"internal\s", output)
