# SPDX-License-Identifier: Apache-2.0
"""A server of one's own: the daemon as a child process."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import tempfile
import threading
from pathlib import Path
from types import TracebackType

_READY = re.compile(
    r"^spiked (?P<version>\S+) ready: grpc=(?P<grpc>\S+)"
    r"(?: metrics=(?P<metrics>\S+))?"
)


class ServerProcessError(RuntimeError):
    """The daemon didn't start or stop as it should; tells its last words."""


class LocalServer:
    """The daemon on free loopback ports, from start to stop.

    A context manager: at its end the daemon is told to stop, and it is an
    error if it doesn't do so cleanly. Ctrl-C in a terminal reaches Python only,
    so that the daemon ends in order, too.

    Attributes:
      address: "host:port" for `Client`; the first one, if there are several.
      addresses: all of them.
      metrics_url: where it publishes its Prometheus metrics; "" if nowhere.
      version: of the daemon.
    """

    def __init__(
        self,
        binary: str | Path,
        *arguments: str,
        start_timeout_s: float = 30.0,
    ) -> None:
        """Starts the daemon and waits until it is ready.

        Args:
          binary: the path of `spiked`.
          *arguments: more of its options, e.g. "--workers", "2". "--listen"
            and "--metrics-listen" replace the free loopback ports.
          start_timeout_s: how long it may take in wall seconds.

        Raises:
          OSError: the binary can't be run.
          ServerProcessError: it ended, or wasn't ready in time; the message
            has its standard error.
        """
        self._binary = str(binary)
        loopback: list[str] = []
        for option in ("--listen", "--metrics-listen"):
            if option not in arguments:
                loopback += [option, "127.0.0.1:0"]
        # A file, not a pipe: nobody reads along, and a full pipe would block.
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115
        self._process = subprocess.Popen(
            [self._binary, *loopback, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            text=True,
            start_new_session=True,
        )
        self._first_line = ""
        self._first_line_read = threading.Event()
        threading.Thread(target=self._read_stdout, daemon=True).start()
        ready = self._wait_until_ready(start_timeout_s)
        self.version: str = ready["version"]
        self.addresses: list[str] = ready["grpc"].split(",")
        self.address: str = self.addresses[0]
        self.metrics_url: str = ready["metrics"] or ""

    @property
    def pid(self) -> int:
        """The daemon's process id."""
        return self._process.pid

    def logs(self) -> str:
        """Returns what the daemon has written to standard error so far."""
        file = self._stderr.fileno()
        # pread leaves the position alone, which the daemon writes at.
        text = os.pread(file, os.fstat(file).st_size, 0)
        return text.decode(errors="replace")

    def stop(self, timeout_s: float = 30.0) -> int:
        """Sends SIGTERM and returns the daemon's exit status.

        Harmless if it has ended. One that doesn't end within `timeout_s` wall
        seconds is killed, and that is a ServerProcessError.
        """
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()
            raise self._error(
                f"didn't stop within {timeout_s:g} s after SIGTERM"
            ) from None

    def kill(self) -> None:
        """Ends the daemon at once, without its consent."""
        self._process.kill()
        self._process.wait()

    def __enter__(self) -> LocalServer:
        """Returns the server itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stops the daemon; it must exit with 0 unless there is an error."""
        status = self.stop()
        if status != 0 and error is None:
            raise self._error(f"exited with status {status}")

    def _wait_until_ready(self, timeout_s: float) -> re.Match[str]:
        """Returns the parts of the line that the daemon prints when ready."""
        if not self._first_line_read.wait(timeout_s):
            self.kill()
            raise self._error(f"wasn't ready within {timeout_s:g} s")
        ready = _READY.match(self._first_line)
        if ready:
            return ready
        if self._first_line:
            self.kill()
            raise self._error(f"said {self._first_line!r} instead of ready")
        status = self._process.wait()
        raise self._error(f"exited with status {status} before it was ready")

    def _read_stdout(self) -> None:
        """Keeps the first line and reads on, so that the pipe stays empty."""
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            self._first_line = lines.readline()
            self._first_line_read.set()
            for _ in lines:
                pass

    def _error(self, what: str) -> ServerProcessError:
        logs = self.logs().strip() or "(nothing)"
        return ServerProcessError(
            f"{self._binary} {what}; its standard error:\n{logs}"
        )
