# SPDX-License-Identifier: Apache-2.0
"""Where the daemon is, if its path isn't given."""

from __future__ import annotations

import os
import platform
import shutil
from pathlib import Path

# The environment variable with the path of a daemon that comes first.
VARIABLE = "SPIKED_BINARY"

# In wheels that contain the daemon.
_PACKAGED = Path(__file__).parent / "bin" / "spiked"

# `{machine}` is this one. `make wheel` says which machines the wheel is for; a
# test compares.
_MISSING = (
    "there is no daemon `spiked` to start: the environment variable "
    f"{VARIABLE} isn't set, the installed package is the client alone, and "
    "PATH has no `spiked`. The daemon runs on Linux, x86-64, with glibc 2.35 "
    "or newer; this is {machine}. There, install the wheel with the daemon, "
    "spiked-VERSION-py3-none-manylinux_2_35_x86_64.whl, or run `make build` in "
    "a checkout and set the variable or pass the path, as in "
    'LocalServer("build/release/server/spiked"). Elsewhere, run the daemon in '
    "a container (docker/README.md) or on another machine and use "
    'Client("host:port").'
)


def find_daemon() -> str:
    """Returns the path of the daemon.

    The first of: the environment variable SPIKED_BINARY, the daemon in the
    installed package, `spiked` in PATH.

    Raises:
      FileNotFoundError: there is none, or the variable names none; the message
        says what to do.
    """
    # A variable that is set to nothing is not set, as in a shell.
    if path := os.environ.get(VARIABLE):
        if not _is_program(path):
            raise FileNotFoundError(
                f"{VARIABLE}={path}: is no program that can be run; set it to "
                "the path of the daemon `spiked`, or unset it"
            )
        return path
    if _is_program(_PACKAGED):
        return str(_PACKAGED)
    if path := shutil.which("spiked"):
        return path
    raise FileNotFoundError(_MISSING.format(machine=platform.platform()))


def _is_program(path: str | Path) -> bool:
    return os.path.isfile(path) and os.access(path, os.X_OK)
