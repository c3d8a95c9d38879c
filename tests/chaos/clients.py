# SPDX-License-Identifier: Apache-2.0
"""Starts client_process.py; ends only processes that it started."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).with_name("client_process.py")


class ClientProcess:
    """A client in a process of its own, whose call has begun."""

    def __init__(self, address: str, session: str, what: str):
        self._process = subprocess.Popen(
            [sys.executable, str(SCRIPT), address, session, what],
            stdout=subprocess.PIPE,
            text=True,
        )
        line = self._process.stdout.readline()
        assert line == "open\n", line

    def suspend(self):
        os.kill(self._process.pid, signal.SIGSTOP)

    def resume(self):
        os.kill(self._process.pid, signal.SIGCONT)

    def kill(self):
        self._process.kill()
        self._process.wait()

    def result(self, timeout_s: float = 30) -> dict:
        """Waits for the end of the call."""
        output, _ = self._process.communicate(timeout=timeout_s)
        return json.loads(output)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._process.poll() is None:
            self.kill()
        self._process.stdout.close()
