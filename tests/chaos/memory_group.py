# SPDX-License-Identifier: Apache-2.0
"""A control group with a limit of memory, for a daemon of a test."""

import os
import time
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")


class MemoryGroup:
    """A group of its own, of version 1 or 2, whichever the machine has.

    OSError, with the reason, if it can't be made: that takes root, and in a
    container a part of the tree that may be written.
    """

    def __init__(self, limit_bytes: int):
        name = f"spiked-test-{os.getpid()}-{time.monotonic_ns()}"
        if (ROOT / "memory" / "memory.limit_in_bytes").exists():
            self.version = 1
            self._folder = ROOT / "memory" / name
            limit, self._peak = (
                "memory.limit_in_bytes",
                "memory.max_usage_in_bytes",
            )
        elif "memory" in self._controllers():
            self.version = 2
            self._folder = ROOT / name
            limit, self._peak = "memory.max", "memory.peak"
            (ROOT / "cgroup.subtree_control").write_text("+memory")
        else:
            raise OSError(f"no control groups of memory in {ROOT}")
        self._folder.mkdir()
        try:
            (self._folder / limit).write_text(str(limit_bytes))
        except OSError:
            self._folder.rmdir()
            raise

    @staticmethod
    def _controllers() -> list[str]:
        file = ROOT / "cgroup.controllers"
        return file.read_text().split() if file.exists() else []

    def program(self, binary: str, script: Path) -> str:
        """Writes a script that runs a program in the group."""
        script.write_text(
            "#!/bin/sh\n"
            f'echo $$ >"{self._folder}/cgroup.procs" && exec "{binary}" "$@"\n'
        )
        script.chmod(0o755)
        return str(script)

    def peak_bytes(self) -> int | None:
        """The most that the group has used, with files; None if unknown."""
        file = self._folder / self._peak
        return int(file.read_text()) if file.exists() else None

    def close(self):
        """Removes the group, whose processes have ended."""
        self._folder.rmdir()
