# SPDX-License-Identifier: Apache-2.0
"""A local server: the daemon as a child process."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import tempfile
import threading
from pathlib import Path
from types import TracebackType

from spiked._daemon import find_daemon

_READY = re.compile(
    r"^spiked (?P<version>\S+) ready: grpc=(?P<grpc>\S+)"
    r"(?: metrics=(?P<metrics>\S+))?"
)


class ServerProcessError(RuntimeError):
    """The daemon didn't start or stop properly; has its last output."""


class LocalServer:
    """The daemon on free loopback ports, from start to stop.

    A context manager: at its end the daemon is told to stop, and an unclean
    stop is an error. Ctrl-C in a terminal reaches Python only, so that the
    daemon, too, stops cleanly.

    Attributes:
      address: "host:port" for `Client`; the first address, if there are
        several.
      addresses: all addresses.
      metrics_url: URL of its Prometheus metrics; "" if there is none.
      version: version of the daemon.
    """

    def __init__(
        self,
        binary: str | Path | None = None,
        *arguments: str,
        start_timeout_s: float = 30.0,
    ) -> None:
        """Starts the daemon and waits until it is ready.

        Args:
          binary: the path of the daemon `spiked`. None: the environment
            variable SPIKED_BINARY, else the daemon in the installed package,
            else `spiked` in PATH.
          *arguments: more options of the daemon, as in
            `LocalServer(None, "--workers", "2")`. "--listen" and
            "--metrics-listen" replace the free loopback ports.
          start_timeout_s: longest time of the start in wall seconds.

        Raises:
          ValueError: the path is empty, or an option stands in its place.
          FileNotFoundError: there is no daemon; the message says how to get
            one.
          OSError: the binary can't be run.
          ServerProcessError: the daemon ended, or wasn't ready in time; the
            message has its standard error.
        """
        if binary == "":
            raise ValueError(
                "binary: is empty; give the path of the daemon, or None for "
                "the installed one"
            )
        if str(binary).startswith("-"):
            raise ValueError(
                f"binary: {str(binary)!r} is an option, not the path of the "
                f'daemon; write LocalServer(None, "{binary}", ...) to start '
                "the installed one"
            )
        self._binary = find_daemon() if binary is None else str(binary)
        loopback: list[str] = []
        for option in ("--listen", "--metrics-listen"):
            if option not in arguments:
                loopback += [option, "127.0.0.1:0"]
        # A file, because a full pipe that isn't read would block the daemon.
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
        """Returns the text that the daemon has written to standard error."""
        file = self._stderr.fileno()
        # pread doesn't move the position in the file at which the daemon
        # writes.
        text = os.pread(file, os.fstat(file).st_size, 0)
        return text.decode(errors="replace")

    def stop(self, timeout_s: float = 30.0) -> int:
        """Sends SIGTERM and returns the daemon's exit status.

        Does nothing if the daemon has ended. If it doesn't end within
        `timeout_s` wall seconds, it is killed and a ServerProcessError raised.
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
        """Kills the daemon at once."""
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
        if error is not None:  # that is what the user wants to see
            with contextlib.suppress(ServerProcessError):
                self.stop()
            return
        status = self.stop()
        if status != 0:
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
        """Keeps the first line and reads the rest to keep the pipe empty."""
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
